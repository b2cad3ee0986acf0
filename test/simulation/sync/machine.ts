import { createHash } from 'node:crypto';
import type { Replica, ReplicaTools } from '@wardgrid/sync';
import type { Chance } from './chance.ts';

/** A clock on a wall: wrong by an offset, fast or slow by a drift. */
export interface WallClock {
  offsetMs: number;
  readonly drift: number;
  /** The latest it ever showed. */
  wallMsMax: number;
}

/** A controller's machine: its database, its wall clock, and to whom it talks. */
export interface Machine extends WallClock {
  /** Of the machine; a copy has the same node as what it was copied from. */
  readonly key: string;
  replica: Replica;
  /** Kept copies of its database, the newest last. */
  readonly backups: Replica[];
  /** Null: to its parent. */
  direct: string | null;
  failures: number;
  /** Whether something about its database changed since the oracle looked. */
  isTouched: boolean;
  /** When the request that is under way left. */
  askedAtMs: number | null;
}

const DAY_MS = 86_400_000;
const OFFSETS_MS = [0, 0, 0, 5_000, -5_000, 120_000, -120_000, 3 * DAY_MS, -3 * DAY_MS];

/** A machine without a database yet. */
export function createMachine(
  key: string,
  chance: Chance,
  isSkewed: boolean,
): Omit<Machine, 'replica'> {
  return {
    key,
    backups: [],
    offsetMs: isSkewed ? chance.pick(OFFSETS_MS) : 0,
    drift: isSkewed ? 1 + (chance.below(200) - 100) / 10_000 : 1,
    wallMsMax: 0,
    direct: null,
    failures: 0,
    isTouched: true,
    askedAtMs: null,
  };
}

/** What a machine's clock shows so long after the start. */
export function wallMsOf(clock: WallClock, elapsedMs: number, startMs: number): number {
  const wallMs = Math.floor(startMs + elapsedMs * clock.drift + clock.offsetMs);
  clock.wallMsMax = Math.max(clock.wallMsMax, wallMs);
  return wallMs;
}

/** What a machine works with. */
export function toolsOf(wallMs: () => number, chance: Chance): ReplicaTools {
  return {
    wallMs,
    newId: () => `op-${chance.name()}${chance.name()}`,
    newIncarnation: () => chance.name() + chance.name(),
    sha256: (bytes) => createHash('sha256').update(bytes).digest(),
  };
}

/** A copy of a database, as a backup or a cloned disk has it: without what lives in memory alone. */
export function copyOf(replica: Replica): Replica {
  const { soft, ...durable } = replica;
  return {
    ...structuredClone(durable),
    soft: {
      foreign: [],
      receipts: { upstream: '', received: new Map() },
      requestNumber: soft.requestNumber + 1_000,
      asksCloud: false,
    },
  };
}
