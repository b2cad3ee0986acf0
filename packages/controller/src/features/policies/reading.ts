import {
  PolicyFieldName,
  type DeviceId,
  type EffectivePolicy,
  type PolicyOrigin,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { transactAs, type Platform } from '../../platform/services.ts';
import { effectiveOf, type PathPolicy } from './effective.ts';
import { changesOf } from './preview.ts';
import type { PolicyDeps } from './deps.ts';
import { policyRepository, policyStore } from './repository.ts';
import { heldOf } from './rollout/rollout.ts';

/**
 * What a device is to run and why. The values are the device's, so that whoever sees it sees them;
 * policies above what the reader sees are told by their kind alone.
 */
export async function readEffective(
  platform: Platform,
  deps: PolicyDeps,
  { context, deviceId }: { readonly context: Context; readonly deviceId: string },
): Promise<EffectivePolicy> {
  const access = { actor: context.actor, permission: 'policies:read' } as const;
  const device = await transactAs(platform, access, (tx) => policyRepository(tx).device(deviceId));
  if (!device) throw notFound('device');
  const { path, versions } = await platform.database.transact({ kind: 'ingest' }, async (tx) => ({
    path: await policyStore(tx).pathsOf([{ deviceId, scope: device.scope }]),
    versions: await deps.settingsVersions(tx, deviceId),
  }));
  const visible = await transactAs(platform, access, (tx) =>
    policyRepository(tx).visibleOf(path.map(({ policy }) => policy.id)),
  );
  const nowMs = platform.clock.now();
  const held = path.map(({ policy, isInRing }) => heldOf(policy, isInRing));
  const effective = effectiveOf(held, nowMs);
  const whole = effectiveOf(
    path.map(({ policy }) => policy),
    nowMs,
  );
  const { policy, origins } = effective;
  const told = Object.fromEntries(
    PolicyFieldName.options.map((field) => [
      field,
      { origin: originOf(origins[field].policy, visible), isLocked: origins[field].isLocked },
    ]),
  );
  return {
    deviceId: deviceId as DeviceId,
    policy,
    origins: told as EffectivePolicy['origins'],
    policies: path
      .filter((one) => visible.has(one.policy.id))
      .map(({ policy: { id, name, kind, rollout }, isInRing }) => ({
        id,
        name,
        kind,
        rollout: rollout && { isInRing, percent: rollout.percent, halt: rollout.halt },
      })),
    later: changesOf(effective, whole),
    settingsVersion: versions.wanted,
    runningVersion: versions.running,
  };
}

function originOf(
  policy: PathPolicy | undefined,
  visible: ReadonlySet<string>,
): z.infer<typeof PolicyOrigin> {
  if (!policy) return { kind: 'default', policyId: null, name: null };
  const { id, kind, name } = policy;
  if (id === null || !visible.has(id)) return { kind, policyId: null, name: null };
  return { kind, policyId: id, name };
}
