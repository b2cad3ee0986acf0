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

interface Lying {
  readonly tenantId: string;
  readonly scope: string;
}

/**
 * Makes sure that networks may be scanned; approves them when the caller says so and may. Each
 * network is looked up once in a transaction, however many devices are on it.
 */
export function createApproval(platform: Pick<Platform, 'clock'>, networks: NetworkDoor) {
  return function createRequirement(tx: Transaction, context: Context, isApproving: boolean) {
    const verdicts = new Map<string, Promise<ControllerError | null>>();

    return async function requireApproved(device: Lying, place: Place): Promise<void> {
      const key = `${place.organizationId} ${place.cidr} ${place.gatewayMac ?? ''}`;
      const verdict = verdicts.get(key) ?? judge(device, place);
      verdicts.set(key, verdict);
      const refusal = await verdict;
      if (refusal) throw refusal;
    };

    async function judge(device: Lying, place: Place): Promise<ControllerError | null> {
      const known = networkRepository(tx);
      let network = await known.find(place);
      if (!network && isApproving) {
        const { tenantId, scope } = device;
        await networks.reportNetworks(tx, [{ tenantId, scope, ...place }]);
        network = await known.find(place);
      }
      if (network?.state === 'approved') return null;
      if (network?.state === 'reported' && isApproving && mayApprove(context, network)) {
        await known.approve(network.id, context.actor.email);
        await networks.announce(tx, [network], 'changed');
        return null;
      }
      return notApproved(place, network);
    }
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
