import { authorize } from '../../../platform/authorize.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { networkRepository, type KnownNetwork } from './repository.ts';
import type { NetworkDoor } from './service.ts';

/** A network by what tells it from others of the organization. */
export interface Place {
  readonly organizationId: string;
  readonly cidr: string;
  readonly gatewayMac: string | null;
}

/** Makes sure that a network may be scanned; approves it when the caller says so and may. */
export function createApproval(platform: Pick<Platform, 'clock'>, networks: NetworkDoor) {
  return async function requireApproved(
    tx: Transaction,
    context: Context,
    given: {
      readonly device: { readonly tenantId: string; readonly scope: string };
      readonly place: Place;
      readonly isApproving: boolean;
    },
  ): Promise<void> {
    const { device, place, isApproving } = given;
    const known = networkRepository(tx);
    let network = await known.find(place);
    if (!network && isApproving) {
      await networks.reportNetwork(tx, {
        tenantId: device.tenantId,
        scope: device.scope,
        ...place,
      });
      network = await known.find(place);
    }
    if (network?.state === 'approved') return;
    if (network?.state === 'reported' && isApproving && mayApprove(context, network)) {
      const isDone = (await known.approve(network.id, context.actor.email)) === 1;
      if (isDone) return networks.announce(tx, network, 'changed');
    }
    throw notApproved(place, network);
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
