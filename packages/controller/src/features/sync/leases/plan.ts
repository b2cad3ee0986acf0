/** A controller's network as seats are counted: its scope without what controllers below it serve. */
export interface Network {
  readonly scope: string;
  readonly isRevoked: boolean;
  /** Active devices that are known of. */
  readonly used: number;
  /** Seats that it may give away by itself. */
  readonly leased: number;
}

/** Seats that a network has in hand beyond its devices: so many can enrol while nobody above answers. */
const RESERVE_MIN = 5;
const RESERVE_SHARE = 0.1;

/** What a network holds of the licence: what it may give away, and what it gave. */
export function heldBy({ used, leased }: Network): number {
  return Math.max(used, leased);
}

/**
 * How many seats each network may give away by itself. A lease only grows while its controller lives: what
 * was given away since, nobody above knows. Devices that are there come before reserves, and all leases
 * together never grow beyond the licence.
 */
export function planLeases(
  networks: readonly Network[],
  given: { readonly seats: number; readonly usedElsewhere: number },
): ReadonlyMap<string, number> {
  const planned = new Map(networks.map((network) => [network.scope, keptBy(network)]));
  let free = given.seats - given.usedElsewhere;
  for (const seats of planned.values()) free -= seats;
  const living = networks.filter(({ isRevoked }) => !isRevoked);
  for (const wishOf of [({ used }: Network) => used, reserveOf]) {
    for (const network of living) {
      const seats = planned.get(network.scope) ?? 0;
      const more = Math.max(0, Math.min(free, wishOf(network) - seats));
      free -= more;
      planned.set(network.scope, seats + more);
    }
  }
  return planned;
}

/** A revoked controller's devices stay; nothing that it does from now on counts. */
function keptBy({ isRevoked, used, leased }: Network): number {
  return isRevoked ? Math.min(used, leased) : leased;
}

function reserveOf({ used }: Network): number {
  return used + Math.max(RESERVE_MIN, Math.ceil(used * RESERVE_SHARE));
}
