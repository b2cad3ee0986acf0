import { sql, type RawBuilder } from 'kysely';
import { ruleFields, Severity, type ListQuery, type Page, type Rule } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { listRows, type ListSettings, type ListSource } from '../../platform/list.ts';

export interface RuleRow {
  readonly id: string;
  readonly rule_id: string;
  readonly title: string;
  readonly description: string;
  readonly remedy: string;
  readonly engine: Rule['engine'];
  readonly severity: number;
  readonly confidence: number;
  readonly techniques: string[];
  readonly status: Rule['status'];
  readonly author: string | null;
  readonly tenant_id: string | null;
  readonly rule_set_id: string | null;
  readonly licence: string | null;
  readonly setting: Rule['setting'];
  readonly hits: number;
  readonly findings: number;
  readonly devices: number;
  readonly last_hit_at: number | null;
  readonly exceptions: number;
}

/** The span over which hits are counted. */
export const HIT_DAYS = 30;

const columns: ListSource['columns'] = {
  ruleId: { value: sql`r.rule_id`, type: 'text' },
  title: { value: sql`r.title`, type: 'text' },
  engine: { value: sql`r.engine`, type: 'text' },
  severity: { value: sql`r.severity`, type: 'int', matches: hasSeverity },
  confidence: { value: sql`r.confidence`, type: 'int' },
  technique: {
    value: sql`r.techniques`,
    type: 'text',
    matches: (value) =>
      sql<boolean>`exists (select from unnest(r.techniques) as t where t = ${value.toUpperCase()} or t like ${value.toUpperCase()} || '.%')`,
  },
  status: { value: sql`r.status`, type: 'text' },
  origin: { value: sql`r.origin`, type: 'text' },
  setting: { value: sql`coalesce(w.setting, 'on')`, type: 'text' },
  ruleSetId: { value: sql`coalesce(r.rule_set_id::text, '')`, type: 'text' },
  hits: { value: sql`coalesce(h.hits, 0)`, type: 'float8' },
  devices: { value: sql`coalesce(h.devices, 0)`, type: 'float8' },
  exceptions: { value: sql`coalesce(e.exceptions, 0)`, type: 'float8' },
};

/** Of product rules there is one row for all; what is counted beside it is what the reader sees. */
function sourceOf(tx: Transaction, nowMs: number): ListSource {
  const since = new Date(nowMs - HIT_DAYS * 86_400_000);
  return {
    noun: 'rules',
    fields: ruleFields,
    columns,
    from: sql`from (
        select p.id, p.rule_id, p.title, p.description, p.remedy, p.engine, p.severity, p.confidence, p.techniques, p.status,
          p.author, null::uuid as tenant_id, null::uuid as rule_set_id, 'product' as origin from rule_product p
        union all
        select m.id, m.rule_id, m.title, m.description, m.remedy, m.engine, m.severity, m.confidence, m.techniques, m.status,
          m.author, m.tenant_id, m.rule_set_id, 'tenant' from rule_imported m where ${tx.visible('m')}
      ) r
      left join (select s.id, s.licence from rule_set s where ${tx.visible('s')}) s on s.id = r.rule_set_id
      left join (
        select f.rule, sum(f.count)::float8 as hits, count(*)::float8 as findings,
          count(distinct f.device_id)::float8 as devices, max(f.last_seen_at) as last_hit_at
        from finding f where f.category = 'threat' and f.last_seen_at > ${since} and ${tx.visible('f')} group by f.rule
      ) h on h.rule = r.rule_id
      left join (
        select w.rule_id, max(w.setting) as setting from rule_switch w
        where w.organization_id is null and w.device_id is null and ${tx.visible('w')} group by w.rule_id
      ) w on w.rule_id = r.rule_id
      left join (
        select x.rule_id, count(*)::float8 as exceptions from rule_exception x where ${tx.visible('x')} group by x.rule_id
      ) e on e.rule_id = r.rule_id`,
    select: sql`r.id, r.rule_id, r.title, r.description, r.remedy, r.engine, r.severity, r.confidence, r.techniques, r.status,
      r.author, r.tenant_id, r.rule_set_id, s.licence, coalesce(w.setting, 'on') as setting, coalesce(h.hits, 0) as hits,
      coalesce(h.findings, 0) as findings, coalesce(h.devices, 0) as devices, h.last_hit_at,
      coalesce(e.exceptions, 0) as exceptions`,
    where: sql<boolean>`true`,
    id: sql`r.id`,
    words: [sql`r.title`, sql`r.rule_id`],
    defaultSort: 'title',
  };
}

function hasSeverity(word: string): RawBuilder<boolean> {
  return sql<boolean>`r.severity = ${Severity.options.findIndex((option) => option === word)}`;
}

/** Rules for people. */
export function ruleRepository(tx: Transaction, nowMs: number) {
  const source = sourceOf(tx, nowMs);
  return {
    list: (query: ListQuery, settings: ListSettings): Promise<Page<RuleRow>> =>
      listRows<RuleRow>(tx, source, { query, settings }),
    find: (id: string): Promise<RuleRow | undefined> =>
      tx.row(sql<RuleRow>`select ${source.select} ${source.from} where r.id = ${id}`),
  };
}
