import type { RuleException, ScopeTarget } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import type { Platform } from '../../../platform/services.ts';
import { dueAt, type TargetPlace } from '../../policies/index.ts';
import type { RuleDeps } from '../deps.ts';
import { placeFor } from '../place.ts';
import { exceptionStore, type TriedPlace } from './repository.ts';
import { hiddenBy, requireUsable, TRIAL_MS, TRIED_MAX } from './trial.ts';

/** What is tried, and where. */
export interface Tried {
  readonly target: ScopeTarget;
  readonly ruleId: string | null;
  readonly selection: RuleException['selection'];
}

export interface NewException extends Tried {
  readonly reason: string;
  readonly expiresAt: string | null;
}

/** Exceptions of one tenant; a device carries 200 of them at most. */
const EXCEPTIONS_MAX = 1_000;

/** The exception that somebody describes. */
export function exceptionFrom({ ruleId, selection }: Tried, id: string): RuleException {
  return { id, ruleId, selection, reason: '', expiresAt: null };
}

/** The findings at a place that it is tried on. */
export function triedAt(place: TargetPlace, ruleId: string | null, nowMs: number): TriedPlace {
  return { ...place, ruleId, since: nowMs - TRIAL_MS, limit: TRIED_MAX };
}

/** Makes and ends exceptions with the workers' rights, after the person's were checked. */
export function createExceptionWriter(platform: Platform, deps: RuleDeps) {
  const { clock, database } = platform;

  async function changed(
    tx: Transaction,
    place: Pick<TargetPlace, 'tenantId' | 'scope' | 'deviceId'>,
    id: string,
  ): Promise<void> {
    await deps.makeSettingsDue(tx, dueAt(place));
    const told = { id, tenantId: place.tenantId, scope: place.scope };
    await announceAll(tx, { noun: 'rules', verb: 'changed', nowMs: clock.now() }, [told]);
  }

  return {
    /** What it fits is hidden in the same transaction. */
    async create(context: Context, given: NewException): Promise<string> {
      const { target, ruleId } = given;
      const place = await placeFor(platform, context, { target, permission: 'rules:update' });
      const id = context.madeId ?? platform.newId();
      const exception = exceptionFrom(given, id);
      requireUsable(exception);
      const nowMs = clock.now();
      await database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        const store = exceptionStore(tx);
        await requireRoom(tx, place.tenantId);
        await store.insert(place, {
          id,
          rule_id: ruleId,
          selection: given.selection,
          reason: given.reason,
          created_by: referenceOf(context.actor),
          expiresAt: given.expiresAt === null ? null : Date.parse(given.expiresAt),
          at: nowMs,
        });
        const found = await store.tried(triedAt(place, ruleId, nowMs));
        await store.hide(hiddenBy([exception], found, nowMs));
        await changed(tx, place, id);
      });
      return id;
    },

    /** What it hid is shown again. */
    remove: (
      { actor }: Context,
      id: string,
      place: Pick<TargetPlace, 'tenantId' | 'scope' | 'deviceId'>,
    ): Promise<void> =>
      database.transact({ kind: 'ingest', actor }, async (tx) => {
        if ((await exceptionStore(tx).remove(id)) === 0) return;
        await exceptionStore(tx).show([id]);
        await changed(tx, place, id);
      }),
  };
}

async function requireRoom(tx: Transaction, tenantId: string): Promise<void> {
  if ((await exceptionStore(tx).countOf(tenantId)) < EXCEPTIONS_MAX) return;
  throw new ControllerError('limit-reached', `at most ${EXCEPTIONS_MAX} exceptions in a tenant`);
}
