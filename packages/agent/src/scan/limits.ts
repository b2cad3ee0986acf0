import { readFileSync, readdirSync } from 'node:fs';

/** How much a scan may do. The agent's policy may only lower these. */
export interface ScanLimits {
  /** Addresses probed by one discovery, or hosts in one port scan. */
  readonly hostsMax: number;
  /** Connections open at one time. */
  readonly connectionsMax: number;
  /** First packets (ARP datagrams, SYNs) sent a second. */
  readonly packetsPerSecond: number;
  /** The whole scan ends after this many milliseconds, with what it has. */
  readonly deadlineMs: number;
}

/** A /16: the largest network a site gives one broadcast domain or one scan job. */
const HOSTS_MAX = 65_536;

/** Enough for 20,000 unanswered ports a second at the shortest timeout; 2 MB of kernel memory. */
const CONNECTIONS_MAX = 2048;

/** Above what one core can send, so that answers set the pace; policy lowers it on weak networks. */
const PACKETS_PER_SECOND = 200_000;

/** An hour: a job that runs longer is a mistake in its range. */
const DEADLINE_MS = 3_600_000;

/** The limits of a scan for which policy says nothing. */
export const defaultScanLimits: ScanLimits = {
  hostsMax: HOSTS_MAX,
  connectionsMax: CONNECTIONS_MAX,
  packetsPerSecond: PACKETS_PER_SECOND,
  deadlineMs: DEADLINE_MS,
};

/** The limits with what is not given filled in, whole, and never below one. */
export function completeLimits(given: Partial<ScanLimits> = {}): ScanLimits {
  const whole = (value: number | undefined, fallback: number): number =>
    value === undefined || !Number.isFinite(value)
      ? fallback
      : Math.min(fallback, Math.max(1, Math.floor(value)));
  return {
    hostsMax: whole(given.hostsMax, HOSTS_MAX),
    connectionsMax: whole(given.connectionsMax, CONNECTIONS_MAX),
    packetsPerSecond: whole(given.packetsPerSecond, PACKETS_PER_SECOND),
    deadlineMs: whole(given.deadlineMs, DEADLINE_MS),
  };
}

/** Half of what is free: the agent's link, sensors and database must always find a descriptor. */
const DESCRIPTOR_SHARE = 0.5;

/** POSIX guarantees 20; every Linux system gives at least this soft limit. */
const DESCRIPTORS_ASSUMED = 256;

/** A scan works, slowly, with this few connections even on a starved machine. */
const CONNECTIONS_MIN = 4;

/** The soft limit of open files in the text of `/proc/PID/limits`; undefined when it is not there. */
export function parseDescriptorLimit(limitsText: string): number | undefined {
  const match = /^Max open files\s+(\d{1,15}|unlimited)\s/m.exec(limitsText);
  if (!match) return undefined;
  return match[1] === 'unlimited' ? Number.MAX_SAFE_INTEGER : Number(match[1]);
}

/** How many connections may be open at once: what is asked, well below the descriptor limit. */
export function connectionBudget(
  connectionsMax: number,
  softLimit: number,
  openNow: number,
): number {
  const share = Math.floor(Math.max(0, softLimit - openNow) * DESCRIPTOR_SHARE);
  return Math.max(Math.min(CONNECTIONS_MIN, connectionsMax), Math.min(connectionsMax, share));
}

/** The connection budget of this process as it stands now. */
export function readConnectionBudget(connectionsMax: number): number {
  try {
    const limit = parseDescriptorLimit(readFileSync('/proc/self/limits', 'latin1'));
    const openNow = readdirSync('/proc/self/fd').length;
    return connectionBudget(connectionsMax, limit ?? DESCRIPTORS_ASSUMED, openNow);
  } catch {
    return connectionBudget(connectionsMax, DESCRIPTORS_ASSUMED, 0);
  }
}
