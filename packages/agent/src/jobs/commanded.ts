import type { Clock } from '@wardgrid/base';
import type { Commanded } from '@wardgrid/trust';
import type { AgentStore } from '../store/index.ts';

/** What the device knows of itself and of whom it obeys. */
export interface CommandedOptions {
  readonly store: AgentStore;
  readonly clock: Pick<Clock, 'now'>;
  readonly tenantId: string;
  /** Base64url; from the licence, verified with the pinned platform key. */
  readonly tenantKey: string;
}

/**
 * Whom the device believes at this moment: the tenant's key, and the controllers that serve its place.
 * The place is the one of the last settings, or of the enrolment before the first.
 */
export function commandedOf({ store, clock, tenantId, tenantKey }: CommandedOptions): Commanded {
  const { settings } = store.link();
  const revoked = new Set(settings.revokedControllers);
  return {
    tenantId,
    tenantKey,
    scope: settings.scope ?? store.identity()?.enrolment?.scope ?? null,
    nowMs: clock.now(),
    isRevoked: (nodeId) => revoked.has(nodeId),
  };
}
