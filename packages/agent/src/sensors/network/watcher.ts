import type { Clock } from '@wardgrid/base';
import { findSocketOwners } from '../../platform/linux/listeners.ts';
import { readSocketTable, type SocketRow, type SocketTable } from './socket-table.ts';
import type { SocketFact } from './sockets.ts';

/** How often the table is looked at; a look of 500 sockets takes a millisecond. */
export interface WatchPace {
  readonly busyMs: number;
  readonly idleMs: number;
}

/** Facts told of one look; a port scan from here makes thousands, which are counted. */
const FACTS_MAX = 2_000;

/** Looks at the socket table again and again. */
export interface SocketWatcher {
  /** Looks sooner: something was started. */
  readonly hint: () => void;
  /** New sockets that were not told for want of room. */
  readonly dropped: () => number;
  /** Whether the last look saw all sockets. */
  readonly isTruncated: () => boolean;
  /** Looks until aborted. */
  readonly run: (signal: AbortSignal) => Promise<void>;
}

/** What a watcher needs. */
export interface SocketWatcherOptions {
  readonly rootPath: string;
  readonly clock: Clock;
  readonly pace: WatchPace;
  /** Which new sockets are told; others are seen better elsewhere. */
  readonly isWanted: (row: SocketRow) => boolean;
  readonly onFacts: (facts: readonly SocketFact[]) => void;
  readonly read?: () => SocketTable;
}

/** A watcher that has not looked yet. Its first look tells what already listens. */
export function createSocketWatcher(options: SocketWatcherOptions): SocketWatcher {
  const { clock, pace, rootPath } = options;
  const read = options.read ?? readSocketTable;
  let known: ReadonlySet<bigint> | undefined;
  let dropped = 0;
  let isTruncated = false;
  let wake: () => void = () => undefined;

  async function look(signal: AbortSignal): Promise<number> {
    const at = clock.now();
    const table = read();
    const isFirst = known === undefined;
    const before = known ?? new Set<bigint>();
    known = new Set(table.rows.map((row) => row.cookie));
    isTruncated = table.isTruncated;
    const fresh = table.rows.filter(
      (row) => !before.has(row.cookie) && options.isWanted(row) && (!isFirst || row.isListening),
    );
    const told = fresh.slice(0, FACTS_MAX);
    dropped += fresh.length - told.length;
    if (told.length === 0) return 0;
    const inodes = new Set(told.map((row) => row.inode).filter((inode) => inode !== '0'));
    const owners = await findSocketOwners({ rootPath, clock }, inodes, signal);
    const ports = listeningPorts(table.rows);
    options.onFacts(
      told.map((row) => ({
        act: actOf(row, ports),
        at,
        transport: row.transport,
        local: row.local,
        remote: row.isListening ? null : row.remote,
        pid: owners.get(row.inode)?.pid ?? null,
        startTicks: null,
        uid: row.uid,
        isOld: isFirst,
      })),
    );
    return told.length;
  }

  async function nap(delayMs: number, signal: AbortSignal): Promise<void> {
    const woken = new AbortController();
    wake = () => woken.abort();
    await clock.sleep(delayMs, AbortSignal.any([signal, woken.signal])).catch(() => undefined);
  }

  return {
    hint: () => wake(),
    dropped: () => dropped,
    isTruncated: () => isTruncated,
    async run(signal) {
      while (!signal.aborted) {
        const count = await look(signal).catch((error: unknown) => {
          if (!signal.aborted) throw error;
          return 0;
        });
        await clock.sleep(pace.busyMs, signal).catch(() => undefined);
        if (count === 0 && !signal.aborted) await nap(pace.idleMs - pace.busyMs, signal);
      }
    },
  };
}

function keyOf(row: SocketRow): string {
  return `${row.transport}:${row.local.port}`;
}

function listeningPorts(rows: readonly SocketRow[]): ReadonlySet<string> {
  return new Set(rows.filter((row) => row.isListening).map(keyOf));
}

/** A connection at a port where something listens came from outside. */
function actOf(row: SocketRow, ports: ReadonlySet<string>): SocketFact['act'] {
  if (row.isListening) return 'listen';
  return ports.has(keyOf(row)) ? 'accept' : 'connect';
}
