import { sql } from 'kysely';
import type { RuleException, RuleSetting } from '@wardgrid/wire';
import type * as z from 'zod';
import type { Transaction } from '../../platform/database.ts';

/** A device, with where it lies. */
export interface PlacedDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly scope: string;
}

/** A switch on the way to a device. */
export interface AppliedSwitch {
  readonly deviceId: string;
  readonly id: string;
  readonly ruleId: string;
  readonly setting: z.infer<typeof RuleSetting>;
}

/** An exception on the way to a device. */
export interface AppliedException extends RuleException {
  readonly deviceId: string;
}

const BY_DEPTH = sql`(p.device_id is not null), nlevel(p.scope)`;

/** What of rules holds for devices, with the workers' rights. */
export function appliedRepository(tx: Transaction) {
  const at = (devices: readonly PlacedDevice[]) => sql`from unnest(
      ${devices.map(({ deviceId }) => deviceId)}::uuid[], ${devices.map(({ scope }) => scope)}::ltree[]) as x (id, scope)`;
  return {
    /** From the tenant down: the last about a rule counts. */
    switches: (devices: readonly PlacedDevice[]): Promise<AppliedSwitch[]> =>
      tx.rows(sql<AppliedSwitch>`select x.id as "deviceId", p.id, p.rule_id as "ruleId", p.setting ${at(devices)}
        join rule_switch p on (p.device_id is null and p.scope @> x.scope) or p.device_id = x.id
        order by x.id, ${BY_DEPTH}, p.id`),
    /**
     * From the device up: of too many, the nearest stay. Each is read once, however many devices it
     * holds for.
     */
    async exceptions(devices: readonly PlacedDevice[], nowMs: number): Promise<AppliedException[]> {
      const pairs = await tx.rows(sql<{
        deviceId: string;
        id: string;
      }>`select x.id as "deviceId", p.id ${at(devices)}
        join rule_exception p on (p.device_id is null and p.scope @> x.scope) or p.device_id = x.id
        where p.expires_at is null or p.expires_at > ${new Date(nowMs)}
        order by x.id, (p.device_id is not null) desc, nlevel(p.scope) desc, p.created_at desc, p.id`);
      if (pairs.length === 0) return [];
      const ids = [...new Set(pairs.map(({ id }) => id))];
      const rows =
        await tx.rows(sql<RuleException>`select p.id, p.rule_id as "ruleId", p.selection, p.reason,
          (extract(epoch from p.expires_at) * 1000)::int8 as "expiresAt"
        from rule_exception p where p.id = any (${ids}::uuid[])`);
      const known = new Map(rows.map((row) => [row.id, row]));
      return pairs.flatMap(({ deviceId, id }) => {
        const exception = known.get(id);
        return exception ? [{ deviceId, ...exception }] : [];
      });
    },
  };
}
