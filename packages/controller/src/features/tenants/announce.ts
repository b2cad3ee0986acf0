import { instantOf } from '@wardgrid/wire';
import type { Transaction } from '../../platform/database.ts';
import type { Platform } from '../../platform/services.ts';

/** What happened to which node. */
export interface NodeChange {
  readonly noun: 'tenants' | 'organizations' | 'groups';
  readonly verb: 'created' | 'changed' | 'removed';
  readonly node: { readonly id: string; readonly tenantId: string; readonly scope: string };
}

/** Tells every console that may see the node, after the commit. */
export async function announce(
  platform: Pick<Platform, 'clock'>,
  tx: Transaction,
  { noun, verb, node }: NodeChange,
): Promise<void> {
  await tx.publish({
    topic: 'live',
    event: {
      at: instantOf(platform.clock.now()),
      tenantId: node.tenantId,
      scope: node.scope,
      noun,
      verb,
      entityId: node.id,
    },
  });
}
