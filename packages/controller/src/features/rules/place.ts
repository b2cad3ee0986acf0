import type { Permission, ScopeTarget } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import { requireAllowed, transactAs, type Platform } from '../../platform/services.ts';
import { findTarget, type TargetPlace } from '../policies/index.ts';

/** The place of a target, when the actor may do this there. */
export async function placeFor(
  platform: Platform,
  context: Context,
  given: {
    readonly target: ScopeTarget;
    readonly permission: Extract<Permission, `rules:${string}`>;
  },
): Promise<TargetPlace> {
  const { actor } = context;
  const { target, permission } = given;
  const place = await transactAs(platform, { actor, permission: 'rules:read' }, (tx) =>
    findTarget(tx, target),
  );
  if (!place) throw notFound(target.kind);
  requireAllowed(platform, { actor, permission, noun: target.kind }, place);
  return place;
}
