import { containsCidr, containsIp, parseCidr, sizeOf, type Cidr } from '@wardgrid/base';
import { createKindOf, type InterfaceTables, type NetworkView } from '../network-view/index.ts';
import { JobError } from './job.ts';

/** A /16: larger networks are never scanned, whoever orders it. */
const NETWORK_SIZE_MAX = 65_536n;

/** Where the device is at this moment. */
export interface Whereabouts {
  readonly view: NetworkView;
  readonly tables: InterfaceTables;
}

/** A network that an order names. */
export interface OrderedNetwork {
  readonly cidr: string;
  readonly gatewayMac: string | null;
}

/**
 * Refuses to scan a network that the device is not on now: a laptop that went home must not scan the
 * home because an order says so, and the same numbers behind another gateway are another network.
 * @throws JobError `network-too-large`, `network-mismatch`.
 */
export function guardNetwork(ordered: OrderedNetwork, { view, tables }: Whereabouts): Cidr {
  const cidr = parseCidr(ordered.cidr);
  if (!cidr) throw mismatch(`'${ordered.cidr}' is no network`);
  if (sizeOf(cidr) > NETWORK_SIZE_MAX) {
    throw new JobError('network-too-large', `'${ordered.cidr}' is larger than a /16`);
  }
  if (!ownNetworks(view, tables).some((own) => isOn(own, cidr))) {
    throw mismatch(`this device is not on '${ordered.cidr}' now`);
  }
  if (ordered.gatewayMac !== view.gatewayMac) {
    throw mismatch(
      `the gateway is '${view.gatewayMac ?? 'unknown'}', not '${ordered.gatewayMac ?? 'unknown'}'`,
    );
  }
  return cidr;
}

/** Refuses hosts outside the network that was ordered. @throws JobError `network-mismatch`. */
export function guardHosts(cidr: Cidr, hosts: readonly string[]): void {
  const outside = hosts.find((ip) => !containsIp(cidr, ip));
  if (outside !== undefined) throw mismatch(`'${outside}' is not on the ordered network`);
}

interface OwnNetwork {
  readonly ip: string;
  readonly cidr: Cidr;
}

/** The networks of the primary view and of the physical interfaces; no VPN's and no container's. */
function ownNetworks(view: NetworkView, tables: InterfaceTables): OwnNetwork[] {
  const kindOf = createKindOf(tables);
  const addresses = tables.interfaces
    .filter((row) => row.isUp && kindOf(row) === 'physical')
    .flatMap((row) => row.addresses.map(({ ip, prefix }) => ({ ip, text: `${ip}/${prefix}` })));
  if (view.localIp !== null && view.primaryCidr !== null) {
    addresses.push({ ip: view.localIp, text: view.primaryCidr });
  }
  return addresses.flatMap(({ ip, text }) => {
    const cidr = parseCidr(text);
    return cidr ? [{ ip, cidr }] : [];
  });
}

function isOn(own: OwnNetwork, ordered: Cidr): boolean {
  return containsIp(ordered, own.ip) || containsCidr(own.cidr, ordered);
}

function mismatch(detail: string): JobError {
  return new JobError('network-mismatch', detail);
}
