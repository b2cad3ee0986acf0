import {
  instantOf,
  type ListQuery,
  type Page,
  type RuleSetting,
  type ScopedRuleSwitch,
  type ScopeTarget,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { announceAll } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../../platform/services.ts';
import { dueAt } from '../../policies/index.ts';
import type { RuleDeps } from '../deps.ts';
import { placeFor } from '../place.ts';
import { switchRepository, switchStore, type SwitchRow } from './repository.ts';

interface NewSwitch {
  readonly target: ScopeTarget;
  readonly ruleId: string;
  readonly setting: z.infer<typeof RuleSetting>;
  readonly reason: string;
}

/** Switches of one tenant; more than that is another set of rules. */
const SWITCHES_MAX = 2_000;

/** Rules that run otherwise than they were written, for people. */
export function createSwitches(platform: Platform, deps: RuleDeps) {
  const { clock, database } = platform;
  const access = (context: Context) =>
    ({ actor: context.actor, permission: 'rules:read' }) as const;

  async function rowOf(context: Context, id: string): Promise<SwitchRow> {
    const row = await transactAs(platform, access(context), (tx) => switchRepository(tx).find(id));
    if (!row) throw notFound('switch');
    return row;
  }

  async function changed(
    tx: Transaction,
    place: Parameters<typeof dueAt>[0] & { readonly tenantId: string },
    id: string,
  ): Promise<void> {
    await deps.makeSettingsDue(tx, dueAt(place));
    const told = { id, tenantId: place.tenantId, scope: place.scope };
    await announceAll(tx, { noun: 'rules', verb: 'changed', nowMs: clock.now() }, [told]);
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<ScopedRuleSwitch>> =>
      transactAs(platform, access(context), async (tx) => {
        const page = await switchRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => switchOf(row)) };
      }),
    async set(context: Context, given: NewSwitch): Promise<ScopedRuleSwitch> {
      const { target, ruleId, setting, reason } = given;
      const place = await placeFor(platform, context, { target, permission: 'rules:update' });
      const id = context.madeId ?? platform.newId();
      await database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        if ((await switchStore(tx).countOf(place.tenantId)) >= SWITCHES_MAX) {
          throw new ControllerError(
            'limit-reached',
            `at most ${SWITCHES_MAX} switches in a tenant`,
          );
        }
        const by = referenceOf(context.actor);
        const row = { id, rule_id: ruleId, setting, reason, changed_by: by, at: clock.now() };
        await switchStore(tx).set(place, row);
        await changed(tx, place, id);
      });
      return switchOf(await rowOf(context, id));
    },
    async remove(context: Context, id: string): Promise<null> {
      const row = await rowOf(context, id);
      const target = { tenantId: row.tenant_id, scope: row.scope };
      requireAllowed(
        platform,
        { actor: context.actor, permission: 'rules:update', noun: 'switch' },
        target,
      );
      await database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        if ((await switchStore(tx).remove(id)) === 0) return;
        await changed(tx, { ...target, deviceId: row.device_id }, id);
      });
      return null;
    },
  };
}

function switchOf(row: SwitchRow): ScopedRuleSwitch {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    scope: row.scope,
    target: { kind: row.target_kind, id: row.target_id },
    targetName: row.target_name,
    ruleId: row.rule_id,
    setting: row.setting,
    reason: row.reason,
    changedAt: instantOf(row.changed_at),
    changedBy: row.changed_by,
  };
}
