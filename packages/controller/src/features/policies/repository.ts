import { sql, type RawBuilder } from 'kysely';
import {
  policyFields,
  type ListQuery,
  type Page,
  type PolicyFieldName,
  type PolicyFields,
  type ScopeTarget,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';
import type { RolledPolicy, Rollout } from './rollout/rollout.ts';
import { ringOf } from './rollout/repository.ts';
import {
  targetId,
  targetJoins,
  targetKind,
  targetName,
  type TargetPlace,
} from './target-repository.ts';

export interface PolicyRow {
  readonly id: string;
  readonly ref: string | null;
  readonly tenant_id: string;
  readonly organization_id: string | null;
  readonly device_id: string | null;
  readonly scope: string;
  readonly target_kind: ScopeTarget['kind'];
  readonly target_id: string;
  readonly target_name: string;
  readonly name: string;
  readonly fields: PolicyFields;
  readonly locks: PolicyFieldName[];
  readonly version: number;
  readonly rollout: Rollout | null;
  readonly created_at: number;
  readonly changed_at: number;
  readonly changed_by: string;
}

export type VersionRow = Pick<
  PolicyRow,
  'version' | 'name' | 'fields' | 'locks' | 'changed_at' | 'changed_by'
>;

/** What a person saves. */
export interface PolicyContent {
  readonly name: string;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
  readonly by: string;
  readonly at: number;
  /** Null: it counts for all devices at once. */
  readonly rollout: Rollout | null;
}

/** A policy on the way to a device. */
export interface DevicePathRow {
  readonly deviceId: string;
  readonly policy: RolledPolicy & { readonly id: string };
  readonly isInRing: boolean;
}

/** A policy with where it holds. */
export interface PlacedRow extends RolledPolicy {
  readonly id: string;
  readonly scope: string;
  readonly deviceId: string | null;
}

/** A ring as devices are told apart by it: of a policy, so many of a hundred. */
export interface Ring {
  readonly key: string;
  readonly policyId: string;
  readonly percent: number;
}

/** Devices that run the same, as a preview counts them. */
export interface PlaceCount {
  readonly scope: string;
  /** Null: all devices there that have no policy of their own. */
  readonly deviceId: string | null;
  /** The keys of the rings that they are in, as one text. */
  readonly rings: string;
  readonly count: number;
}

/** Versions kept of each policy. */
const VERSIONS_MAX = 50;

const source: Omit<ListSource, 'where'> = {
  noun: 'policies',
  fields: policyFields,
  columns: {
    ref: { value: sql`coalesce(p.ref, '')`, type: 'text' },
    name: { value: sql`p.name`, type: 'text' },
    kind: { value: targetKind, type: 'text' },
    target: { value: targetName, type: 'text' },
    changedAt: { value: sql`p.changed_at`, type: 'timestamptz' },
    changedBy: { value: sql`person_of(p.changed_by, p.scope)`, type: 'text' },
  },
  from: sql`from policy p ${targetJoins}`,
  select: sql`p.id, p.ref, p.tenant_id, p.organization_id, p.device_id, p.scope::text as scope, ${targetKind} as target_kind,
    ${targetId} as target_id, ${targetName} as target_name, p.name, p.fields, p.locks, p.version, p.rollout,
    p.created_at, p.changed_at, person_of(p.changed_by, p.scope) as changed_by`,
  id: sql`p.id`,
  words: [sql`p.name`, sql`p.ref`],
  defaultSort: 'name',
};

const PATH = sql`p.id, p.name, ${targetKind} as kind, p.fields, p.locks, p.version, p.rollout`;
const BY_DEPTH = sql`(p.device_id is not null), nlevel(p.scope)`;

/** Policies for people. */
export function policyRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<PolicyRow>> =>
      listRows<PolicyRow>(tx, { ...source, where: tx.visible('p') }, { query, settings }),
    find: (id: string): Promise<PolicyRow | undefined> =>
      tx.row(
        sql<PolicyRow>`select ${source.select} ${source.from} where p.id = ${id} and ${tx.visible('p')}`,
      ),
    versions: (id: string): Promise<VersionRow[]> =>
      tx.rows(sql<VersionRow>`select v.version, v.name, v.fields, v.locks, v.changed_at,
          person_of(v.changed_by, v.scope) as changed_by
        from policy_version v where v.policy_id = ${id} and ${tx.visible('v')} order by v.version desc`),
    /** Which of these policies the reader sees. */
    visibleOf: async (ids: readonly string[]): Promise<Set<string>> => {
      const rows = await tx.rows(
        sql<{
          id: string;
        }>`select p.id from policy p where p.id = any (${ids}::uuid[]) and ${tx.visible('p')}`,
      );
      return new Set(rows.map(({ id }) => id));
    },
    device: (id: string) =>
      tx.row(sql<{
        id: string;
        tenantId: string;
        scope: string;
      }>`select d.id, d.tenant_id as "tenantId", d.scope::text as scope
        from device d where d.id = ${id} and d.state = 'active' and ${tx.visible('d')}`),
    /** Some devices at these places that the reader sees, each with the number of its place. */
    devicesAt: (
      places: readonly Omit<PlaceCount, 'count'>[],
      { rings, limit }: { readonly rings: readonly Ring[]; readonly limit: number },
    ): Promise<{ readonly id: string; readonly name: string; readonly place: number }[]> =>
      tx.rows(sql<{ id: string; name: string; place: number }>`
        select d.id, d.name, g.place - 1 as place from device d
        left join policy p on p.device_id = d.id
        join unnest(${places.map(({ scope }) => scope)}::ltree[], ${places.map(({ deviceId }) => deviceId)}::uuid[],
            ${places.map((place) => place.rings)}::text[]) with ordinality as g (scope, device_id, rings, place)
          on g.scope = d.scope and g.rings = ${ringsOf(rings)}
            and (g.device_id = d.id or (g.device_id is null and p.device_id is null))
        where d.state = 'active' and ${tx.visible('d')}
        order by d.name, d.id limit ${limit}`),
  };
}

/** When the next exclusion ends; null when none does. */
function nextEndOf({ fields, at }: PolicyContent): Date | null {
  const ends = (fields.exclusions ?? []).flatMap(({ expiresAt }) =>
    expiresAt !== null && expiresAt > at ? [expiresAt] : [],
  );
  return ends.length === 0 ? null : new Date(Math.min(...ends));
}

/** Policies as they are kept and applied, with the workers' rights. */
export function policyStore(tx: Transaction) {
  const keepVersion = (id: string): Promise<number> =>
    tx.run(sql`with kept as (
        insert into policy_version (policy_id, version, tenant_id, scope, name, fields, locks, changed_at, changed_by)
        select p.id, p.version, p.tenant_id, p.scope, p.name, p.fields, p.locks, p.changed_at, p.changed_by
        from policy p where p.id = ${id} returning policy_id, version
      )
      delete from policy_version v using kept k where v.policy_id = k.policy_id and v.version <= k.version - ${VERSIONS_MAX}
        and not exists (select from policy p where p.id = v.policy_id and (p.rollout ->> 'from')::int = v.version)`);
  return {
    async insert(id: string, place: TargetPlace, content: PolicyContent): Promise<void> {
      await tx.run(sql`insert into policy (id, tenant_id, organization_id, group_id, device_id, scope, name, fields,
          locks, created_at, changed_at, changed_by, next_end_at)
        values (${id}, ${place.tenantId}, ${place.organizationId}, ${place.groupId}, ${place.deviceId},
          ${place.scope}::ltree, ${content.name}, ${JSON.stringify(content.fields)}::jsonb, ${content.locks}::text[],
          ${new Date(content.at)}, ${new Date(content.at)}, ${content.by}, ${nextEndOf(content)})`);
      await keepVersion(id);
    },
    /** False when it is gone. */
    async change(id: string, content: PolicyContent): Promise<boolean> {
      const count = await tx.run(sql`update policy set name = ${content.name},
          fields = ${JSON.stringify(content.fields)}::jsonb, locks = ${content.locks}::text[], version = version + 1,
          changed_at = ${new Date(content.at)}, changed_by = ${content.by}, next_end_at = ${nextEndOf(content)},
          rollout = ${jsonOf(content.rollout)}
        where id = ${id}`);
      await keepVersion(id);
      return count > 0;
    },
    /** Changes how far it is rolled out, and nothing of what it says. */
    rollOut: (id: string, rollout: Rollout | null): Promise<number> =>
      tx.run(sql`update policy set rollout = ${jsonOf(rollout)} where id = ${id}`),
    remove: (id: string): Promise<number> => tx.run(sql`delete from policy where id = ${id}`),
    /** Policies of which an exclusion has just ended, each once for an end. */
    endExclusions: (
      nowMs: number,
    ): Promise<{ readonly scope: string; readonly deviceId: string | null }[]> =>
      tx.rows(sql<{ scope: string; deviceId: string | null }>`update policy set next_end_at = (
          select to_timestamp(min((x ->> 'expiresAt')::float8) / 1000) from jsonb_array_elements(fields -> 'exclusions') x
          where (x ->> 'expiresAt')::float8 > ${nowMs})
        where next_end_at <= ${new Date(nowMs)} returning scope::text as scope, device_id as "deviceId"`),
    /** The policies above a place, from the tenant down, without the place's own. */
    above: (place: TargetPlace): Promise<(RolledPolicy & { readonly id: string })[]> =>
      tx.rows(sql<RolledPolicy & { id: string }>`select ${PATH} from policy p
        where p.tenant_id = ${place.tenantId} and p.device_id is null and p.scope @> ${place.scope}::ltree
          and (${place.deviceId !== null} or p.scope <> ${place.scope}::ltree)
        order by ${BY_DEPTH}`),
    pathsOf: (
      devices: readonly { readonly deviceId: string; readonly scope: string }[],
    ): Promise<DevicePathRow[]> => pathsOf(tx, devices),
    /** Every policy at and below a scope, with the scope, for a preview. */
    below: (tenantId: string, scope: string): Promise<PlacedRow[]> =>
      tx.rows(sql<PlacedRow>`
        select ${PATH}, p.scope::text as scope, p.device_id as "deviceId" from policy p
        where p.tenant_id = ${tenantId} and p.scope <@ ${scope}::ltree order by ${BY_DEPTH}`),
    /** Devices at and below a place by where they lie and which rings they are in; those with a policy of their own one by one. */
    countsAt: (
      { scope, deviceId }: Pick<TargetPlace, 'scope' | 'deviceId'>,
      rings: readonly Ring[],
    ): Promise<PlaceCount[]> =>
      tx.rows(sql<PlaceCount>`select d.scope::text as scope, coalesce(p.device_id, ${deviceId}::uuid) as "deviceId", ${ringsOf(rings)} as rings,
          count(*) as count
        from device d left join policy p on p.device_id = d.id
        where d.scope <@ ${scope}::ltree and d.state = 'active' and (${deviceId}::uuid is null or d.id = ${deviceId})
        group by 1, 2, 3`),
  };
}

function jsonOf(rollout: Rollout | null): RawBuilder<unknown> {
  return sql`${rollout === null ? null : JSON.stringify(rollout)}::jsonb`;
}

/** The keys of the rings that the device `d` is in, as one text. */
function ringsOf(rings: readonly Ring[]): RawBuilder<string> {
  if (rings.length === 0) return sql<string>`''`;
  return sql<string>`coalesce((select string_agg(r.key, ' ' order by r.key)
    from unnest(${rings.map(({ key }) => key)}::text[], ${rings.map(({ policyId }) => policyId)}::uuid[],
      ${rings.map(({ percent }) => percent)}::int[]) as r (key, policy_id, percent)
    where ${ringOf(sql`r.policy_id`, sql`d.id`)} < r.percent), '')`;
}

interface Pair {
  readonly deviceId: string;
  readonly id: string;
  readonly isInRing: boolean;
}

/**
 * Of each device, the policies from the tenant down to itself, and whether it is in the ring of those that
 * are being rolled out. Each is read once, however many devices it holds for.
 */
async function pathsOf(
  tx: Transaction,
  devices: readonly { readonly deviceId: string; readonly scope: string }[],
): Promise<DevicePathRow[]> {
  const pairs = await tx.rows(sql<Pair>`select x.id as "deviceId", p.id,
      case when p.rollout is null then true
        else ${ringOf(sql`p.id`, sql`x.id`)} < (p.rollout ->> 'percent')::int end as "isInRing"
    from unnest(${devices.map(({ deviceId }) => deviceId)}::uuid[], ${devices.map(({ scope }) => scope)}::ltree[])
      as x (id, scope)
    join policy p on (p.device_id is null and p.scope @> x.scope) or p.device_id = x.id
    order by x.id, ${BY_DEPTH}`);
  if (pairs.length === 0) return [];
  const ids = [...new Set(pairs.map(({ id }) => id))];
  const rows = await tx.rows(
    sql<DevicePathRow['policy']>`select ${PATH} from policy p where p.id = any (${ids}::uuid[])`,
  );
  const known = new Map(rows.map((row) => [row.id, row]));
  return pairs.flatMap(({ deviceId, id, isInRing }) => {
    const policy = known.get(id);
    return policy ? [{ deviceId, policy, isInRing }] : [];
  });
}
