import { sql, type RawBuilder } from 'kysely';
import type { PolicyRing } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import type { Rollout } from './rollout.ts';

/** A policy that is being rolled out. */
export interface RollingPolicy {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
  readonly deviceId: string | null;
  readonly rollout: Rollout;
}

/**
 * The place of a device in the rings of a policy, 0 to 99: always the same, and of each policy another, so
 * that it is not always the same devices that go first.
 */
export function ringOf(
  policyId: RawBuilder<unknown>,
  deviceId: RawBuilder<unknown>,
): RawBuilder<number> {
  const hash = sql`sha256(convert_to(${policyId}::text || ${deviceId}::text, 'UTF8'))`;
  return sql<number>`(get_byte(${hash}, 0) * 256 + get_byte(${hash}, 1)) % 100`;
}

/** Roll-outs with the workers' rights: counts reach as deep as the policy. */
export function rolloutRepository(tx: Transaction) {
  return {
    /** Policies below a node whose roll-out goes on. */
    rolling: (scope: string): Promise<RollingPolicy[]> =>
      tx.rows(sql<RollingPolicy>`select p.id, p.tenant_id as "tenantId", p.scope::text as scope,
          p.device_id as "deviceId", p.rollout
        from policy p where p.rollout is not null and p.rollout ->> 'halt' is null and p.scope <@ ${scope}::ltree`),
    ring: (id: string): Promise<PolicyRing | undefined> =>
      tx.row(sql<PolicyRing>`with counted as (
          select ${ringOf(sql`p.id`, sql`d.id`)} < (p.rollout ->> 'percent')::int as is_in,
            not l.is_settings_due and l.settings_version >= l.wanted_settings and l.wanted_settings > 0 as is_running,
            coalesce(x.state, 'on') <> 'on' as is_troubled
          from policy p
          join device d on d.state = 'active'
            and ((p.device_id is null and d.scope <@ p.scope) or d.id = p.device_id)
          left join device_link l on l.device_id = d.id
          left join device_protection x on x.device_id = d.id
          where p.id = ${id} and p.rollout is not null)
        select count(*) as devices, count(*) filter (where is_in) as "inRing",
          count(*) filter (where is_in and is_running) as running,
          count(*) filter (where is_in and is_running and is_troubled) as "runningTroubled",
          count(*) filter (where not is_in and is_troubled) as "outsideTroubled"
        from counted`),
  };
}
