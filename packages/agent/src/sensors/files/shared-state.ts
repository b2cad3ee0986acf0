import { FAN } from '../../platform/linux/fanotify.ts';

/*
 * What the threads of file protection share, in memory that outlives each of them. Every number is
 * read and written by `Atomics`; every part has one writer, or is changed by compare-exchange.
 */

/** Most events that hold a process at a time: beyond, they wait in the kernel. Each takes a descriptor. */
export const HELD_SLOTS = 8_192;
/** Most written files that wait for their scan with an open descriptor; more go to the dirty list. */
export const WRITTEN_SLOTS = 2_048;
/** Most scanner threads, of a running and a following set together. */
export const SCANNERS_MAX = 8;
/** Processes that are never held: the guardian, and what must live to answer. */
export const EXEMPT_PIDS_MAX = 16;
/** Files that are refused at once. The oldest makes room. */
export const DENIED_FILES_MAX = 4_096;
/** Buckets of the latency histogram: four a doubling, from 1 µs to 4 minutes. */
export const LATENCY_BUCKETS = 112;
/** Events taken from the kernel by one read. */
export const EVENTS_PER_READ = 128;
/** Written files beyond the slots: 64 bytes each. */
export const DIRTY_FILES_MAX = 16_384;
export const DIRTY_INTS = 16;

/** Most descriptors of hits that the main thread holds; further hits come without one. */
export const OPEN_HITS_MAX = 256;
/** Set in the mask of an event that the sensor already refused; the kernel never sets it. */
export const REFUSED_BIT = 0x200_0000;
/** Nobody is held for half a second by a scanner that gives no sign, or while none is free. */
export const QUIET_MS = 350;
/** How long a scan that gives signs may take, with the wait before it. */
const OPEN_DEADLINE_MS = 2_000;
const EXEC_DEADLINE_MS = 5_000;

export function deadlineMsOf(mask: number): number {
  return (mask & FAN.OPEN_EXEC_PERM) === 0 ? OPEN_DEADLINE_MS : EXEC_DEADLINE_MS;
}

/** Integers by name; the rest of the memory follows them. */
export const CELLS = {
  /** When the sensor woke, in 32 bits of microseconds; 0 while it waits for events. */
  sensorBusySince: 0,
  /** Grows whenever the sensor goes on. */
  sensorBeat: 1,
  /** Where in its buffer the sensor stands, and how many bytes the kernel filled. */
  bufferOffset: 2,
  bufferLength: 3,
  /** One of `ORDER`. */
  sensorOrder: 4,
  /** Bumped and notified when a scanner may have work. */
  work: 5,
  heldHead: 6,
  heldTail: 7,
  writtenHead: 8,
  writtenTail: 9,
  dirtyHead: 10,
  dirtyTail: 11,
  /** Held events that nobody answered yet. */
  held: 12,
  deniedCount: 13,
  /** How many of the dirty list were opened or given up. */
  dirtyDone: 15,
  /** 1 while the breaker sleeps: the sensor wakes it when it has something to do. */
  breakerSleeps: 27,
  /** Hits whose descriptor the main thread has still to close. */
  openHits: 14,
  /** Counters, since the start. */
  events: 16,
  allowed: 17,
  refused: 18,
  scanned: 19,
  cached: 20,
  late: 21,
  lost: 22,
  overflows: 23,
  spilled: 24,
  blind: 25,
  incomplete: 26,
  /** Files that the sensor itself let through. */
  glanced: 28,
  /** Which order of what may be let through so counts: grows with every change of rules. */
  glanceEpoch: 29,
  /** The event that the sensor is about to answer or to hand on: its descriptor + 1. */
  inHand: 30,
  exempt: 32,
  latency: 48,
} as const;

/** What a thread is told. */
export const ORDER = { work: 0, end: 1 } as const;

const CELL_COUNT = CELLS.latency + LATENCY_BUCKETS;
export const SCANNER_INTS = 16;
/**
 * Of each scanner: where its event is (slot + 1 of the held, negative of the written, 0 of neither),
 * since when it works (0: it does not), for how long at most, an order to end, its thread's number,
 * whether that runs with low priority, whether it asks a program beside ours about files, what grows
 * with every sign of life, how long it may be without one, whether another works in its place already,
 * and the file in hand: device and inode, in two halves each.
 */
export const SCANNER_CELLS = {
  place: 0,
  sinceUs: 1,
  limitMs: 2,
  order: 3,
  isTaken: 4,
  tid: 5,
  isLow: 6,
  asksOthers: 7,
  beat: 8,
  quietMs: 9,
  isRelieved: 10,
  file: 11,
} as const;
export const FILE_INTS = 4;

/** What a slot holds. */
export const SLOT_INTS = 8;
export const SLOT = { state: 0, fd: 1, mask: 2, pid: 3, atUs: 4, answer: 5 } as const;
/** A slot is filled by the sensor, claimed by one scanner and freed by whoever closed its descriptor. */
export const SLOT_STATE = { free: 0, ready: 1, claimed: 2 } as const;
/** An event is answered once: whoever changes `open` to `answering` answers it. */
export const ANSWER = { open: 0, answering: 1, done: 2 } as const;

/** Device (2), inode (2), birth time (2) of a refused file, and whether the entry counts. */
export const DENIED_INTS = 8;
/** Half full at most, so that a search ends soon. */
export const DENIED_TABLE_SIZE = DENIED_FILES_MAX * 2;

/** Filesystems of which files can be put off at a time. */
export const FILESYSTEMS_MAX = 64;
/** Device major and minor, and a descriptor of any file on it (+1). */
export const FILESYSTEM_INTS = 4;

/** Bytes of one event of the permission group. */
const EVENT_BYTES = 24;

/** The memory that all threads share. */
export interface SharedState {
  readonly cells: Int32Array<SharedArrayBuffer>;
  readonly scanners: Int32Array<SharedArrayBuffer>;
  readonly held: Int32Array<SharedArrayBuffer>;
  readonly written: Int32Array<SharedArrayBuffer>;
  readonly denied: Int32Array<SharedArrayBuffer>;
  readonly dirty: Int32Array<SharedArrayBuffer>;
  /** Where handles of the dirty list are opened. */
  readonly filesystems: Int32Array<SharedArrayBuffer>;
  /** What the sensor read, so that another can answer when the sensor does not. */
  readonly events: Int32Array<SharedArrayBuffer>;
}

/** Memory of its own for one file protection: about 1.6 MB, of which untouched pages cost nothing. */
export function createSharedState(): SharedState {
  const ints = (count: number): Int32Array<SharedArrayBuffer> =>
    new Int32Array(new SharedArrayBuffer(count * 4));
  return {
    cells: ints(CELL_COUNT),
    scanners: ints(SCANNERS_MAX * SCANNER_INTS),
    held: ints(HELD_SLOTS * SLOT_INTS),
    written: ints(WRITTEN_SLOTS * SLOT_INTS),
    denied: ints(DENIED_TABLE_SIZE * DENIED_INTS),
    dirty: ints(DIRTY_FILES_MAX * DIRTY_INTS),
    filesystems: ints(FILESYSTEMS_MAX * FILESYSTEM_INTS),
    events: ints((EVENTS_PER_READ * EVENT_BYTES) / 4),
  };
}
