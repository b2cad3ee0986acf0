import { networkInterfaces } from 'node:os';
import { containsIp, parseCidr, type Cidr } from '@wardgrid/base';

/** An IPv4 address of this machine. */
export interface OwnAddress {
  readonly ip: string;
  /** Null on interfaces without link addresses (tunnels). */
  readonly mac: string | null;
  readonly network: Cidr;
}

const NO_MAC = '00:00:00:00:00:00';

/** This machine's IPv4 addresses, loopback left out. */
export function readOwnAddresses(): OwnAddress[] {
  const own: OwnAddress[] = [];
  for (const addresses of Object.values(networkInterfaces())) {
    for (const { family, internal, address, cidr, mac } of addresses ?? []) {
      const network = family === 'IPv4' && !internal && cidr !== null ? parseCidr(cidr) : undefined;
      if (network) own.push({ ip: address, mac: mac === NO_MAC ? null : mac, network });
    }
  }
  return own;
}

/** Whether the address is reached by ARP on one of these interfaces rather than by a router. */
export function isOnLink(own: readonly OwnAddress[], ip: string): boolean {
  return own.some(({ mac, network }) => mac !== null && containsIp(network, ip));
}
