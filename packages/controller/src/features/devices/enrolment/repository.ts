import { sql } from 'kysely';
import { enrolmentKeyFields, type ListQuery, type MachineFacts, type Page } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import { shownText } from '../../../platform/stored-text.ts';

export interface KeyRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly organization_id: string;
  readonly organization_name: string;
  readonly group_id: string | null;
  readonly group_name: string | null;
  readonly scope: string;
  readonly name: string;
  readonly key_id: string;
  readonly seats: number;
  readonly used: number;
  readonly allowed_cidr: string | null;
  readonly created_at: number;
  readonly created_by: string;
  readonly expires_at: number;
  readonly revoked_at: number | null;
  readonly last_used_at: number | null;
  readonly state: 'active' | 'expired' | 'exhausted' | 'revoked';
}

/** A key as enrolment needs it, locked. */
export interface LockedKey {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly groupId: string | null;
  readonly scope: string;
  readonly keyId: string;
  readonly keyHash: string;
  readonly seats: number;
  readonly used: number;
  readonly allowedCidr: string | null;
  readonly expiresAt: number;
  readonly revokedAt: number | null;
}

/** A device that is known already, by its key or as the one a clone is split from. */
export interface KnownDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly groupId: string | null;
  readonly scope: string;
  readonly name: string;
  readonly publicKey: string;
  readonly state: 'active' | 'retired';
}

/** A device to be made. */
export interface NewDevice {
  readonly id: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly groupId: string | null;
  readonly scope: string;
  readonly publicKey: string;
  readonly machine: MachineFacts;
  readonly agentVersion: string;
  readonly enrolmentKeyId: string | null;
  readonly splitFromId: string | null;
  readonly splitTicketHash: string | null;
  readonly publicIp: string | null;
}

const KNOWN = sql`id, tenant_id as "tenantId", organization_id as "organizationId", group_id as "groupId",
  scope::text as scope, name, public_key as "publicKey", state`;

const STATE = sql`case when k.revoked_at is not null then 'revoked' when k.expires_at <= now() then 'expired'
  when k.used >= k.seats then 'exhausted' else 'active' end`;

const keys: Omit<ListSource, 'where'> = {
  noun: 'enrolment-keys',
  fields: enrolmentKeyFields,
  columns: {
    name: { value: sql`k.name`, type: 'text' },
    organization: { value: sql`coalesce(o.name, '')`, type: 'text' },
    organizationId: { value: sql`k.organization_id::text`, type: 'text' },
    createdAt: { value: sql`k.created_at`, type: 'timestamptz' },
    expiresAt: { value: sql`k.expires_at`, type: 'timestamptz' },
    used: { value: sql`k.used`, type: 'int' },
    state: { value: STATE, type: 'text' },
  },
  from: sql`from enrolment_key k left join organization o on o.id = k.organization_id left join device_group g on g.id = k.group_id`,
  select: sql`k.id, k.tenant_id, k.organization_id, coalesce(o.name, '') as organization_name, k.group_id, g.name as group_name,
    k.scope::text as scope, k.name, k.key_id, k.seats, k.used, k.allowed_cidr::text as allowed_cidr, k.created_at,
    person_of(k.created_by, k.scope) as created_by, k.expires_at, k.revoked_at, k.last_used_at, ${STATE} as state`,
  id: sql`k.id`,
  words: [sql`k.name`, sql`o.name`],
  defaultSort: '-createdAt',
};

/** Enrolment keys as people see them. */
export function keyRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<KeyRow>> =>
      listRows<KeyRow>(tx, { ...keys, where: tx.visible('k') }, { query, settings }),
    find: (id: string) =>
      tx.row(
        sql<KeyRow>`select ${keys.select} ${keys.from} where k.id = ${id} and ${tx.visible('k')}`,
      ),
    insert: (
      row: Omit<LockedKey, 'used' | 'revokedAt'> & {
        name: string;
        createdBy: string;
        createdAt: number;
      },
    ) =>
      tx.run(sql`insert into enrolment_key (id, tenant_id, organization_id, group_id, scope, name, key_id, key_hash, seats,
          allowed_cidr, created_at, created_by, expires_at)
        values (${row.id}, ${row.tenantId}, ${row.organizationId}, ${row.groupId}, ${row.scope}::ltree, ${row.name}, ${row.keyId},
          ${row.keyHash}, ${row.seats}, ${row.allowedCidr}::cidr, ${new Date(row.createdAt)}, ${row.createdBy}, ${new Date(row.expiresAt)})`),
    revoke: (id: string, at: number) =>
      tx.run(
        sql`update enrolment_key k set revoked_at = coalesce(revoked_at, ${new Date(at)}) where id = ${id} and ${tx.visible('k')}`,
      ),
    /**
     * Where a key's devices would go: an organization, or a group of it. Who sees the group needs not
     * see the organization that it lies in.
     */
    place: (organizationId: string | null, groupId: string | null) =>
      tx.row(sql<{ tenantId: string; organizationId: string; scope: string; groupFound: boolean }>`
        select o.tenant_id as "tenantId", o.id as "organizationId", coalesce(g.scope, o.scope)::text as scope, g.id is not null as "groupFound"
        from organization o left join device_group g on g.id = ${groupId}::uuid and g.organization_id = o.id and ${tx.visible('g')}
        where o.id = coalesce(${organizationId}::uuid, (select organization_id from device_group where id = ${groupId}::uuid))
          and (g.id is not null or ${tx.visible('o')})`),
  };
}

/** What enrolling reads and writes, with the workers' rights. */
export function enrolmentRepository(tx: Transaction) {
  return {
    /** Locks keys in the order of their ids, so that two batches cannot wait for each other. */
    lockKeys: (keyIds: readonly string[]): Promise<LockedKey[]> =>
      tx.rows(sql<LockedKey>`select id, tenant_id as "tenantId", organization_id as "organizationId", group_id as "groupId",
        scope::text as scope, key_id as "keyId", key_hash as "keyHash", seats, used, allowed_cidr::text as "allowedCidr",
        expires_at as "expiresAt", revoked_at as "revokedAt"
        from enrolment_key where key_id = any (${keyIds}::text[]) order by id for update`),
    lockTenants: (ids: readonly string[]) =>
      tx.run(sql`select id from tenant where id = any (${ids}::uuid[]) order by id for update`),
    knownByKey: (publicKeys: readonly string[]) =>
      tx.rows(
        sql<KnownDevice>`select ${KNOWN} from device where public_key = any (${publicKeys}::text[])`,
      ),
    knownById: (ids: readonly string[]) =>
      tx.rows(sql<KnownDevice>`select ${KNOWN} from device where id = any (${ids}::uuid[])`),
    usedTickets: async (hashes: readonly string[]) =>
      (
        await tx.rows(
          sql<{
            hash: string;
          }>`select split_ticket_hash as hash from device where split_ticket_hash = any (${hashes}::text[])`,
        )
      ).map((row) => row.hash),
    takeSeats: (taken: ReadonlyMap<string, number>) =>
      tx.run(sql`update tenant t set seats_used = t.seats_used + g.taken
        from unnest(${[...taken.keys()]}::uuid[], ${[...taken.values()]}::int[]) as g (id, taken) where t.id = g.id`),
    useKeys: (used: ReadonlyMap<string, number>, at: number) =>
      tx.run(sql`update enrolment_key k set used = k.used + g.used, last_used_at = ${new Date(at)}
        from unnest(${[...used.keys()]}::uuid[], ${[...used.values()]}::int[]) as g (id, used) where k.id = g.id`),
    async insertDevices(
      rows: readonly NewDevice[],
      given: { readonly at: number; readonly enrolledBy: string | null },
    ): Promise<void> {
      const now = new Date(given.at);
      const ids = rows.map((row) => row.id);
      const tenantIds = rows.map((row) => row.tenantId);
      await tx.run(sql`insert into device (id, tenant_id, organization_id, group_id, scope, name, hostname, os_family, os_name,
          os_version, architecture, agent_version, public_key, fingerprint, enrolment_key_id, split_from_id, split_ticket_hash, enrolled_at, enrolled_by)
        select id, tenant_id, organization_id, group_id, scope, hostname, hostname, os_family, os_name, os_version, architecture,
          agent_version, public_key, fingerprint, enrolment_key_id, split_from_id, split_ticket_hash, ${now}::timestamptz, ${given.enrolledBy}::uuid
        from unnest(${ids}::uuid[], ${tenantIds}::uuid[], ${rows.map((row) => row.organizationId)}::uuid[],
          ${rows.map((row) => row.groupId)}::uuid[], ${rows.map((row) => row.scope)}::ltree[],
          ${rows.map((row) => shownText(row.machine.hostname) || 'unknown')}::text[], ${rows.map((row) => row.machine.osFamily)}::text[],
          ${rows.map((row) => shownText(row.machine.osName))}::text[], ${rows.map((row) => shownText(row.machine.osVersion))}::text[],
          ${rows.map((row) => shownText(row.machine.architecture))}::text[], ${rows.map((row) => shownText(row.agentVersion))}::text[],
          ${rows.map((row) => row.publicKey)}::text[], ${rows.map((row) => row.machine.fingerprint)}::text[],
          ${rows.map((row) => row.enrolmentKeyId)}::uuid[], ${rows.map((row) => row.splitFromId)}::uuid[],
          ${rows.map((row) => row.splitTicketHash)}::text[])
          as g (id, tenant_id, organization_id, group_id, scope, hostname, os_family, os_name, os_version, architecture,
            agent_version, public_key, fingerprint, enrolment_key_id, split_from_id, split_ticket_hash)`);
      await tx.run(sql`insert into device_presence (device_id, tenant_id, scope, status, last_seen_at, public_ip)
        select id, tenant_id, scope, 'online', ${now}::timestamptz, public_ip
        from unnest(${ids}::uuid[], ${tenantIds}::uuid[], ${rows.map((row) => row.scope)}::ltree[],
          ${rows.map((row) => row.publicIp)}::inet[]) as g (id, tenant_id, scope, public_ip)`);
      await tx.run(sql`insert into device_link (device_id, tenant_id)
        select * from unnest(${ids}::uuid[], ${tenantIds}::uuid[])`);
    },
  };
}
