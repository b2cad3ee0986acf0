import { formatIp } from '@wardgrid/base';
import type { NeighbourRow, RouteRow } from '../../network-view/index.ts';

/** A router with a full table has a million routes; the default ones come first. */
const ROUTE_COUNT_MAX = 2_000;
/** The kernel itself keeps no more neighbours by default (`gc_thresh3`). */
const NEIGHBOUR_COUNT_MAX = 1_024;

/* Route flags of the kernel (include/uapi/linux/route.h, ipv6_route.h). */
const RTF_UP = 0x1;
const RTF_GATEWAY = 0x2;
const RTF_REJECT = 0x200;
const RTF_ANYCAST = 0x100000;
const RTF_LOCAL = 0x80000000;
/** A neighbour entry that holds an answered address (ATF_COM). */
const ATF_COMPLETE = 0x2;

/** Whether numbers in kernel tables are printed with their bytes swapped. */
export type ByteOrder = 'LE' | 'BE';

/** The routes of `/proc/net/route`. Lines that are no usable route are left out. */
export function parseRouteTable(text: string, byteOrder: ByteOrder): RouteRow[] {
  const rows: RouteRow[] = [];
  for (const line of text.split('\n').slice(1, ROUTE_COUNT_MAX)) {
    const row = parseRoute(line, byteOrder);
    if (row) rows.push(row);
  }
  return rows;
}

function parseRoute(line: string, byteOrder: ByteOrder): RouteRow | undefined {
  const [interfaceName, destinationHex, gatewayHex, flagsHex, , , metricText, maskHex] =
    line.split('\t');
  const destination = ipv4Of(destinationHex, byteOrder);
  const gateway = ipv4Of(gatewayHex, byteOrder);
  const prefix = prefixOf(ipv4Of(maskHex, byteOrder));
  const flags = hexOf(flagsHex);
  const metric = Number(metricText);
  if (interfaceName === undefined || destination === undefined || gateway === undefined) return;
  if (prefix === undefined || !isUsable(flags) || !Number.isSafeInteger(metric)) return;
  return {
    destination: `${formatIp(4, destination)}/${prefix}`,
    gateway: flags & RTF_GATEWAY ? formatIp(4, gateway) : null,
    interfaceName: interfaceName.trim(),
    metric,
  };
}

/** The routes of `/proc/net/ipv6_route` without link-local, local, multicast and rejected ones. */
export function parseIpv6RouteTable(text: string): RouteRow[] {
  const rows: RouteRow[] = [];
  for (const line of text.split('\n').slice(0, ROUTE_COUNT_MAX)) {
    // Every interface has such routes; they are passed by before they cost anything.
    if (/^(?:fe80|ff)/.test(line)) continue;
    const row = parseIpv6Route(line);
    if (row) rows.push(row);
  }
  return rows;
}

function parseIpv6Route(line: string): RouteRow | undefined {
  const [destinationHex, prefixHex, , , gatewayHex, metricHex, , , flagsHex, interfaceName] = line
    .trim()
    .split(/ +/);
  const flags = hexOf(flagsHex);
  if (!isUsable(flags) || flags >= RTF_LOCAL || flags & RTF_ANYCAST) return;
  const destination = ipv6Of(destinationHex);
  const gateway = ipv6Of(gatewayHex);
  const prefix = hexOf(prefixHex);
  const metric = hexOf(metricHex);
  if (destination === undefined || gateway === undefined || interfaceName === undefined) return;
  if (!(prefix <= 128) || !Number.isSafeInteger(metric)) return;
  return {
    destination: `${formatIp(6, destination)}/${prefix}`,
    gateway: flags & RTF_GATEWAY ? formatIp(6, gateway) : null,
    interfaceName,
    metric,
  };
}

/** The answered neighbours of `/proc/net/arp`. */
export function parseArpTable(text: string): NeighbourRow[] {
  const rows: NeighbourRow[] = [];
  for (const line of text.split('\n').slice(1, NEIGHBOUR_COUNT_MAX)) {
    const [ip, , flags, macAddress, , interfaceName] = line.trim().split(/ +/);
    if (ip === undefined || macAddress === undefined || interfaceName === undefined) continue;
    const isAnswered = (Number(flags) & ATF_COMPLETE) !== 0 && isMacAddress(macAddress);
    if (isAnswered) rows.push({ ip, macAddress: macAddress.toLowerCase(), interfaceName });
  }
  return rows;
}

/** Whether the text is a hardware address of six bytes that names someone. */
export function isMacAddress(text: string): boolean {
  return /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(text) && text !== '00:00:00:00:00:00';
}

/** An IPv4 address as the kernel prints its memory, in hexadecimal. */
export function ipv4Of(hex: string | undefined, byteOrder: ByteOrder): bigint | undefined {
  if (hex === undefined || !/^[0-9a-f]{8}$/i.test(hex)) return undefined;
  return BigInt(`0x${byteOrder === 'LE' ? swapBytes(hex) : hex}`);
}

/** The bytes of a hexadecimal number in the opposite order. */
export function swapBytes(hex: string): string {
  return (hex.match(/../g) ?? []).toReversed().join('');
}

function ipv6Of(hex: string | undefined): bigint | undefined {
  return hex !== undefined && /^[0-9a-f]{32}$/i.test(hex) ? BigInt(`0x${hex}`) : undefined;
}

function hexOf(hex: string | undefined): number {
  return hex !== undefined && /^[0-9a-f]{1,8}$/i.test(hex) ? Number.parseInt(hex, 16) : Number.NaN;
}

function isUsable(flags: number): boolean {
  return (flags & RTF_UP) !== 0 && (flags & RTF_REJECT) === 0;
}

/** The length of a netmask; undefined when its ones are not contiguous. */
function prefixOf(mask: bigint | undefined): number | undefined {
  if (mask === undefined) return undefined;
  const bits = mask.toString(2).padStart(32, '0');
  return /^1*0*$/.test(bits) ? bits.lastIndexOf('1') + 1 : undefined;
}
