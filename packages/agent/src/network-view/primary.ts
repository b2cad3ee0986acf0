import { containsIp, formatCidr, parseCidr, parseIp, sizeOf, type Cidr } from '@wardgrid/base';
import { createKindOf, type InterfaceKind } from './interface-kind.ts';
import type {
  InterfaceAddress,
  InterfaceRow,
  InterfaceTables,
  LinkKind,
  RouteRow,
} from './tables.ts';

/** Where the device stands on its local network; every heartbeat carries it. */
export interface NetworkView {
  readonly localIp: string | null;
  /** The local network, `first/prefix`; contains `localIp` when it is not null. */
  readonly primaryCidr: string | null;
  readonly interfaceName: string | null;
  readonly macAddress: string | null;
  readonly gatewayIp: string | null;
  readonly gatewayMac: string | null;
}

/** The view of a device that has no local network. */
export const NO_NETWORK: NetworkView = {
  localIp: null,
  primaryCidr: null,
  interfaceName: null,
  macAddress: null,
  gatewayIp: null,
  gatewayMac: null,
};

/** One interface with the address that would speak for it. */
interface Candidate {
  readonly row: InterfaceRow;
  readonly address: InterfaceAddress;
  readonly metric: number;
  readonly gateway: string | null;
  /** Lower is better; compared before the metric. */
  readonly rank: number;
}

type Version = 4 | 6;

/** The links by which a host gives a container its network. */
const GUEST_LINKS: ReadonlySet<LinkKind> = new Set(['veth', 'macvlan', 'vlan']);

/** The longest prefix that is still a network: /31 is a link of two (RFC 3021), /32 a host. */
const NETWORK_PREFIX_MAX = { 4: 31, 6: 126 } as const;
/** The shortest prefix that can be one site's network; shorter is a provider's block. */
const NETWORK_PREFIX_MIN = { 4: 1, 6: 48 } as const;
/** A /0 is a default route; two /1 are how VPN clients write one without removing the other. */
const DEFAULT_PREFIX_MAX = 1;

/** Addresses that say nothing about the local network: this host, link-local, multicast, reserved. */
const USELESS = networks(
  '0.0.0.0/8',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '224.0.0.0/3',
  '::/96',
  '::ffff:0:0/96',
  'fe80::/10',
  'ff00::/8',
);

/** Private address space: RFC 1918, RFC 6598, RFC 4193. */
const PRIVATE = networks(
  '10.0.0.0/8',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '100.64.0.0/10',
  'fc00::/7',
);

/**
 * Chooses the local network of a device. The default route with the lowest metric on a physical
 * interface wins; VPN, container and virtual interfaces never hide the local network. Without such
 * a route the physical network with an address is taken. Only where no physical interface is up
 * (a container, a network namespace) may its veth, macvlan or bridge speak for it.
 */
export function choosePrimary(tables: InterfaceTables): NetworkView {
  const kindOf = createKindOf(tables);
  const kinds = new Map(tables.interfaces.map((row) => [row.name, kindOf(row)]));
  const physical = tables.interfaces.filter(
    (row) => row.isUp && kinds.get(row.name) === 'physical' && !isMember(row, tables),
  );
  const chosen =
    best(physical, tables) ?? (physical.length === 0 ? bestGuest(tables, kinds) : undefined);
  return chosen ? viewOf(chosen, tables) : NO_NETWORK;
}

function best(rows: readonly InterfaceRow[], tables: InterfaceTables): Candidate | undefined {
  for (const version of [4, 6] as const) {
    const found =
      first(rows.flatMap((row) => byDefaultRoute(row, tables, version))) ??
      first(rows.flatMap((row) => byNetwork(row, tables, version)));
    if (found) return found;
  }
  return undefined;
}

/**
 * The interface of a container or namespace, which has no hardware at all: the one with the default
 * route, or the only one with an address. With hardware that is merely down only a default route
 * counts, so that the host's end of a container's link is not taken for a local network.
 */
function bestGuest(
  tables: InterfaceTables,
  kinds: ReadonlyMap<string, InterfaceKind>,
): Candidate | undefined {
  const guests = tables.interfaces.filter((row) => isGuest(row, kinds.get(row.name)));
  const isWithHardware = [...kinds.values()].includes('physical');
  for (const version of [4, 6] as const) {
    const routed = first(guests.flatMap((row) => byDefaultRoute(row, tables, version)));
    if (routed) return routed;
    const reached = guests.flatMap((row) => byNetwork(row, tables, version));
    if (reached.length === 1 && !isWithHardware) return reached[0];
  }
  return undefined;
}

function isGuest(row: InterfaceRow, kind: InterfaceKind | undefined): boolean {
  if (!row.isUp || row.masterName !== null) return false;
  if (row.linkKind === 'bridge') return kind === 'virtual';
  // Without hints (a namespace that sees the host's sysfs) a veth is known by its name alone.
  if (row.linkKind === 'unknown') return row.name.startsWith('veth');
  return GUEST_LINKS.has(row.linkKind);
}

/** Whether a bridge, bond or team owns the interface; a routing domain (VRF) does not count. */
function isMember(row: InterfaceRow, tables: InterfaceTables): boolean {
  if (row.masterName === null) return false;
  const master = tables.interfaces.find((other) => other.name === row.masterName);
  return master === undefined || master.linkKind !== 'software';
}

function byDefaultRoute(row: InterfaceRow, tables: InterfaceTables, version: Version): Candidate[] {
  return tables.routes
    .filter((route) => route.interfaceName === row.name && isDefault(route, version))
    .flatMap((route) => {
      const address = addressFor(row, version, route.gateway);
      if (!address) return [];
      return [{ row, address, metric: route.metric, gateway: route.gateway, rank: 0 }];
    });
}

function byNetwork(row: InterfaceRow, tables: InterfaceTables, version: Version): Candidate[] {
  const address = usable(row, version).find((candidate) => isNetwork(candidate, version));
  if (!address) return [];
  const routes = tables.routes.filter((route) => route.interfaceName === row.name);
  const gateway = gatewayWithin(routes, address);
  const metric = Math.min(...routes.map((route) => route.metric), Number.MAX_SAFE_INTEGER);
  const isPrivate = PRIVATE.some((cidr) => containsIp(cidr, address.ip));
  // A full-tunnel VPN that took the default route leaves its server's route by the real gateway.
  return [{ row, address, metric, gateway, rank: (gateway ? 0 : 2) + (isPrivate ? 0 : 1) }];
}

function gatewayWithin(routes: readonly RouteRow[], address: InterfaceAddress): string | null {
  const cidr = parseCidr(`${address.ip}/${address.prefix}`);
  const within = routes.filter(
    (route) => cidr && route.gateway !== null && containsIp(cidr, route.gateway),
  );
  return within.toSorted((left, right) => left.metric - right.metric)[0]?.gateway ?? null;
}

function isDefault(route: RouteRow, version: Version): boolean {
  const cidr = parseCidr(route.destination);
  return cidr !== undefined && cidr.version === version && cidr.prefix <= DEFAULT_PREFIX_MAX;
}

/** The address a gateway's network is reached from, else the first of a network, else a host one. */
function addressFor(
  row: InterfaceRow,
  version: Version,
  gateway: string | null,
): InterfaceAddress | undefined {
  const addresses = usable(row, version);
  const inNetwork = addresses.filter((address) => isNetwork(address, version));
  const beside = inNetwork.find((address) => {
    const cidr = parseCidr(`${address.ip}/${address.prefix}`);
    return gateway !== null && cidr !== undefined && containsIp(cidr, gateway);
  });
  return beside ?? inNetwork[0] ?? addresses[0];
}

function usable(row: InterfaceRow, version: Version): InterfaceAddress[] {
  return row.addresses.filter(
    (address) =>
      parseIp(address.ip)?.version === version &&
      !USELESS.some((cidr) => containsIp(cidr, address.ip)),
  );
}

function isNetwork(address: InterfaceAddress, version: Version): boolean {
  return isSitePrefix({ version, prefix: address.prefix });
}

function isSitePrefix(cidr: Pick<Cidr, 'version' | 'prefix'>): boolean {
  const { version, prefix } = cidr;
  return prefix >= NETWORK_PREFIX_MIN[version] && prefix <= NETWORK_PREFIX_MAX[version];
}

function first(candidates: readonly Candidate[]): Candidate | undefined {
  return candidates.toSorted(
    (left, right) =>
      left.rank - right.rank || left.metric - right.metric || left.row.index - right.row.index,
  )[0];
}

function viewOf(candidate: Candidate, tables: InterfaceTables): NetworkView {
  const { row, address, gateway } = candidate;
  const neighbour = tables.neighbours.find(
    (entry) => entry.ip === gateway && entry.interfaceName === row.name,
  );
  return {
    localIp: address.ip,
    primaryCidr: cidrOf(candidate, tables.routes),
    interfaceName: row.name,
    macAddress: row.macAddress,
    gatewayIp: gateway,
    gatewayMac: neighbour?.macAddress ?? null,
  };
}

/** The network of the address; for a host address (clouds hand out /32) an on-link route around it. */
function cidrOf(candidate: Candidate, routes: readonly RouteRow[]): string | null {
  const own = parseCidr(`${candidate.address.ip}/${candidate.address.prefix}`);
  if (own && isSitePrefix(own)) return formatCidr(own);
  const around = routes
    .filter((route) => route.interfaceName === candidate.row.name && route.gateway === null)
    .flatMap((route) => parseCidr(route.destination) ?? [])
    .filter((cidr) => cidr.prefix > DEFAULT_PREFIX_MAX && isSitePrefix(cidr))
    .filter((cidr) => containsIp(cidr, candidate.address.ip))
    .toSorted((left, right) => (sizeOf(left) < sizeOf(right) ? -1 : 1));
  return around[0] ? formatCidr(around[0]) : null;
}

function networks(...texts: readonly string[]): readonly Cidr[] {
  return texts.flatMap((text) => parseCidr(text) ?? []);
}
