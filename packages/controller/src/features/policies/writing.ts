import type { PolicyFieldName, PolicyFields, ScopeTarget } from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import type { Platform } from '../../platform/services.ts';
import { dueAt, policyFor, targetFor } from './access.ts';
import type { PolicyDeps } from './deps.ts';
import { lockedFieldsOf } from './effective.ts';
import { policyStore, type PolicyRow } from './repository.ts';
import { policySpace } from './space-repository.ts';
import type { Rollout } from './rollout/rollout.ts';
import type { TargetPlace } from './target-repository.ts';

/** What a policy is to say. */
interface Content {
  readonly name: string;
  readonly fields: PolicyFields;
  readonly locks: readonly PolicyFieldName[];
}

/** A change, and to how many of a hundred devices it goes at first. */
interface Change extends Partial<Content> {
  readonly rolloutPercent?: number;
}

/** Largest policy as JSON: those of a whole way have to fit into one signed envelope. */
const POLICY_BYTES_MAX = 300_000;

/** Bytes that all policies of a tenant may take: one with a list for each of ten thousand devices fits. */
const SPACE_BYTES_MAX = 64 * 1_024 * 1_024;
/** Bytes of what the policies of a tenant were: the oldest versions make room. */
const HISTORY_BYTES_MAX = 64 * 1_024 * 1_024;

export type PolicyWriter = ReturnType<typeof createPolicyWriter>;

/** Writes with the workers' rights, after the person's were checked: what a policy changes lies below it. */
export function createPolicyWriter(platform: Platform, deps: PolicyDeps) {
  const { clock, database } = platform;
  /** Tells the consoles, and makes the settings of the devices below due. */
  async function changed(
    tx: Transaction,
    place: TargetPlace,
    given: { readonly id: string; readonly verb: 'created' | 'changed' | 'removed' },
  ): Promise<void> {
    await deps.makeSettingsDue(tx, dueAt(place));
    const { id, verb } = given;
    const told = { id, tenantId: place.tenantId, scope: place.scope };
    await announceAll(tx, { noun: 'policies', verb, nowMs: clock.now() }, [told]);
  }

  return {
    async create(
      context: Context,
      given: Content & { readonly target: ScopeTarget },
    ): Promise<string> {
      const { target } = given;
      const permission = 'policies:create';
      const place = await targetFor(platform, context, { target, permission });
      requireFit(given.fields);
      const id = context.madeId ?? platform.newId();
      const content = { ...given, by: referenceOf(context.actor), at: clock.now(), rollout: null };
      await refuseSecond(() =>
        database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
          await requireUnlocked(tx, place, given.fields);
          await policyStore(tx).insert(id, place, content);
          await requireSpace(tx, deps, { ...place, grownBytes: bytesOf(given.fields) });
          await changed(tx, place, { id, verb: 'created' });
        }),
      );
      return id;
    },

    async update(context: Context, id: string, change: Change): Promise<void> {
      const row = await policyFor(platform, context, { id, permission: 'policies:update' });
      const { name = row.name, fields = row.fields, locks = row.locks } = change;
      requireFit(fields);
      await database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        const place = placeOf(row);
        // What was there before the lock may stay; what is set now must have an effect.
        if (change.fields) await requireUnlocked(tx, place, change.fields);
        const [by, at] = [referenceOf(context.actor), clock.now()];
        const rollout = rolloutOf(row, change, at);
        const content = { name, fields, locks, by, at, rollout };
        if (!(await policyStore(tx).change(id, content))) throw notFound('policy');
        const grownBytes = bytesOf(fields) - bytesOf(row.fields);
        await requireSpace(tx, deps, { ...place, grownBytes });
        await changed(tx, place, { id, verb: 'changed' });
      });
    },

    async remove(context: Context, id: string): Promise<void> {
      const row = await policyFor(platform, context, { id, permission: 'policies:delete' });
      await database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        if ((await policyStore(tx).remove(id)) === 0) return;
        await changed(tx, placeOf(row), { id, verb: 'removed' });
      });
    },
  };
}

/** Devices outside the ring keep what all of them ran last; another name changes nothing for any. */
function rolloutOf(row: PolicyRow, change: Change, startedAt: number): Rollout | null {
  const { rolloutPercent: percent, fields, locks } = change;
  if (percent !== undefined) {
    const { version, fields: held, locks: heldLocks, rollout } = row;
    const from = rollout?.from ?? version;
    const before = rollout?.before ?? { fields: held, locks: heldLocks };
    return { from, percent, startedAt, halt: null, before };
  }
  return (fields ?? locks) ? null : row.rollout;
}

/** @throws ControllerError `policy-field-locked` naming what is set in vain. */
async function requireUnlocked(
  tx: Transaction,
  place: TargetPlace,
  fields: PolicyFields,
): Promise<void> {
  const locked = lockedFieldsOf(await policyStore(tx).above(place), fields);
  if (locked.length === 0) return;
  throw new ControllerError('policy-field-locked', `locked above: ${locked.join(', ')}`, {
    issues: locked.map((field) => ({ pointer: `/fields/${field}`, detail: 'is locked above' })),
  });
}

/** @throws ControllerError `body-too-large`. */
export function requireFit(fields: PolicyFields): void {
  if (bytesOf(fields) <= POLICY_BYTES_MAX) return;
  throw new ControllerError('body-too-large', `a policy has at most ${POLICY_BYTES_MAX} bytes`);
}

/** Called after the write, which counts. @throws ControllerError `policy-space-full`. */
async function requireSpace(
  tx: Transaction,
  { spaceBytesMax = SPACE_BYTES_MAX, historyBytesMax = HISTORY_BYTES_MAX }: PolicyDeps,
  { tenantId, grownBytes }: { readonly tenantId: string; readonly grownBytes: number },
): Promise<void> {
  const space = policySpace(tx);
  await space.trimHistory(tenantId, historyBytesMax);
  // Who makes a policy smaller is never refused.
  if (grownBytes <= 0 || (await space.usedBytes(tenantId)) <= spaceBytesMax) return;
  throw new ControllerError('policy-space-full', 'delete policies or shorten their lists first', {
    facts: { bytesMax: spaceBytesMax },
  });
}

function bytesOf(fields: PolicyFields): number {
  return Buffer.byteLength(JSON.stringify(fields));
}

async function refuseSecond(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'policy_node') && !isDuplicateOf(error, 'policy_device')) throw error;
    throw new ControllerError('policy-taken', 'it has a policy; change that', { cause: error });
  }
}

function placeOf(row: PolicyRow): TargetPlace {
  return {
    tenantId: row.tenant_id,
    organizationId: row.organization_id,
    groupId: null,
    deviceId: row.device_id,
    scope: row.scope,
    name: row.target_name,
  };
}
