/**
 * Seats of the licence, leased down the chain: the cloud lets each controller give away some by itself, so
 * that devices enrol while nobody above answers. Together they never exceed the licence. Where a lease is
 * used up a controller protects new devices all the same, and says so. It must not know how leases travel.
 */
import { messageOf } from '@wardgrid/base';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import { heldBy, planLeases } from './plan.ts';
import { chainedTenants, leaseRepository } from './repository.ts';

/** A licence as far as seats are concerned. */
interface SeatedLicence {
  readonly row: { readonly seats: number; readonly seats_used: number };
}

/** How the seats of this controller's network stand. */
export interface SeatState {
  readonly leased: number;
  readonly used: number;
  /** Devices beyond the lease: protected, and to be paid for. */
  readonly grace: number;
}

export interface SeatLeases {
  /** The tenant's licence as enrolment here may take seats from it. */
  readonly licenceFor: <L extends SeatedLicence>(
    tx: Transaction,
    tenantId: string,
    licence: L,
  ) => Promise<L>;
  /** Null at the cloud. */
  readonly stateOf: (tx: Transaction, tenantId: string) => Promise<SeatState | null>;
  /** Plans the leases of a tenant anew; only the cloud does. */
  readonly grant: (tenantId: string) => Promise<void>;
  /** Plans again and again, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** A controller may be away so long before all it enrols is beyond its lease. */
const LEASE_MS = 30 * DAY_MS;
const RENEW_MS = 15 * DAY_MS;
const GRANT_INTERVAL_MS = 30_000;

export function createSeatLeases(
  platform: Pick<Platform, 'clock' | 'database' | 'log' | 'newId' | 'place'>,
): SeatLeases {
  const { clock, place } = platform;

  async function stateOf(tx: Transaction, tenantId: string): Promise<SeatState | null> {
    const membership = place.membership();
    if (!membership) return null;
    const repository = leaseRepository(tx, tenantId);
    const lease = await repository.find(membership.scope, new Date(clock.now()));
    const networks = await repository.networks();
    const used = networks.find(({ scope }) => scope === membership.scope)?.used ?? 0;
    const leased = lease?.seats ?? 0;
    return { leased, used, grace: Math.max(0, used - leased) };
  }

  return {
    stateOf,
    grant: (tenantId) => grant(platform, tenantId),
    async licenceFor(tx, tenantId, licence) {
      if (place.role !== 'cloud') {
        // Nobody is left without protection for a count that cannot be asked for: it is put right later.
        return { ...licence, row: { ...licence.row, seats: Number.MAX_SAFE_INTEGER } };
      }
      const networks = await leaseRepository(tx, tenantId).networks();
      const promised = networks.reduce((sum, network) => sum + heldBy(network) - network.used, 0);
      const { row } = licence;
      return { ...licence, row: { ...row, seats_used: row.seats_used + promised } };
    },
    async start(signal) {
      if (place.role !== 'cloud') return;
      while (!signal.aborted) {
        await grantAll(platform).catch((error: unknown) =>
          platform.log.warn('seats were not leased', { reason: messageOf(error) }),
        );
        await clock.sleep(GRANT_INTERVAL_MS, signal).catch(() => undefined);
      }
    },
  };
}

type Granting = Pick<Platform, 'clock' | 'database' | 'newId'>;

async function grantAll(platform: Granting): Promise<void> {
  const tenants = await platform.database.transact({ kind: 'sync' }, (tx) => chainedTenants(tx));
  for (const tenantId of tenants) await grant(platform, tenantId);
}

async function grant({ clock, database, newId }: Granting, tenantId: string): Promise<void> {
  await database.transact({ kind: 'sync' }, async (tx) => {
    const repository = leaseRepository(tx, tenantId);
    await repository.lock();
    const networks = await repository.networks();
    const inNetworks = networks.reduce((sum, { used }) => sum + used, 0);
    const usedElsewhere = (await repository.devices()) - inNetworks;
    const seats = await repository.seats();
    const nowMs = clock.now();
    for (const [scope, leased] of planLeases(networks, { seats, usedElsewhere })) {
      await repository.write({
        id: newId(),
        scope,
        seats: leased,
        now: new Date(nowMs),
        expiresAt: new Date(nowMs + LEASE_MS),
        renewBefore: new Date(nowMs + RENEW_MS),
      });
    }
  });
}
