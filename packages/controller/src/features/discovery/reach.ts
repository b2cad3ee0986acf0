import { containsCidr, containsIp, formatCidr, parseCidr, type Cidr } from '@wardgrid/base';

/** Networks larger than this belong to nobody: a device that claims one is misled or lies. */
const PREFIX_MIN = 8;
/** A network of one address has nothing to find. */
const PREFIX_MAX = 31;

/** Loopback, link-local, multicast and reserved addresses: no network of machines. */
const UNUSABLE = ['0.0.0.0/8', '127.0.0.0/8', '169.254.0.0/16', '224.0.0.0/3'].flatMap((text) => {
  const cidr = parseCidr(text);
  return cidr ? [cidr] : [];
});

/** The network that a device says it is on, in its one text; null for what is none to scan. */
export function networkOf(primaryCidr: string | null): string | null {
  const cidr = primaryCidr === null ? undefined : parseCidr(primaryCidr);
  return cidr && isUsable(cidr) ? formatCidr(cidr) : null;
}

function isUsable(cidr: Cidr): boolean {
  if (cidr.version !== 4 || cidr.prefix < PREFIX_MIN || cidr.prefix > PREFIX_MAX) return false;
  return !UNUSABLE.some((unusable) => containsCidr(unusable, cidr));
}

/** The part of a network that is asked for, in its one text; null when it is not wholly inside. */
export function partOf(network: string, asked: string): Cidr | null {
  const outer = parseCidr(network);
  const inner = parseCidr(asked);
  return outer && inner && containsCidr(outer, inner) ? inner : null;
}

/** Whether every host is an address inside the network. */
export function areInside(network: string, hosts: readonly string[]): boolean {
  const cidr = parseCidr(network);
  return cidr !== undefined && hosts.every((host) => containsIp(cidr, host));
}
