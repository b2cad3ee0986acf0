import { isWithin } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { requireAllowed, type Platform } from '../../platform/services.ts';
import type { Nodes } from './nodes.ts';
import { nodeRepository } from './repository.ts';

/** A node of the tree that this controller serves and the actor may put a controller at. */
export async function requirePlace(
  platform: Platform,
  { actor }: Context,
  scope: string,
): Promise<{ readonly tenantId: string }> {
  const place = await platform.database.transact({ kind: 'ingest' }, (tx) =>
    nodeRepository(tx).placeOf(scope),
  );
  if (!place) throw notFound('place');
  const { tenantId } = place;
  requireAllowed(
    platform,
    { actor, permission: 'controllers:manage', noun: 'place' },
    { tenantId, scope },
  );
  const own = platform.place.membership();
  if (own && (own.scope === scope || !isWithin(scope, own.scope))) {
    throw new ControllerError(
      'controller-scope-invalid',
      'a controller below this one serves an organization or group below what this one serves',
    );
  }
  return place;
}

/**
 * Below whom a controller stands that is let in here: this one. The tree has its root before anything
 * hangs below it; that is no business of who may see it, so that it takes the workers' rights.
 */
export async function parentHere(
  { place, keys }: Platform,
  tx: Transaction,
  given: { readonly nodes: Nodes; readonly tenantId: string },
): Promise<string> {
  if (place.role !== 'cloud') return keys.controllerId;
  return (await given.nodes.root(tx, given.tenantId)).id;
}
