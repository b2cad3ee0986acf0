import type { Permission } from '@wardgrid/wire';
import { authorize, type Target } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';

/**
 * Who reaches only so far makes nothing beyond: it would be out of their sight at once, and the
 * database would refuse it. @throws ControllerError `forbidden`.
 */
export function requireWithinReach(
  given: { readonly platform: Pick<Platform, 'clock'>; readonly context: Context },
  permission: Permission,
  node: Target,
): void {
  const nowMs = given.platform.clock.now();
  const decision = authorize(given.context.actor, permission, { target: node, nowMs });
  if (decision.kind === 'allowed') return;
  throw new ControllerError('forbidden', 'what is made there would be out of your reach');
}
