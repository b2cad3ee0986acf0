import { coversScope } from '@wardgrid/trust';
import {
  CONTROLLER_LAYER_MAX,
  REVOKED_CONTROLLERS_MAX,
  type ServingController,
} from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import { certificateRepository, nodeRepository, type NodeRow } from './repository.ts';

/** A device, as far as who serves it matters. */
interface ServedDevice {
  readonly deviceId: string;
  readonly tenantId: string;
  readonly scope: string;
}

/**
 * The controllers that serve the places of devices, nearest first, up to the cloud. Devices of one place
 * get one and the same list. With the workers' rights.
 */
export async function servingControllers(
  tx: Transaction,
  devices: readonly ServedDevice[],
): Promise<ReadonlyMap<string, readonly ServingController[]>> {
  const lists = new Map<string, readonly ServingController[]>();
  const trees = new Map<string, readonly NodeRow[]>();
  for (const { tenantId, scope } of devices) {
    if (lists.has(scope)) continue;
    const tree = trees.get(tenantId) ?? (await nodeRepository(tx).ofTenant(tenantId));
    trees.set(tenantId, tree);
    lists.set(scope, servingOf(tree, scope));
  }
  return new Map(devices.map(({ deviceId, scope }) => [deviceId, lists.get(scope) ?? []]));
}

/** The active controllers of a tree whose scope covers a place, the deepest first. */
export function servingOf(tree: readonly NodeRow[], scope: string): readonly ServingController[] {
  return tree
    .filter(
      (node) =>
        node.certificate !== null &&
        node.revokedAt === null &&
        node.urls.length > 0 &&
        coversScope(node.scope, scope),
    )
    .toSorted((left, right) => right.layer - left.layer || left.id.localeCompare(right.id))
    .slice(0, CONTROLLER_LAYER_MAX + 1)
    .map(({ controllerId, urls, authority, publicKey }) => ({
      controllerId,
      urls: [...urls],
      authority,
      publicKey,
    }));
}

/** Controllers of tenants that were revoked though their time was not over. With the workers' rights. */
export async function revokedControllers(
  tx: Transaction,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, readonly string[]>> {
  const rows = await certificateRepository(tx).revokedIds(tenantIds, REVOKED_CONTROLLERS_MAX);
  const byTenant = Map.groupBy(rows, ({ tenantId }) => tenantId);
  return new Map(
    [...byTenant].map(([tenantId, of]) => [tenantId, of.map(({ controllerId }) => controllerId)]),
  );
}
