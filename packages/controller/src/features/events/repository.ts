import { sql } from 'kysely';
import type { DeviceEvent, EventClass } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { storableJson, storableText } from '../../platform/stored-text.ts';

/** Events that a device told. */
export interface ToldEvents {
  readonly device: { readonly deviceId: string; readonly tenantId: string; readonly scope: string };
  readonly thing: readonly DeviceEvent[];
}

/** Which events of a device are asked for. */
export interface EventQuery {
  readonly deviceId: string;
  readonly class: EventClass | null;
  readonly process: string | null;
  readonly since: number | null;
  readonly until: number | null;
  /** The last event of the page before. */
  readonly before: EventPlace | null;
  readonly limit: number;
}

/** Where an event stands in its device's time. */
export interface EventPlace {
  readonly at: number;
  readonly id: string;
}

export interface EventRow extends EventPlace {
  readonly content: DeviceEvent;
}

/** Events for people. */
export function eventRepository(tx: Transaction) {
  return {
    isDevice: async (id: string): Promise<boolean> =>
      (await tx.row(
        sql`select from device d where d.id = ${id} and d.state = 'active' and ${tx.visible('d')}`,
      )) !== undefined,
    list: (query: EventQuery): Promise<EventRow[]> =>
      tx.rows(sql<EventRow>`select e.at, e.id, e.content from device_event e
        where e.device_id = ${query.deviceId} and ${tx.visible('e')}
          and (${query.class}::text is null or e.class = ${query.class})
          and (${query.process}::text is null or e.process = ${query.process})
          and (${timeOf(query.since)}::timestamptz is null or e.at >= ${timeOf(query.since)})
          and (${timeOf(query.until)}::timestamptz is null or e.at < ${timeOf(query.until)})
          and (${timeOf(query.before?.at ?? null)}::timestamptz is null
            or (e.at, e.id) < (${timeOf(query.before?.at ?? null)}, ${query.before?.id ?? null}::uuid))
        order by e.at desc, e.id desc limit ${query.limit}`),
  };
}

function timeOf(epochMs: number | null): Date | null {
  return epochMs === null ? null : new Date(epochMs);
}

/** Events as they come and go, with the workers' rights. */
export function eventStore(tx: Transaction) {
  return {
    /** Each once, whatever comes again. Nothing happened after now, whatever a device's clock says. */
    add: (told: readonly ToldEvents[], nowMs: number): Promise<number> =>
      tx.run(sql`
        insert into device_event (device_id, id, tenant_id, scope, at, class, process, content, received_at)
        select r.device_id, r.id, r.tenant_id, r.scope::ltree, r.at, r.class, r.process, r.content, ${new Date(nowMs)}
        from jsonb_to_recordset(${storableJson(told.flatMap((one) => rowsOf(one, nowMs)))}::jsonb) as r (device_id uuid,
          id uuid, tenant_id uuid, scope text, at timestamptz, class text, process text, content jsonb)
        order by r.device_id, r.id
        on conflict (device_id, id) do nothing`),
    /** Leaves each device its newest events. */
    trim: (deviceIds: readonly string[], countMax: number): Promise<number> =>
      tx.run(sql`delete from device_event e using unnest(${deviceIds}::uuid[]) as g (device_id)
        where e.device_id = g.device_id and (e.at, e.id) < (
          select o.at, o.id from device_event o where o.device_id = g.device_id
          order by o.at desc, o.id desc offset ${countMax - 1} limit 1)`),
    removeOld: (receivedBefore: number, limit: number): Promise<number> =>
      tx.run(sql`delete from device_event e where (e.device_id, e.id) in (
        select o.device_id, o.id from device_event o where o.received_at < ${new Date(receivedBefore)} limit ${limit})`),
  };
}

function rowsOf({ device, thing }: ToldEvents, nowMs: number) {
  return thing.map((event) => {
    const process = event.fields['process.entity_id'];
    return {
      device_id: device.deviceId,
      id: event.id,
      tenant_id: device.tenantId,
      scope: device.scope,
      at: new Date(Math.min(event.at, nowMs)).toISOString(),
      class: event.class,
      process: typeof process === 'string' ? storableText(process).slice(0, 64) : null,
      content: event,
    };
  });
}
