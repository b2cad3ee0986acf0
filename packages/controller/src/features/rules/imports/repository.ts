import { sql } from 'kysely';
import { ruleSetFields, type ListQuery, type Page, type RuleSet } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../../platform/list.ts';
import { rulesJson } from '../content/repository.ts';
import type { ShownRule } from './compile.ts';

export interface RuleSetRow {
  readonly id: string;
  readonly tenant_id: string;
  readonly scope: string;
  readonly name: string;
  readonly format: RuleSet['format'];
  readonly licence: string;
  readonly is_enabled: boolean;
  readonly rules: number;
  readonly size_bytes: number;
  readonly digest: string;
  readonly version: number;
  readonly created_at: number;
  readonly changed_at: number;
  readonly changed_by: string;
}

/** What is kept of a rule set. */
export type RuleSetContent = Pick<
  RuleSetRow,
  'name' | 'licence' | 'is_enabled' | 'rules' | 'size_bytes' | 'digest' | 'changed_by'
> & { readonly at: number };

const source: Omit<ListSource, 'where'> = {
  noun: 'rule-sets',
  fields: ruleSetFields,
  columns: {
    name: { value: sql`s.name`, type: 'text' },
    format: { value: sql`s.format`, type: 'text' },
    enabled: { value: sql`s.is_enabled`, type: 'bool' },
    rules: { value: sql`s.rules`, type: 'int' },
    changedAt: { value: sql`s.changed_at`, type: 'timestamptz' },
  },
  from: sql`from rule_set s`,
  select: sql`s.id, s.tenant_id, s.scope::text as scope, s.name, s.format, s.licence, s.is_enabled, s.rules, s.size_bytes,
    s.digest, s.version, s.created_at, s.changed_at,
    person_of(s.changed_by, s.scope) as changed_by`,
  id: sql`s.id`,
  words: [sql`s.name`],
  defaultSort: 'name',
};

/** Rule sets for people. */
export function ruleSetRepository(tx: Transaction) {
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<RuleSetRow>> =>
      listRows<RuleSetRow>(tx, { ...source, where: tx.visible('s') }, { query, settings }),
    find: (id: string): Promise<RuleSetRow | undefined> =>
      tx.row(
        sql<RuleSetRow>`select ${source.select} ${source.from} where s.id = ${id} and ${tx.visible('s')}`,
      ),
  };
}

/** Rule sets as they are kept, with the workers' rights. */
export function ruleSetStore(tx: Transaction) {
  return {
    countOf: async (tenantId: string): Promise<number> => {
      const row = await tx.row(
        sql<{
          count: number;
        }>`select count(*) as count from rule_set where tenant_id = ${tenantId}`,
      );
      return row?.count ?? 0;
    },
    insert: (
      given: RuleSetContent & Pick<RuleSetRow, 'id' | 'tenant_id' | 'scope' | 'format'>,
    ): Promise<number> =>
      tx.run(sql`insert into rule_set (id, tenant_id, scope, name, format, licence, is_enabled, rules, size_bytes,
          digest, created_at, changed_at, changed_by)
        values (${given.id}, ${given.tenant_id}, ${given.scope}::ltree, ${given.name}, ${given.format}, ${given.licence},
          ${given.is_enabled}, ${given.rules}, ${given.size_bytes}, ${given.digest}, ${new Date(given.at)},
          ${new Date(given.at)}, ${given.changed_by})`),
    change: (id: string, given: RuleSetContent): Promise<number> =>
      tx.run(sql`update rule_set set name = ${given.name}, licence = ${given.licence}, is_enabled = ${given.is_enabled},
          rules = ${given.rules}, size_bytes = ${given.size_bytes}, digest = ${given.digest}, version = version + 1,
          changed_at = ${new Date(given.at)}, changed_by = ${given.changed_by} where id = ${id}`),
    remove: (id: string): Promise<number> => tx.run(sql`delete from rule_set where id = ${id}`),
    /** Shows the rules of a set, instead of those that were there. */
    async show(
      set: Pick<RuleSetRow, 'id' | 'tenant_id' | 'scope'>,
      rules: readonly (ShownRule & { readonly id: string })[],
    ): Promise<void> {
      await tx.run(sql`delete from rule_imported where rule_set_id = ${set.id}`);
      await tx.run(sql`insert into rule_imported (id, rule_set_id, tenant_id, scope, rule_id, title, description, remedy, engine,
          severity, confidence, techniques, status, author)
        select r.id, ${set.id}, ${set.tenant_id}, ${set.scope}::ltree, r.rule_id, r.title, r.description, r.remedy, r.engine,
          r.severity, r.confidence, r.techniques, r.status, r.author
        from jsonb_to_recordset(${rulesJson(rules)}::jsonb) as r (id uuid, rule_id text, title text, description text, remedy text,
          engine text, severity smallint, confidence smallint, techniques text[], status text, author text)`);
    },
  };
}
