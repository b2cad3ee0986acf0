import { sql } from 'kysely';
import {
  ruleSwitchFields,
  type ListQuery,
  type Page,
  type RuleSetting,
  type ScopeTarget,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import {
  targetId,
  targetJoins,
  targetKind,
  targetName,
  type TargetPlace,
} from '../../policies/index.ts';

export interface SwitchRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly device_id: string | null;
  readonly target_kind: ScopeTarget['kind'];
  readonly target_id: string;
  readonly target_name: string;
  readonly rule_id: string;
  readonly setting: z.infer<typeof RuleSetting>;
  readonly reason: string;
  readonly changed_at: number;
  readonly changed_by: string;
}

const source: Omit<ListSource, 'where'> = {
  noun: 'rule-switches',
  fields: ruleSwitchFields,
  columns: {
    ruleId: { value: sql`p.rule_id`, type: 'text' },
    setting: { value: sql`p.setting`, type: 'text' },
    target: { value: targetName, type: 'text' },
    changedAt: { value: sql`p.changed_at`, type: 'timestamptz' },
  },
  from: sql`from rule_switch p ${targetJoins}`,
  select: sql`p.id, p.tenant_id, p.scope::text as scope, p.device_id, ${targetKind} as target_kind,
    ${targetId} as target_id, ${targetName} as target_name, p.rule_id, p.setting, p.reason, p.changed_at,
    person_of(p.changed_by, p.scope) as changed_by`,
  id: sql`p.id`,
  words: [sql`p.rule_id`, sql`p.reason`],
  defaultSort: '-changedAt',
};

/** Switches for people. */
export function switchRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<SwitchRow>> =>
      listRows<SwitchRow>(tx, { ...source, where: tx.visible('p') }, { query, settings }),
    find: (id: string): Promise<SwitchRow | undefined> =>
      tx.row(
        sql<SwitchRow>`select ${source.select} ${source.from} where p.id = ${id} and ${tx.visible('p')}`,
      ),
  };
}

/** Switches as they are kept, with the workers' rights. */
export function switchStore(tx: Transaction) {
  return {
    countOf: async (tenantId: string): Promise<number> => {
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from rule_switch where tenant_id = ${tenantId}`,
      );
      return row?.count ?? 0;
    },
    /** Sets a switch, or the one that is there already. */
    async set(
      place: TargetPlace,
      given: Pick<SwitchRow, 'id' | 'rule_id' | 'setting' | 'reason' | 'changed_by'> & {
        readonly at: number;
      },
    ): Promise<string> {
      await tx.run(
        sql`delete from rule_switch where rule_id = ${given.rule_id} and ${
          place.deviceId === null
            ? sql`device_id is null and scope = ${place.scope}::ltree`
            : sql`device_id = ${place.deviceId}`
        }`,
      );
      await tx.run(sql`insert into rule_switch (id, tenant_id, organization_id, group_id, device_id, scope, rule_id,
          setting, reason, changed_at, changed_by)
        values (${given.id}, ${place.tenantId}, ${place.organizationId}, ${place.groupId}, ${place.deviceId},
          ${place.scope}::ltree, ${given.rule_id}, ${given.setting}, ${given.reason}, ${new Date(given.at)},
          ${given.changed_by})`);
      return given.id;
    },
    remove: (id: string): Promise<number> => tx.run(sql`delete from rule_switch where id = ${id}`),
  };
}
