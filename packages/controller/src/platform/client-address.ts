import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { containsIp, parseCidr, type Cidr } from '@wardgrid/base';

/** Longest `X-Forwarded-For` that is read; every proxy adds one address. */
const HOPS_MAX = 16;

/**
 * A reader of the client's address. Only trusted proxies may speak for others: the chain is walked
 * from the right, and the first address that is no trusted proxy is the client. What stands left
 * of it is the attacker's to choose (trap T23).
 */
export function addressReader(
  trustedProxies: readonly string[],
): (request: IncomingMessage) => string {
  const trusted = trustedProxies
    .map((text) => parseCidr(text))
    .filter((cidr): cidr is Cidr => cidr !== undefined);
  const isTrusted = (address: string): boolean => trusted.some((cidr) => containsIp(cidr, address));
  return (request) => {
    const peer = plainAddress(request.socket.remoteAddress ?? '0.0.0.0');
    if (!isTrusted(peer)) return peer;
    const header = request.headers['x-forwarded-for'];
    const hops = (typeof header === 'string' ? header.split(',').slice(-HOPS_MAX) : []).map((hop) =>
      plainAddress(hop.trim()),
    );
    for (const hop of hops.toReversed()) {
      if (!ipaddr.isValid(hop)) return peer;
      if (!isTrusted(hop)) return hop;
    }
    return peer;
  };
}

/** An address without its IPv4-in-IPv6 coat, so that lists and blocks see one form. */
function plainAddress(text: string): string {
  return ipaddr.isValid(text) ? ipaddr.process(text).toString() : text;
}

/** The network that stands for a client: IPv6 users own a /64, so that blocking one address is nothing. */
export function networkOfClient(address: string): string {
  return address.includes(':') ? `${address}/64` : `${address}/32`;
}
