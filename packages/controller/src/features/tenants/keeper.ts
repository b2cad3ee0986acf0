import type { Actor } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';

/**
 * The actor for what the platform keeps of every tenant: its row and its licence. A tenant that
 * bars the platform bars it from its inside, not from being counted, suspended or licensed.
 */
export function keeperOf(context: Context): Actor {
  return { ...context.actor, barredTenantIds: [] };
}
