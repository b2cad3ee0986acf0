/**
 * Policies: what protection the nodes of the scope tree ask for, and what comes of it for a device.
 * Owns the tables `policy` and `policy_version`. It must not know how settings travel: it says what a
 * device is to run, and whose settings may be others now.
 */
import { messageOf } from '@wardgrid/base';
import { policyRoutes, type ProtectionPolicy } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { parsePart } from '../../platform/parse.ts';
import type { Platform } from '../../platform/services.ts';
import { dueAt } from './access.ts';
import type { PolicyDeps } from './deps.ts';
import { effectiveOf } from './effective.ts';
import { policyStore } from './repository.ts';
import { mountPolicyRoutes } from './routes.ts';
import { heldOf } from './rollout/rollout.ts';
import { createRollouts } from './rollout/service.ts';
import { createPolicies } from './service.ts';

export { dueAt } from './access.ts';
export {
  findTarget,
  targetId,
  targetJoins,
  targetKind,
  targetName,
  type TargetPlace,
} from './target-repository.ts';

/** What other features may ask. */
export interface PoliciesFeature {
  /** What devices are to run. Devices with the same way of policies get one and the same object. */
  readonly effective: (
    tx: Transaction,
    devices: readonly { readonly deviceId: string; readonly scope: string }[],
  ) => Promise<ReadonlyMap<string, ProtectionPolicy>>;
  /** Saves what was lost of a policy anew, with the rights of a person. @throws ControllerError `invalid-body` when it does not fit any more. */
  readonly reapply: (
    context: Context,
    id: string,
    values: Readonly<Record<string, unknown>>,
  ) => Promise<void>;
  /** Makes devices due whose policy has an exclusion that just ended, once. */
  readonly endExclusions: () => Promise<void>;
  /** Halts roll-outs that do harm. */
  readonly haltHarmful: () => Promise<void>;
  /** Does both again and again, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** What a person may save of a policy. */
const REAPPLIED: ReadonlySet<string> = new Set(['name', 'fields', 'locks']);
/** How often it is looked whether the time of an exclusion is over, and how roll-outs go. */
const LOOK_EVERY_MS = 60_000;

export function createPoliciesFeature(platform: Platform, deps: PolicyDeps): PoliciesFeature {
  const rollouts = createRollouts(platform, deps);
  const policies = createPolicies(platform, deps, rollouts);
  mountPolicyRoutes(platform.http, policies);
  const { clock, database, log } = platform;

  const endExclusions = (): Promise<void> =>
    database.transact({ kind: 'ingest' }, async (tx) => {
      const ended = await policyStore(tx).endExclusions(clock.now());
      for (const one of ended) await deps.makeSettingsDue(tx, dueAt(one));
    });

  return {
    async reapply(context, id, values) {
      const given = Object.entries(values).filter(([name]) => REAPPLIED.has(name));
      const change = parsePart(policyRoutes.update.body, Object.fromEntries(given), 'invalid-body');
      await policies.update(context, id, change);
    },
    endExclusions,
    haltHarmful: rollouts.haltHarmful,
    async start(signal) {
      while (!signal.aborted) {
        await Promise.all([endExclusions(), rollouts.haltHarmful()]).catch((error: unknown) =>
          log.warn('policies were not looked after', { reason: messageOf(error) }),
        );
        await clock.sleep(LOOK_EVERY_MS, signal).catch(() => undefined);
      }
    },
    async effective(tx, devices) {
      const rows = await policyStore(tx).pathsOf(devices);
      const paths = Map.groupBy(rows, ({ deviceId }) => deviceId);
      const nowMs = clock.now();
      const known = new Map<string, ProtectionPolicy>();
      return new Map(
        devices.map(({ deviceId }) => {
          const rolled = paths.get(deviceId) ?? [];
          const path = rolled.map(({ policy, isInRing }) => heldOf(policy, isInRing));
          const key = path.map(({ id, version }) => `${id} ${version}`).join('\n');
          const policy = known.get(key) ?? effectiveOf(path, nowMs).policy;
          known.set(key, policy);
          return [deviceId, policy];
        }),
      );
    },
  };
}
