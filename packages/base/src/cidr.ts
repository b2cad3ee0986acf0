/** An IPv4 or IPv6 network: the address bits and how many of them are the network's. */
export interface Cidr {
  readonly version: 4 | 6;
  /** The first address, as a number of 32 or 128 bits. */
  readonly first: bigint;
  readonly prefix: number;
}

const BITS = { 4: 32, 6: 128 } as const;

/** The number of an IP address, or undefined when the text is not one. Zone ids are not accepted. */
export function parseIp(
  text: string,
): { readonly version: 4 | 6; readonly value: bigint } | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const value = parseIpv4(text);
  return value === undefined ? undefined : { version: 4, value };
}

function parseIpv4(text: string): bigint | undefined {
  const parts = text.split('.');
  if (parts.length !== 4) return undefined;
  let value = 0n;
  for (const part of parts) {
    if (!/^(?:0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined;
    value = (value << 8n) | BigInt(part);
  }
  return value;
}

function parseIpv6(text: string): { version: 6; value: bigint } | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = groupsOf(halves[0] ?? '');
  const tail = groupsOf(halves[1] ?? '');
  if (!head || !tail) return undefined;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array.from({ length: missing }, () => 0), ...tail];
  return { version: 6, value: groups.reduce((sum, group) => (sum << 16n) | BigInt(group), 0n) };
}

function groupsOf(text: string): number[] | undefined {
  if (text === '') return [];
  const groups: number[] = [];
  for (const [index, part] of text.split(':').entries()) {
    const ipv4 =
      part.includes('.') && index === text.split(':').length - 1 ? parseIpv4(part) : undefined;
    if (ipv4 !== undefined) groups.push(Number(ipv4 >> 16n), Number(ipv4 & 0xffffn));
    else if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return groups;
}

/** The text of an address number: dotted IPv4, or IPv6 as RFC 5952 writes it. */
export function formatIp(version: 4 | 6, value: bigint): string {
  if (version === 4) return [24n, 16n, 8n, 0n].map((shift) => (value >> shift) & 0xffn).join('.');
  const groups = Array.from({ length: 8 }, (_, index) =>
    Number((value >> BigInt(112 - index * 16)) & 0xffffn),
  );
  return compress(groups.map((group) => group.toString(16)));
}

function compress(groups: readonly string[]): string {
  let best = { start: 0, length: 0 };
  for (let start = 0; start < groups.length; start += 1) {
    let length = 0;
    while (groups[start + length] === '0') length += 1;
    if (length > best.length) best = { start, length };
  }
  if (best.length < 2) return groups.join(':');
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`;
}

/**
 * The network of `address/prefix` text. Host bits are cleared, so `10.1.2.3/24` is `10.1.2.0/24`.
 * Undefined when the text is not a network.
 */
export function parseCidr(text: string): Cidr | undefined {
  const [address, prefixText, ...rest] = text.split('/');
  if (address === undefined || prefixText === undefined || rest.length > 0) return undefined;
  const ip = parseIp(address);
  const prefix = /^\d{1,3}$/.test(prefixText) ? Number(prefixText) : -1;
  if (!ip || prefix < 0 || prefix > BITS[ip.version]) return undefined;
  const hostBits = BigInt(BITS[ip.version] - prefix);
  return { version: ip.version, first: (ip.value >> hostBits) << hostBits, prefix };
}

/** The text of a network, `first/prefix`. */
export function formatCidr(cidr: Cidr): string {
  return `${formatIp(cidr.version, cidr.first)}/${cidr.prefix}`;
}

/** How many addresses a network spans. */
export function sizeOf(cidr: Cidr): bigint {
  return 1n << BigInt(BITS[cidr.version] - cidr.prefix);
}

/** Whether the network contains the address text; false for text that is no address of its version. */
export function containsIp(cidr: Cidr, address: string): boolean {
  const ip = parseIp(address);
  if (!ip || ip.version !== cidr.version) return false;
  const hostBits = BigInt(BITS[cidr.version] - cidr.prefix);
  return ip.value >> hostBits === cidr.first >> hostBits;
}

/** Whether `inner` lies wholly within `outer`. */
export function containsCidr(outer: Cidr, inner: Cidr): boolean {
  return inner.prefix >= outer.prefix && containsIp(outer, formatIp(inner.version, inner.first));
}

/**
 * The addresses of hosts in a network, in order: without network and broadcast address for IPv4
 * networks of more than two addresses (RFC 3021). Lazy: a /8 costs nothing until walked.
 */
export function* hostsOf(cidr: Cidr): Generator<string> {
  const size = sizeOf(cidr);
  const isWithBroadcast = cidr.version === 4 && size > 2n;
  const start = cidr.first + (isWithBroadcast ? 1n : 0n);
  const end = cidr.first + size - (isWithBroadcast ? 1n : 0n);
  for (let value = start; value < end; value += 1n) yield formatIp(cidr.version, value);
}
