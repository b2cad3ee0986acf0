import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';

/** A row of the kernel's IPv4 neighbour table. */
export interface Neighbour {
  readonly ip: string;
  /** Null while the kernel still asks, or when nobody answered. */
  readonly mac: string | null;
  /** Whether an administrator wrote the row: it proves nothing. */
  readonly isStatic: boolean;
}

/** The neighbour table may be set to this many rows by a large site; more is not read. */
const ROWS_MAX = 131_072;

/** The kernel's flag of a row that has its address (`ATF_COM`, linux/if_arp.h). */
const COMPLETE = 0x2;

/** The kernel's flag of a row that never ages (`ATF_PERM`). */
const PERMANENT = 0x4;

/** The kernel's own limit where it cannot be read, as in a network namespace (`gc_thresh3`). */
const TABLE_SIZE_DEFAULT = 1024;

const NO_MAC = '00:00:00:00:00:00';

/** The rows of `/proc/net/arp`. Lines of another form are left out. */
export function parseNeighbours(text: string): Neighbour[] {
  const rows: Neighbour[] = [];
  for (const line of text.split('\n', ROWS_MAX + 1).slice(1)) {
    const match =
      /^(\d{1,3}(?:\.\d{1,3}){3})\s+0x[0-9a-f]+\s+0x([0-9a-f]+)\s+([0-9a-f]{2}(?::[0-9a-f]{2}){5})\s/i.exec(
        line,
      );
    if (!match) continue;
    const [, ip = '', flags = '0', mac = NO_MAC] = match;
    const bits = Number.parseInt(flags, 16);
    const isComplete = (bits & COMPLETE) !== 0 && mac !== NO_MAC;
    const isStatic = (bits & PERMANENT) !== 0;
    rows.push({ ip, mac: isComplete ? mac.toLowerCase() : null, isStatic });
  }
  return rows;
}

/** The kernel's neighbour table now, by address. */
export async function readNeighbours(): Promise<Map<string, Neighbour>> {
  const text = await readFile('/proc/net/arp', 'latin1');
  return new Map(parseNeighbours(text).map((row) => [row.ip, row]));
}

/** `ip` only talks to the kernel; it has no reason to take longer. */
const FLUSH_MS = 2000;

/**
 * Makes the kernel forget what it learnt about a network, so that what it knows afterwards is
 * true now: a row may outlive its host by minutes. Where we may not, the rows just stay.
 */
export function forgetNeighbours(cidr: string, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const bounds = { signal, timeout: FLUSH_MS };
    execFile('ip', ['neigh', 'flush', 'to', cidr], bounds, () => resolve());
  });
}

/** How many rows the kernel's table holds before it refuses more. */
export async function readNeighbourLimit(): Promise<number> {
  try {
    const text = await readFile('/proc/sys/net/ipv4/neigh/default/gc_thresh3', 'latin1');
    const limit = Number(text.trim());
    return Number.isSafeInteger(limit) && limit > 0 ? limit : TABLE_SIZE_DEFAULT;
  } catch {
    return TABLE_SIZE_DEFAULT;
  }
}

/** The gateways in the text of `/proc/net/route`, as dotted addresses. */
export function parseGateways(text: string): Set<string> {
  const gateways = new Set<string>();
  for (const line of text.split('\n', ROWS_MAX).slice(1)) {
    const hex = line.split('\t')[2];
    if (hex === undefined || !/^[0-9A-F]{8}$/i.test(hex) || hex === '00000000') continue;
    /* The kernel prints the number in the machine's order, which is little-endian wherever we run. */
    gateways.add([6, 4, 2, 0].map((at) => Number.parseInt(hex.slice(at, at + 2), 16)).join('.'));
  }
  return gateways;
}

/** The gateways of this machine; none when they cannot be read. */
export async function readGateways(): Promise<Set<string>> {
  try {
    return parseGateways(await readFile('/proc/net/route', 'latin1'));
  } catch {
    return new Set();
  }
}
