import {
  instantOf,
  instantOrNull,
  type ExceptionTrial,
  type ListQuery,
  type Page,
  type ScopedRuleException,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { notFound } from '../../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import type { RuleDeps } from '../deps.ts';
import { placeFor } from '../place.ts';
import { exceptionRepository, type ExceptionRow } from './repository.ts';
import { requireUsable, trialOf } from './trial.ts';
import {
  createExceptionWriter,
  exceptionFrom,
  triedAt,
  type NewException,
  type Tried,
} from './writing.ts';

/** Exceptions from rules, for people. What they hide is kept, and shown again when they end. */
export function createExceptions(platform: Platform, deps: RuleDeps) {
  const { clock } = platform;
  const writer = createExceptionWriter(platform, deps);
  const access = (context: Context) =>
    ({ actor: context.actor, permission: 'rules:read' }) as const;

  async function rowOf(context: Context, id: string): Promise<ExceptionRow> {
    const row = await transactAs(platform, access(context), (tx) =>
      exceptionRepository(tx).find(id),
    );
    if (!row) throw notFound('exception');
    return row;
  }

  const read = async (context: Context, id: string): Promise<ScopedRuleException> =>
    exceptionOf(await rowOf(context, id), clock.now());

  return {
    read,
    list: (context: Context, query: ListQuery): Promise<Page<ScopedRuleException>> =>
      transactAs(platform, access(context), async (tx) => {
        const page = await exceptionRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => exceptionOf(row, clock.now())) };
      }),

    async trial(context: Context, given: Tried): Promise<ExceptionTrial> {
      const { target, ruleId } = given;
      const place = await placeFor(platform, context, { target, permission: 'rules:read' });
      const exception = exceptionFrom(given, platform.newId());
      requireUsable(exception);
      const findings = await transactAs(platform, access(context), (tx) =>
        exceptionRepository(tx).tried(triedAt(place, ruleId, clock.now())),
      );
      return trialOf(exception, findings, clock.now());
    },

    create: async (context: Context, given: NewException): Promise<ScopedRuleException> =>
      read(context, await writer.create(context, given)),

    async remove(context: Context, id: string): Promise<null> {
      const row = await rowOf(context, id);
      const place = { tenantId: row.tenant_id, scope: row.scope, deviceId: row.device_id };
      const { actor } = context;
      requireAllowed(platform, { actor, permission: 'rules:update', noun: 'exception' }, place);
      await writer.remove(context, id, place);
      return null;
    },
  };
}

function exceptionOf(row: ExceptionRow, nowMs: number): ScopedRuleException {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    scope: row.scope,
    target: { kind: row.target_kind, id: row.target_id },
    targetName: row.target_name,
    ruleId: row.rule_id,
    selection: row.selection,
    reason: row.reason,
    expiresAt: instantOrNull(row.expires_at),
    isExpired: row.expires_at !== null && row.expires_at <= nowMs,
    hidden: row.hidden,
    createdAt: instantOf(row.created_at),
    createdBy: row.created_by,
  };
}
