import { sql } from 'kysely';
import {
  controllerFields,
  type Controller,
  type ListQuery,
  type NodeReport,
  type Page,
  type SignedEnvelope,
  type UpstreamState,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';

/** A controller as people see it. */
export interface ControllerRow {
  readonly id: string;
  readonly controller_id: string;
  readonly tenant_id: string;
  readonly tenant_name: string | null;
  readonly scope: string;
  readonly place_name: string | null;
  readonly parent_id: string | null;
  readonly parent_name: string | null;
  readonly layer: number;
  readonly name: string;
  readonly public_key: string;
  readonly urls: string[];
  readonly version: string;
  readonly certificate: SignedEnvelope | null;
  readonly state: 'active' | 'revoked';
  readonly created_at: number;
  readonly created_by: string;
  readonly approved_at: number | null;
  readonly approved_by: string | null;
  readonly revoked_at: number | null;
  readonly children: number;
  readonly counts: Controller['counts'];
  readonly reported_version: string | null;
  readonly upstream: UpstreamState | null;
  readonly upstream_id: string | null;
  readonly cursor: number | null;
  readonly queue_up: number | null;
  readonly clock_offset_ms: number | null;
  readonly received_at: number | null;
  readonly exchanged_at: number | null;
}

/** A controller as the chain knows it. */
export interface NodeRow {
  readonly id: string;
  readonly controllerId: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly parentId: string | null;
  readonly layer: number;
  readonly name: string;
  readonly publicKey: string;
  readonly urls: readonly string[];
  readonly authority: string | null;
  readonly version: string;
  readonly certificate: SignedEnvelope | null;
  readonly scopeVersion: number;
  readonly approvedAt: number | null;
  readonly revokedAt: number | null;
}

/** A controller to be made. */
export interface NewNode extends Omit<NodeRow, 'scopeVersion' | 'revokedAt'> {
  readonly createdAt: number;
  readonly createdBy: string;
  readonly approvedBy: string | null;
}

const STATE = sql`case when c.revoked_at is not null then 'revoked' else 'active' end`;

const PLACE = sql`(select name from tenant where scope = c.scope
  union all select name from organization where scope = c.scope
  union all select name from device_group where scope = c.scope)`;

const CONTROLLERS: Omit<ListSource, 'where'> = {
  noun: 'controllers',
  fields: controllerFields,
  columns: {
    name: { value: sql`c.name`, type: 'text' },
    state: { value: STATE, type: 'text' },
    layer: { value: sql`c.layer`, type: 'int' },
    tenant: { value: sql`coalesce(t.name, '')`, type: 'text' },
    parentId: { value: sql`c.parent_id::text`, type: 'text' },
    version: { value: sql`coalesce(r.version, c.version)`, type: 'text' },
    createdAt: { value: sql`c.created_at`, type: 'timestamptz' },
    lastReportAt: {
      value: sql`coalesce(r.received_at, 'epoch'::timestamptz)`,
      type: 'timestamptz',
    },
  },
  from: sql`from controller c left join tenant t on t.id = c.tenant_id
    left join controller_report r on r.controller_id = c.id`,
  select: sql`c.id, c.controller_id, c.tenant_id, t.name as tenant_name, c.scope::text as scope,
    ${PLACE} as place_name, c.parent_id, (select p.name from controller p where p.id = c.parent_id) as parent_name,
    c.layer, c.name, c.public_key, c.urls, c.version, c.certificate, ${STATE} as state,
    c.created_at, person_of(c.created_by, c.scope) as created_by, c.approved_at,
    person_of(c.approved_by, c.scope) as approved_by, c.revoked_at,
    (select count(*) from controller d where d.parent_id = c.id and d.revoked_at is null) as children,
    (select json_build_object('devices', k.devices, 'online', k.online, 'openIncidents', k.open_incidents)
      from scope_counts(array[c.scope]) k) as counts,
    r.version as reported_version, r.upstream, r.upstream_id, r.cursor, r.queue_up,
    r.clock_offset_ms, r.received_at, r.exchanged_at`,
  id: sql`c.id`,
  words: [sql`c.name`],
  defaultSort: 'name',
};

const NODE = sql`c.id, c.controller_id as "controllerId", c.tenant_id as "tenantId", c.scope::text as scope,
  c.parent_id as "parentId", c.layer, c.name, c.public_key as "publicKey", c.urls, c.authority, c.version,
  c.certificate, c.scope_version as "scopeVersion", c.approved_at as "approvedAt", c.revoked_at as "revokedAt"`;

/** The rows of controllers, for people. */
export function controllerRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<ControllerRow>> =>
      listRows<ControllerRow>(tx, { ...CONTROLLERS, where: tx.visible('c') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<ControllerRow>`select ${CONTROLLERS.select} ${CONTROLLERS.from}
          where c.id = ${id} and ${tx.visible('c')}`,
      ),
    /** Those that exchange with this one itself. */
    exchanging: (limit: number): Promise<ControllerRow[]> =>
      tx.rows(sql<ControllerRow>`select ${CONTROLLERS.select} ${CONTROLLERS.from}
        where r.exchanged_at is not null and c.revoked_at is null and ${tx.visible('c')}
        order by r.exchanged_at desc limit ${limit}`),
    rename: (id: string, name: string) =>
      tx.run(sql`update controller c set name = ${name} where id = ${id} and ${tx.visible('c')}`),
    revoke: (
      id: string,
      given: { readonly by: string; readonly at: number; readonly reason: string | null },
    ) =>
      tx.run(sql`update controller c set revoked_at = ${new Date(given.at)}, revoked_by = ${given.by},
        revoked_reason = ${given.reason}
        where id = ${id} and revoked_at is null and ${tx.visible('c')}`),
  };
}

/** The tree of controllers, with the workers' rights. */
export function nodeRepository(tx: Transaction) {
  return {
    find: (id: string): Promise<NodeRow | undefined> =>
      tx.row(sql<NodeRow>`select ${NODE} from controller c where c.id = ${id}`),
    ofTenant: (tenantId: string): Promise<NodeRow[]> =>
      tx.rows(sql<NodeRow>`select ${NODE} from controller c where c.tenant_id = ${tenantId}
        order by c.layer, c.id`),
    ofController: (controllerId: string): Promise<NodeRow[]> =>
      tx.rows(
        sql<NodeRow>`select ${NODE} from controller c where c.controller_id = ${controllerId}`,
      ),
    insert: (node: NewNode) =>
      tx.run(sql`insert into controller (id, controller_id, tenant_id, scope, parent_id, layer, name,
          public_key, urls, authority, version, certificate, created_at, created_by, approved_at, approved_by)
        values (${node.id}, ${node.controllerId}, ${node.tenantId}, ${node.scope}::ltree, ${node.parentId},
          ${node.layer}, ${node.name}, ${node.publicKey}, ${JSON.stringify(node.urls)}::jsonb,
          ${node.authority}, ${node.version},
          ${node.certificate && JSON.stringify(node.certificate)}::jsonb,
          ${new Date(node.createdAt)}, ${node.createdBy},
          ${node.approvedAt === null ? null : new Date(node.approvedAt)}, ${node.approvedBy})
        on conflict (id) do nothing`),
    certify: (
      id: string,
      certificate: SignedEnvelope,
      by: { readonly name: string; readonly at: number },
    ) =>
      tx.run(sql`update controller set certificate = ${JSON.stringify(certificate)}::jsonb,
        approved_at = coalesce(approved_at, ${new Date(by.at)}),
        approved_by = coalesce(approved_by, ${by.name}) where id = ${id}`),
    /** Puts a controller and what is below it elsewhere in the tree. */
    place: (id: string, at: { readonly parentId: string; readonly layer: number }) =>
      tx.run(sql`update controller set parent_id = ${at.parentId}, layer = ${at.layer},
        scope_version = scope_version + 1 where id = ${id}`),
    /** All of a tenant's look anew at what they see. */
    widenSight: (tenantId: string) =>
      tx.run(
        sql`update controller set scope_version = scope_version + 1 where tenant_id = ${tenantId}`,
      ),
    describe: (id: string, facts: Pick<NodeRow, 'urls' | 'authority' | 'version'>) =>
      tx.run(sql`update controller set urls = ${JSON.stringify(facts.urls)}::jsonb,
        authority = ${facts.authority}, version = ${facts.version} where id = ${id}`),
    placeOf: (scope: string) =>
      tx.row(sql<{ tenantId: string; name: string }>`
        select tenant_id as "tenantId", name from tenant where scope = ${scope}::ltree
        union all select tenant_id, name from organization where scope = ${scope}::ltree
        union all select tenant_id, name from device_group where scope = ${scope}::ltree`),
    tenantKeyOf: async (tenantId: string): Promise<string | undefined> => {
      const row = await tx.row(
        sql<{ key: string }>`select public_key as key from tenant where id = ${tenantId}`,
      );
      return row?.key;
    },
  };
}

/** What controllers said of themselves, with the workers' rights. */
export function reportRepository(tx: Transaction) {
  return {
    /**
     * Keeps the newest report of each, whichever way it came; those of strangers are left alone. One
     * that is told again is no sign of life, and the word of who exchanges here itself always is.
     */
    report: (
      tenantId: string,
      reports: readonly NodeReport[],
      given: { readonly at: number; readonly from: string },
    ) =>
      tx.run(sql`insert into controller_report (controller_id, tenant_id, scope, at, version, upstream,
          upstream_id, cursor, queue_up, clock_offset_ms, received_at, exchanged_at)
        select c.id, c.tenant_id, c.scope, to_timestamp(r.at / 1000.0), r.version, r.upstream, r.upstream_id,
          r.cursor, r.queue_up, r.clock_offset_ms, ${new Date(given.at)},
          case when c.id = ${given.from}::uuid then ${new Date(given.at)}::timestamptz end
        from jsonb_to_recordset(${JSON.stringify(
          reports.map((one) => ({
            id: one.nodeId,
            // What a clock ran ahead would otherwise hide all that is said after it was set right.
            at: Math.min(one.at, given.at),
            version: one.version,
            upstream: one.upstream,
            upstream_id: one.upstreamId,
            cursor: one.cursor,
            queue_up: one.queueUp,
            clock_offset_ms: one.clockOffsetMs,
          })),
        )}::jsonb) as r (id uuid, at double precision, version text, upstream text, upstream_id uuid,
          cursor bigint, queue_up bigint, clock_offset_ms double precision)
        join controller c on c.id = r.id and c.tenant_id = ${tenantId}
        on conflict (controller_id) do update set at = excluded.at, version = excluded.version,
          upstream = excluded.upstream, upstream_id = excluded.upstream_id, cursor = excluded.cursor,
          queue_up = excluded.queue_up, clock_offset_ms = excluded.clock_offset_ms,
          received_at = excluded.received_at,
          exchanged_at = coalesce(excluded.exchanged_at, controller_report.exchanged_at)
        where controller_report.at < excluded.at or excluded.exchanged_at is not null`),
    /** What controllers below said lately. */
    reports: (tenantId: string, limit: number): Promise<NodeReport[]> =>
      tx.rows(sql<NodeReport>`select r.controller_id as "nodeId",
          (extract(epoch from r.at) * 1000)::bigint as at, r.version, r.upstream,
          r.upstream_id as "upstreamId", r.cursor, r.queue_up as "queueUp",
          r.clock_offset_ms as "clockOffsetMs"
        from controller_report r where r.tenant_id = ${tenantId}
        order by r.received_at desc limit ${limit}`),
  };
}

/** Certificates, with the workers' rights. */
export function certificateRepository(tx: Transaction) {
  return {
    /** Active controllers whose certificates end before a moment. */
    endingBefore: (at: number, limit: number): Promise<NodeRow[]> =>
      tx.rows(sql<NodeRow>`select ${NODE} from controller c
        where c.certificate is not null and c.revoked_at is null
          and ((c.certificate ->> 'payload')::jsonb ->> 'notAfter')::bigint < ${at}
        order by c.id limit ${limit}`),
    revokedIds: async (tenantIds: readonly string[], limit: number) =>
      tx.rows(sql<{ tenantId: string; controllerId: string }>`
        select tenant_id as "tenantId", id as "controllerId" from controller
        where tenant_id = any (${tenantIds}::uuid[]) and revoked_at is not null
          and certificate is not null
        order by revoked_at desc, id limit ${limit}`),
  };
}
