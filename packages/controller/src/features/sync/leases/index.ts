/**
 * Seats of the licence, leased down the chain: the cloud lets each controller give away some by itself, so
 * that devices enrol while nobody above answers. Together they never exceed the licence. Where a lease is
 * used up a controller protects new devices all the same, and says so. It must not know how leases travel.
 */
import { messageOf } from '@wardgrid/base';
import type { NetworkSeats } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
import type { Transaction } from '../../../platform/database.ts';
import type { Platform } from '../../../platform/services.ts';
import { heldBy, planLeases } from './plan.ts';
import { chainedTenants, leaseRepository, markGrace } from './repository.ts';

/** A licence as far as seats are concerned. */
interface SeatedLicence {
  readonly row: { readonly seats: number; readonly seats_used: number };
}

export interface SeatLeases {
  /** The tenant's licence as enrolment here may take seats from it. */
  readonly licenceFor: <L extends SeatedLicence>(
    tx: Transaction,
    tenantId: string,
    licence: L,
  ) => Promise<L>;
  /** Null at the cloud. */
  readonly stateOf: (tx: Transaction, tenantId: string) => Promise<NetworkSeats | null>;
  /** Plans the leases of a tenant anew; only the cloud does. */
  readonly grant: (tenantId: string) => Promise<void>;
  /** Marks the devices of a tenant that are beyond their seats, and clears those that are not any more. */
  readonly mark: (tenantId: string) => Promise<void>;
  /** Plans and marks again and again, until aborted. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

const DAY_MS = 86_400_000;
/** A controller may be away so long before all it enrols is beyond its lease. */
const LEASE_MS = 30 * DAY_MS;
const RENEW_MS = 15 * DAY_MS;
const GRANT_INTERVAL_MS = 30_000;

export function createSeatLeases(platform: Working): SeatLeases {
  const { clock, place } = platform;

  async function stateOf(tx: Transaction, tenantId: string): Promise<NetworkSeats | null> {
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
    mark: (tenantId) => mark(platform, tenantId),
    start: (signal) => work(platform, signal),
  };
}

/** Marks follow what changes this soon: changes that come together are looked at together. */
const MARK_MS = 1_000;

/** Plans at the cloud, and marks at every controller; what changes of a tenant has it marked soon. */
async function work(platform: Working, signal: AbortSignal): Promise<void> {
  const { bus, clock, log } = platform;
  const changed = new Set<string>();
  const note = ({ tenantId }: { readonly tenantId: string }): void => void changed.add(tenantId);
  bus.on('sync.written', note);
  bus.on('sync.moved', note);
  const turn = createTurn(platform, changed);
  while (!signal.aborted) {
    await turn().catch((error: unknown) =>
      log.warn('seats were not leased', { reason: messageOf(error) }),
    );
    await clock.sleep(MARK_MS, signal).catch(() => undefined);
  }
}

/** One look: plans when it is time to, and marks what changed. */
function createTurn(platform: Working, changed: Set<string>): () => Promise<void> {
  const { clock, place } = platform;
  let plannedAt = Number.NEGATIVE_INFINITY;
  return async () => {
    if (clock.monotonic() - plannedAt >= GRANT_INTERVAL_MS) {
      plannedAt = clock.monotonic();
      for (const tenantId of await tenantsOf(platform)) {
        if (place.role === 'cloud') await grant(platform, tenantId);
        changed.add(tenantId);
      }
    }
    for (const tenantId of changed) {
      changed.delete(tenantId);
      await mark(platform, tenantId);
    }
  };
}

async function mark({ clock, database }: Granting, tenantId: string): Promise<void> {
  const nowMs = clock.now();
  await database.transact({ kind: 'ingest' }, async (tx) => {
    const marked = await markGrace(tx, { tenantId, now: new Date(nowMs) });
    await announceAll(tx, { noun: 'devices', verb: 'changed', nowMs }, marked);
  });
}

type Granting = Pick<Platform, 'clock' | 'database' | 'newId'>;

type Working = Granting & Pick<Platform, 'bus' | 'log' | 'place'>;

function tenantsOf({ database }: Granting): Promise<string[]> {
  return database.transact({ kind: 'sync' }, (tx) => chainedTenants(tx));
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
