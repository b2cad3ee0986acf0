import { sql, type RawBuilder } from 'kysely';
import {
  ruleExceptionFields,
  type DeviceEvent,
  type ListQuery,
  type Page,
  type RuleException,
  type ScopeTarget,
} from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import { storableJson } from '../../../platform/stored-text.ts';
import {
  targetId,
  targetJoins,
  targetKind,
  targetName,
  type TargetPlace,
} from '../../policies/index.ts';

export interface ExceptionRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly device_id: string | null;
  readonly target_kind: ScopeTarget['kind'];
  readonly target_id: string;
  readonly target_name: string;
  readonly rule_id: string | null;
  readonly selection: RuleException['selection'];
  readonly reason: string;
  readonly expires_at: number | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly hidden: number;
}

/** A finding that an exception may hide. */
export interface TriedFinding {
  readonly id: string;
  readonly rule: string;
  readonly title: string;
  readonly subject: string;
  readonly severity: number;
  readonly device_id: string | null;
  readonly last_seen_at: number;
  readonly event: DeviceEvent | null;
}

/** What findings are tried. */
export interface TriedPlace extends Pick<TargetPlace, 'tenantId' | 'scope' | 'deviceId'> {
  readonly ruleId: string | null;
  readonly since: number;
  readonly limit: number;
}

function sourceOf(tx: Transaction): Omit<ListSource, 'where'> {
  return {
    noun: 'rule-exceptions',
    fields: ruleExceptionFields,
    columns: {
      ruleId: { value: sql`coalesce(p.rule_id, '')`, type: 'text' },
      target: { value: targetName, type: 'text' },
      reason: { value: sql`p.reason`, type: 'text' },
      expiresAt: {
        value: sql`coalesce(p.expires_at, 'infinity'::timestamptz)`,
        type: 'timestamptz',
      },
      createdAt: { value: sql`p.created_at`, type: 'timestamptz' },
      createdBy: { value: sql`person_of(p.created_by, p.scope)`, type: 'text' },
    },
    from: sql`from rule_exception p ${targetJoins}`,
    select: sql`p.id, p.tenant_id, p.scope::text as scope, p.device_id, ${targetKind} as target_kind,
      ${targetId} as target_id, ${targetName} as target_name, p.rule_id, p.selection, p.reason, p.expires_at,
      p.created_at, person_of(p.created_by, p.scope) as created_by,
      (select count(*) from finding f where f.exception_id = p.id and ${tx.visible('f')}) as hidden`,
    id: sql`p.id`,
    words: [sql`p.reason`, sql`p.rule_id`],
    defaultSort: '-createdAt',
  };
}

/** Exceptions for people. */
export function exceptionRepository(tx: Transaction) {
  const source = sourceOf(tx);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<ExceptionRow>> =>
      listRows<ExceptionRow>(tx, { ...source, where: tx.visible('p') }, { query, settings }),
    find: (id: string): Promise<ExceptionRow | undefined> =>
      tx.row(
        sql<ExceptionRow>`select ${source.select} ${source.from} where p.id = ${id} and ${tx.visible('p')}`,
      ),
    /** The newest findings at and below a place that the reader sees. */
    tried: (place: TriedPlace): Promise<TriedFinding[]> =>
      tx.rows(triedOf(place, sql<boolean>`${tx.visible('f')} and ${tx.visible('c')}`)),
  };
}

function triedOf(place: TriedPlace, visible: RawBuilder<boolean>): RawBuilder<TriedFinding> {
  const where = place.deviceId === null ? sql`true` : sql`f.device_id = ${place.deviceId}`;
  return sql<TriedFinding>`select f.id, f.rule, f.title, f.subject, f.severity, f.device_id, f.last_seen_at,
      c.content -> 'event' as event
    from finding f join finding_detection c on c.finding_id = f.id
    where f.tenant_id = ${place.tenantId} and f.category = 'threat' and f.scope <@ ${place.scope}::ltree and ${where}
      and f.last_seen_at > ${new Date(place.since)} and (${place.ruleId}::text is null or f.rule = ${place.ruleId})
      and ${visible}
    order by f.last_seen_at desc limit ${place.limit}`;
}

/** Exceptions as they are kept and applied, with the workers' rights. */
export function exceptionStore(tx: Transaction) {
  return {
    countOf: async (tenantId: string): Promise<number> => {
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from rule_exception where tenant_id = ${tenantId}`,
      );
      return row?.count ?? 0;
    },
    insert: (
      place: TargetPlace,
      given: Pick<ExceptionRow, 'id' | 'rule_id' | 'selection' | 'reason' | 'created_by'> & {
        readonly expiresAt: number | null;
        readonly at: number;
      },
    ): Promise<number> =>
      tx.run(sql`insert into rule_exception (id, tenant_id, organization_id, group_id, device_id, scope, rule_id,
          selection, reason, expires_at, created_at, created_by)
        values (${given.id}, ${place.tenantId}, ${place.organizationId}, ${place.groupId}, ${place.deviceId},
          ${place.scope}::ltree, ${given.rule_id}, ${storableJson(given.selection)}::jsonb, ${given.reason},
          ${given.expiresAt === null ? null : new Date(given.expiresAt)}, ${new Date(given.at)}, ${given.created_by})`),
    remove: (id: string): Promise<number> =>
      tx.run(sql`delete from rule_exception where id = ${id}`),
    tried: (place: TriedPlace): Promise<TriedFinding[]> =>
      tx.rows(triedOf(place, sql<boolean>`f.exception_id is null`)),
    /** Notes which exception hides each finding. */
    hide: (exceptions: ReadonlyMap<string, string>): Promise<number> =>
      tx.run(sql`update finding f set exception_id = g.exception_id
        from unnest(${[...exceptions.keys()]}::uuid[], ${[...exceptions.values()]}::uuid[]) as g (id, exception_id)
        where f.id = g.id`),
    /** What these hid is shown again. */
    show: (exceptionIds: readonly string[]): Promise<number> =>
      tx.run(
        sql`update finding set exception_id = null where exception_id = any (${exceptionIds}::uuid[])`,
      ),
    /** Exceptions whose time has just ended, each once. */
    end: (
      nowMs: number,
    ): Promise<
      { readonly id: string; readonly scope: string; readonly deviceId: string | null }[]
    > =>
      tx.rows(sql<{
        id: string;
        scope: string;
        deviceId: string | null;
      }>`update rule_exception set is_ended = true
        where not is_ended and expires_at <= ${new Date(nowMs)}
        returning id, scope::text as scope, device_id as "deviceId"`),
  };
}
