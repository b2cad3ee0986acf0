import { instantOf, type ListQuery, type Page, type RuleSet, type TenantId } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { notFound } from '../../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import type { RuleDeps } from '../deps.ts';
import type { Compile } from './compiler.ts';
import { ruleSetRepository, type RuleSetRow } from './repository.ts';
import { createRuleSetWriter, type NewRuleSet, type RuleSetChange } from './writing.ts';

const READ = 'rules:read';

/** Imports for people. */
export function createRuleSets(platform: Platform, deps: RuleDeps, compile: Compile) {
  const writer = createRuleSetWriter(platform, deps, compile);

  async function rowFor(
    context: Context,
    id: string,
    permission: 'rules:read' | 'rules:update' | 'rules:delete',
  ): Promise<RuleSetRow> {
    const { actor } = context;
    const row = await transactAs(platform, { actor, permission: READ }, (tx) =>
      ruleSetRepository(tx).find(id),
    );
    if (!row) throw notFound('rule set');
    const target = { tenantId: row.tenant_id, scope: row.scope };
    requireAllowed(platform, { actor, permission, noun: 'rule set' }, target);
    return row;
  }

  const read = async (context: Context, id: string): Promise<RuleSet> =>
    ruleSetOf(await rowFor(context, id, READ));

  return {
    read,
    list: (context: Context, query: ListQuery): Promise<Page<RuleSet>> =>
      transactAs(platform, { actor: context.actor, permission: READ }, async (tx) => {
        const page = await ruleSetRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => ruleSetOf(row)) };
      }),
    create: async (context: Context, given: NewRuleSet): Promise<RuleSet> =>
      read(context, await writer.create(context, given)),
    async update(context: Context, id: string, change: RuleSetChange): Promise<RuleSet> {
      await writer.update(context, await rowFor(context, id, 'rules:update'), change);
      return read(context, id);
    },
    async remove(context: Context, id: string): Promise<null> {
      await writer.remove(context, await rowFor(context, id, 'rules:delete'));
      return null;
    },
  };
}

function ruleSetOf(row: RuleSetRow): RuleSet {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    scope: row.scope,
    name: row.name,
    format: row.format,
    licence: row.licence,
    isEnabled: row.is_enabled,
    rules: row.rules,
    sizeBytes: row.size_bytes,
    digest: row.digest,
    version: row.version,
    createdAt: instantOf(row.created_at),
    changedAt: instantOf(row.changed_at),
    changedBy: row.changed_by,
  };
}
