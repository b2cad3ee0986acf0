import { formatIp } from '@wardgrid/base';
import { endianness, networkInterfaces } from 'node:os';
import type { InterfaceAddress, InterfaceRow, InterfaceTables } from '../../network-view/index.ts';
import { isIgnoredName } from '../../network-view/index.ts';
import { readLine, readText, TABLE_BYTES_MAX } from './files.ts';
import { readLinkHints, type LinkHints } from './link-hints.ts';
import {
  isMacAddress,
  parseArpTable,
  parseIpv6RouteTable,
  parseRouteTable,
} from './route-tables.ts';

/** A container host has hundreds of interfaces; further ones are its containers'. */
const INTERFACE_COUNT_MAX = 1_024;
/** Addresses of one interface; a host that carries more gives them out as services. */
const ADDRESS_COUNT_MAX = 64;
/** Bytes of a route table read for a heartbeat: some 1,000 routes, the default ones first. */
const HEARTBEAT_TABLE_BYTES_MAX = 128 * 1024;

/* Address flags of the kernel (include/uapi/linux/if_addr.h). */
const IFA_F_TEMPORARY = 0x01;
const IFA_F_DEPRECATED = 0x20;
const IFF_UP = 0x1;

/** What os.networkInterfaces() gives. */
type SystemInterfaces = ReturnType<typeof networkInterfaces>;

/** Where to read, and whether every interface's driver must be known (inventory) or the useful ones'. */
export interface NetworkTableOptions {
  readonly rootPath: string;
  readonly isComplete: boolean;
  /** The addresses; the system's own unless a test brings its own. */
  readonly interfaces?: () => SystemInterfaces;
}

/**
 * Reads the interfaces, routes and neighbours of the network namespace of this process. The list of
 * names comes from `/proc`, because `/sys` may show another namespace; hints are taken from it only
 * for names that both know.
 */
export function readNetworkTables(options: NetworkTableOptions): InterfaceTables {
  const { rootPath } = options;
  const system = withoutAliases((options.interfaces ?? networkInterfaces)());
  const sizeMax = options.isComplete ? TABLE_BYTES_MAX : HEARTBEAT_TABLE_BYTES_MAX;
  const ipv4 = readText(`${rootPath}proc/net/route`, sizeMax) ?? '';
  const ipv6 = readText(`${rootPath}proc/net/ipv6_route`, sizeMax) ?? '';
  const arp = readText(`${rootPath}proc/net/arp`, HEARTBEAT_TABLE_BYTES_MAX) ?? '';
  const lessWanted = parseLessWanted(readText(`${rootPath}proc/net/if_inet6`) ?? '');
  const names = parseDeviceNames(readText(`${rootPath}proc/net/dev`, TABLE_BYTES_MAX) ?? '');
  const all = [...new Set([...names, ...Object.keys(system)])].slice(0, INTERFACE_COUNT_MAX);
  return {
    interfaces: all.map((name, position) =>
      readInterface({ options, name, position, system: system[name] ?? [], lessWanted }),
    ),
    routes: [...parseRouteTable(ipv4, endianness()), ...parseIpv6RouteTable(ipv6)],
    neighbours: parseArpTable(arp),
  };
}

/** An old-style alias (`eth0:1`) is a second address of its interface, not an interface. */
function withoutAliases(system: SystemInterfaces): SystemInterfaces {
  const merged: SystemInterfaces = {};
  for (const [label, entries] of Object.entries(system)) {
    const name = label.split(':')[0] ?? label;
    merged[name] = [...(merged[name] ?? []), ...(entries ?? [])];
  }
  return merged;
}

interface InterfaceSource {
  readonly options: NetworkTableOptions;
  readonly name: string;
  readonly position: number;
  readonly system: NonNullable<SystemInterfaces[string]>;
  readonly lessWanted: ReadonlySet<string>;
}

function readInterface(source: InterfaceSource): InterfaceRow {
  const { name, options, system } = source;
  const path = `${options.rootPath}sys/class/net/${name}`;
  const hints = hintsOf(source, path);
  return {
    name,
    index: hints?.index ?? source.position + 1,
    macAddress: macOf(system[0]?.mac ?? (hints ? readLine(`${path}/address`) : null)),
    mtu: hints && options.isComplete ? mtuOf(readLine(`${path}/mtu`)) : 0,
    isUp: system.length > 0 || (hints !== undefined && isUpAt(path)),
    ...linkOf(hints, system[0]?.internal === true),
    addresses: addressesOf(source),
  };
}

/** A heartbeat does not ask about the hundreds of container links that carry no address of their own. */
function hintsOf(source: InterfaceSource, path: string): LinkHints | undefined {
  const { name, options, system } = source;
  const isReached = system.some((entry) => !entry.address.startsWith('fe80:'));
  const isWanted = options.isComplete || isReached || !isIgnoredName(name);
  return isWanted && isSafeName(name) ? readLinkHints(path) : undefined;
}

function macOf(text: string | null): string | null {
  return text !== null && isMacAddress(text) ? text.toLowerCase() : null;
}

function mtuOf(text: string | null): number {
  return text !== null && /^\d{1,10}$/.test(text) ? Number(text) : 0;
}

function linkOf(
  hints: LinkHints | undefined,
  isLoopback: boolean,
): Pick<InterfaceRow, 'linkKind' | 'masterName' | 'lowerNames'> {
  return {
    linkKind: isLoopback ? 'loopback' : (hints?.linkKind ?? 'unknown'),
    masterName: hints?.masterName ?? null,
    lowerNames: hints?.lowerNames ?? [],
  };
}

/** The system lists an interface with an address only while it is up; others are asked here. */
function isUpAt(path: string): boolean {
  const flags = Number(readLine(`${path}/flags`));
  return (flags & IFF_UP) !== 0 && readLine(`${path}/carrier`) === '1';
}

function addressesOf(source: InterfaceSource): InterfaceAddress[] {
  const addresses = source.system.slice(0, ADDRESS_COUNT_MAX).flatMap((entry) => {
    const prefix = Number(entry.cidr?.split('/')[1] ?? Number.NaN);
    return Number.isSafeInteger(prefix) ? [{ ip: entry.address, prefix }] : [];
  });
  return addresses.toSorted(
    (left, right) =>
      Number(source.lessWanted.has(left.ip)) - Number(source.lessWanted.has(right.ip)),
  );
}

/** An interface name the kernel can give, and that stays inside its folder. */
function isSafeName(name: string): boolean {
  return /^[^/\s]{1,15}$/.test(name) && name !== '.' && name !== '..';
}

/** The interface names of `/proc/net/dev`. */
export function parseDeviceNames(text: string): string[] {
  return text
    .split('\n')
    .slice(2, INTERFACE_COUNT_MAX + 2)
    .flatMap((line) => {
      // A name may itself hold a colon (an old alias); the counters never do.
      const name = line.slice(0, line.lastIndexOf(':')).trim();
      return isSafeName(name) ? [name] : [];
    });
}

/** The temporary and deprecated addresses of `/proc/net/if_inet6`, as Node prints them. */
export function parseLessWanted(text: string): ReadonlySet<string> {
  const addresses = new Set<string>();
  for (const line of text.split('\n')) {
    const [hex, , , , flags] = line.trim().split(/ +/);
    const isLessWanted =
      (Number.parseInt(flags ?? '', 16) & (IFA_F_TEMPORARY | IFA_F_DEPRECATED)) !== 0;
    if (hex === undefined || !/^[0-9a-f]{32}$/.test(hex) || !isLessWanted) continue;
    addresses.add(formatIp(6, BigInt(`0x${hex}`)));
  }
  return addresses;
}
