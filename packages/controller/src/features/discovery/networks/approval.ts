import { authorize } from '../../../platform/authorize.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import { referenceOf } from '../../../platform/person.ts';
import type { Platform } from '../../../platform/services.ts';
import { networkRepository, type KnownNetwork } from './repository.ts';
import type { NetworkDoor } from './service.ts';

/** The network that a device is on, by what tells it from others. */
export interface Place {
  readonly organizationId: string;
  /** Where the device lies. */
  readonly scope: string;
  readonly cidr: string;
  readonly gatewayMac: string | null;
}

interface Asked {
  readonly device: { readonly tenantId: string };
  readonly place: Place;
  /** Whether the caller says that the network shall be approved. */
  readonly isApproving: boolean;
}

/** Makes sure that a network may be scanned; approves it when the caller says so and may. */
export function createApproval(platform: Pick<Platform, 'clock'>, networks: NetworkDoor) {
  return async function requireApproved(
    tx: Transaction,
    context: Context,
    { device, place, isApproving }: Asked,
  ): Promise<void> {
    const known = networkRepository(tx);
    let network = await known.find(place);
    if (!network && isApproving) {
      const { tenantId } = device;
      await networks.reportNetworks(tx, [{ tenantId, ...place }]);
      network = await known.find(place);
    }
    if (network?.state === 'approved') return;
    const isDone = network?.state === 'reported' && isApproving && mayApprove(context, network);
    if (!network || !isDone) throw notApproved(place, network);
    await known.approve(network.id, referenceOf(context.actor));
    await networks.announce(tx, [network], 'changed');
  };

  function mayApprove(context: Context, network: KnownNetwork): boolean {
    const nowMs = platform.clock.now();
    const decision = authorize(context.actor, 'networks:approve', { target: network, nowMs });
    return decision.kind === 'allowed';
  }
}

function notApproved(place: Place, network: KnownNetwork | undefined): ControllerError {
  const { cidr, gatewayMac } = place;
  const why = network?.state === 'refused' ? 'was refused' : 'is not approved';
  return new ControllerError('network-not-approved', `${cidr} ${why} for scans`, {
    shown: { cidr, gatewayMac, networkId: network?.id ?? null },
  });
}
