import type { PolicyRing } from '@wardgrid/wire';
import type { Context } from '../../../platform/context.ts';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { dueAt, policyFor } from '../access.ts';
import type { PolicyDeps } from '../deps.ts';
import { policyStore } from '../repository.ts';
import { rolloutRepository, type RollingPolicy } from './repository.ts';
import { isHarmful, widened, type Rollout } from './rollout.ts';

/** Rolls changes of policies out ring by ring, and halts what does harm. */
export function createRollouts(platform: Platform, deps: PolicyDeps) {
  const { clock, database } = platform;

  async function set(
    tx: Transaction,
    policy: Omit<RollingPolicy, 'rollout'>,
    rollout: Rollout | null,
  ): Promise<void> {
    await policyStore(tx).rollOut(policy.id, rollout);
    await deps.makeSettingsDue(tx, dueAt(policy));
    const { id, tenantId, scope } = policy;
    const told = { noun: 'policies', verb: 'changed', nowMs: clock.now() } as const;
    await announceAll(tx, told, [{ id, tenantId, scope }]);
  }

  return {
    /** @throws ControllerError `policy-not-rolling`. */
    async widen(context: Context, id: string, percent: number): Promise<void> {
      const row = await policyFor(platform, context, { id, permission: 'policies:update' });
      const { rollout, tenant_id: tenantId, scope, device_id: deviceId } = row;
      if (rollout === null) throw notRolling();
      await database.transact({ kind: 'ingest' }, (tx) =>
        set(tx, { id, tenantId, scope, deviceId }, widened(rollout, percent)),
      );
    },
    /** @throws ControllerError `policy-not-rolling`. */
    async ring(context: Context, id: string): Promise<PolicyRing> {
      const row = await policyFor(platform, context, { id, permission: 'policies:read' });
      if (row.rollout === null) throw notRolling();
      const ring = await database.transact({ kind: 'ingest' }, (tx) =>
        rolloutRepository(tx).ring(id),
      );
      if (!ring) throw notFound('policy');
      return ring;
    },
    /** Halts roll-outs whose devices fare worse than those that do not run it. */
    haltHarmful: (): Promise<void> =>
      database.transact({ kind: 'ingest' }, async (tx) => {
        const rollouts = rolloutRepository(tx);
        // What is inherited is for those above to halt.
        const own = platform.place.membership()?.scope ?? '';
        for (const { rollout, ...policy } of await rollouts.rolling(own)) {
          const ring = await rollouts.ring(policy.id);
          if (!ring || !isHarmful(ring)) continue;
          await set(tx, policy, { ...rollout, percent: 0, halt: 'trouble' });
        }
      }),
  };
}

function notRolling(): ControllerError {
  return new ControllerError('policy-not-rolling', 'all its devices run the newest version');
}
