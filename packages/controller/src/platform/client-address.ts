import type { IncomingMessage } from 'node:http';
import ipaddr from 'ipaddr.js';
import { containsIp, formatCidr, parseCidr, type Cidr } from '@wardgrid/base';

/** Longest `X-Forwarded-For` that is read; every proxy adds one address. */
const HOPS_MAX = 16;

/** Reads the client's address; `isForwardedSecure` tells whether a trusted proxy took TLS off. */
export interface AddressReader {
  (request: IncomingMessage): string;
  readonly isForwardedSecure: (request: IncomingMessage) => boolean;
}

/**
 * A reader of the client's address. Only trusted proxies may speak for others: the chain is walked
 * from the right, and the first address that is no trusted proxy is the client. What stands left
 * of it is the attacker's to choose (trap T23).
 */
export function addressReader(trustedProxies: readonly string[]): AddressReader {
  const trusted = trustedProxies
    .map((text) => parseCidr(text))
    .filter((cidr): cidr is Cidr => cidr !== undefined);
  const isTrusted = (address: string): boolean => trusted.some((cidr) => containsIp(cidr, address));

  function read(request: IncomingMessage): string {
    const peer = plainAddress(request.socket.remoteAddress ?? '0.0.0.0');
    if (!isTrusted(peer)) return peer;
    for (const hop of hopsOf(request).toReversed()) {
      if (!ipaddr.isValid(hop)) return peer;
      if (!isTrusted(hop)) return hop;
    }
    return peer;
  }

  return Object.assign(read, {
    isForwardedSecure: (request: IncomingMessage) =>
      isTrusted(plainAddress(request.socket.remoteAddress ?? '')) &&
      request.headers['x-forwarded-proto'] === 'https',
  });
}

function hopsOf(request: IncomingMessage): string[] {
  const header = request.headers['x-forwarded-for'];
  const hops = typeof header === 'string' ? header.split(',').slice(-HOPS_MAX) : [];
  return hops.map((hop) => plainAddress(hop.trim()));
}

/** An address without its IPv4-in-IPv6 coat and its zone, so that lists and blocks see one form. */
export function plainAddress(text: string): string {
  const address = text.split('%', 1)[0] ?? text;
  return ipaddr.isValid(address) ? ipaddr.process(address).toString() : address;
}

/** IPv6 users own a /64, so that blocking one address is nothing. */
const IPV6_CLIENT_PREFIX = 64;

/** The network that stands for a client, without host bits; the text itself when it is no address. */
export function networkOfClient(address: string): string {
  const plain = plainAddress(address);
  const cidr = parseCidr(plain.includes(':') ? `${plain}/${IPV6_CLIENT_PREFIX}` : `${plain}/32`);
  return cidr ? formatCidr(cidr) : plain;
}

/** Whether an address is this machine itself. */
export function isLoopback(address: string): boolean {
  const plain = plainAddress(address);
  return plain === '::1' || containsIp(LOOPBACK, plain);
}

/** 127.0.0.0/8 (RFC 1122 section 3.2.1.3). */
const LOOPBACK: Cidr = { version: 4, first: 0x7f00_0000n, prefix: 8 };
