import {
  instantOrNull,
  Severity,
  type ListQuery,
  type Page,
  type Rule,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { listSettings, transactAs, type Platform } from '../../platform/services.ts';
import { HIT_DAYS, ruleRepository, type RuleRow } from './list-repository.ts';

/** Rules with what they did, for people. */
export function createRuleList(platform: Platform) {
  const access = (context: Context) =>
    ({ actor: context.actor, permission: 'rules:read' }) as const;
  return {
    list: (context: Context, query: ListQuery): Promise<Page<Rule>> =>
      transactAs(platform, access(context), async (tx) => {
        const settings = listSettings(platform);
        const page = await ruleRepository(tx, settings.nowMs).list(query, settings);
        return { ...page, data: page.data.map((row) => ruleOf(row)) };
      }),
    read: (context: Context, id: string): Promise<Rule> =>
      transactAs(platform, access(context), async (tx) => {
        const row = await ruleRepository(tx, platform.clock.now()).find(id);
        if (!row) throw notFound('rule');
        return ruleOf(row);
      }),
  };
}

function ruleOf(row: RuleRow): Rule {
  return {
    id: row.id,
    ruleId: row.rule_id,
    title: row.title,
    description: row.description,
    remedy: row.remedy,
    engine: row.engine,
    severity: Severity.options[row.severity] ?? 'info',
    confidence: row.confidence,
    techniques: row.techniques,
    status: row.status,
    origin: row.tenant_id === null ? 'product' : 'tenant',
    tenantId: row.tenant_id as TenantId | null,
    ruleSetId: row.rule_set_id,
    author: row.author,
    licence: row.licence,
    setting: row.setting,
    hits: row.hits,
    findings: row.findings,
    devices: row.devices,
    hitsPerDay: row.hits / HIT_DAYS,
    lastHitAt: instantOrNull(row.last_hit_at),
    exceptions: row.exceptions,
  };
}
