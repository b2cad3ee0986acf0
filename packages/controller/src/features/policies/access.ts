import type { Permission, ScopeTarget } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { requireAllowed, transactAs, type Platform } from '../../platform/services.ts';
import { policyRepository, type PolicyRow } from './repository.ts';
import { findTarget, type TargetPlace } from './target-repository.ts';

type Using = Extract<Permission, `policies:${string}`>;

/** The policy, when the actor may do this to it. */
export async function policyFor(
  platform: Platform,
  context: Context,
  { id, permission }: { readonly id: string; readonly permission: Using },
): Promise<PolicyRow> {
  const { actor } = context;
  const row = await transactAs(platform, { actor, permission: 'policies:read' }, (tx) =>
    policyRepository(tx).find(id),
  );
  if (!row) throw notFound('policy');
  const target = { tenantId: row.tenant_id, scope: row.scope };
  requireAllowed(platform, { actor, permission, noun: 'policy' }, target);
  return row;
}

/** The place of a target, when the actor may do this there. */
export async function targetFor(
  platform: Platform,
  context: Context,
  { target, permission }: { readonly target: ScopeTarget; readonly permission: Using },
): Promise<TargetPlace> {
  const { actor } = context;
  const place = await transactAs(platform, { actor, permission: 'policies:read' }, (tx) =>
    findTarget(tx, target),
  );
  if (!place) throw notFound(target.kind);
  requireAllowed(platform, { actor, permission, noun: target.kind }, place);
  return place;
}

/** Whose settings what holds at a place may change. */
export function dueAt({ deviceId, scope }: Pick<TargetPlace, 'deviceId' | 'scope'>) {
  return deviceId === null
    ? ({ kind: 'scope', scope } as const)
    : ({ kind: 'device', deviceId } as const);
}
