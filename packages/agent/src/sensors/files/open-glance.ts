import { FAN } from '../../platform/linux/fanotify.ts';
import { FileStatus } from '../../platform/linux/file-status.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import {
  createGlance,
  GLANCE_BYTES_MAX,
  type Glance,
  type GlanceRules,
} from '../../signatures/glance.ts';
import { ignoreFile, whileUnwritten } from './file-cache.ts';
import { CELLS, SCANNER_CELLS, SCANNER_INTS, type SharedState } from './shared-state.ts';
import { isSettled } from './verdict-cache.ts';

/** By what the sensor may let files through. It is good for one epoch alone: `CELLS.glanceEpoch`. */
export interface GlanceOrder {
  readonly epoch: number;
  /** Null when every file has to be judged by a scanner. */
  readonly rules: GlanceRules | null;
  /** Events that the kernel need not send again for a clean file. */
  readonly cacheMask: number;
  /** A start is judged by its place as well. */
  readonly judgesPlaces: boolean;
}

/** Reads what is in memory and never waits for a disk (preadv2(2)). */
const RWF_NOWAIT = 8;
const START = 0n;

/**
 * Lets small files through that no engine can find anything in, without a scanner: half of a first open
 * was the way through a second thread. It never waits, and takes no longer than their bytes: an engine
 * that hangs on a file does not hang here. Whatever it is not sure of goes to the scanners.
 */
export class OpenGlance {
  readonly #calls: SystemCalls;
  readonly #group: number;
  readonly #state: SharedState;
  readonly #now: () => number;
  readonly #status: FileStatus;
  readonly #after: FileStatus;
  /** One byte more than there should be shows a file that grew. */
  readonly #bytes = Buffer.allocUnsafeSlow(GLANCE_BYTES_MAX + 1);
  /** `struct iovec`. */
  readonly #vector = Buffer.alloc(16);
  #order: GlanceOrder | null = null;
  #glance: Glance | null = null;

  constructor(
    calls: SystemCalls,
    given: { readonly group: number; readonly state: SharedState; readonly now: () => number },
  ) {
    this.#calls = calls;
    this.#group = given.group;
    this.#state = given.state;
    this.#now = given.now;
    this.#status = new FileStatus(calls);
    this.#after = new FileStatus(calls);
    this.#vector.writeBigUInt64LE(calls.addressOf(this.#bytes), 0);
  }

  learn(order: GlanceOrder): void {
    this.#order = order;
    this.#glance = order.rules && createGlance(order.rules);
  }

  /** Whether the order in hand is the one that counts. */
  get isCurrent(): boolean {
    return this.#order?.epoch === Atomics.load(this.#state.cells, CELLS.glanceEpoch);
  }

  /** Whether the file is plainly clean. */
  isClean(fd: number, mask: number): boolean {
    const [order, glance] = [this.#order, this.#glance];
    if (!order || !glance || !this.isCurrent || this.#isAskedOfOthers()) return false;
    if (order.judgesPlaces && (mask & FAN.OPEN_EXEC_PERM) !== 0) return false;
    if (!this.#status.read(fd) || !this.#status.isRegular) return false;
    const { sizeBytes } = this.#status;
    if (sizeBytes === 0) return true;
    if (sizeBytes > GLANCE_BYTES_MAX) return false;
    this.#vector.writeUInt32LE(sizeBytes + 1, 8);
    const got = this.#calls.preadv2(fd, this.#vector, 1, START, RWF_NOWAIT);
    return got === sizeBytes && glance(this.#bytes.subarray(0, got));
  }

  /** Remembers the file that was just found clean, by the same descriptor, once it is answered. */
  settle(fd: number): void {
    const before = this.#status;
    if (before.sizeBytes === 0 || !isSettled(before, this.#now())) return;
    whileUnwritten(this.#calls, fd, () => {
      const isSame = this.#after.read(fd) && this.#after.isSameAs(before);
      if (!isSame || !this.isCurrent) return;
      const mask = BigInt(this.#order?.cacheMask ?? 0);
      ignoreFile(this.#calls, this.#group, { fd, mask });
    });
  }

  /** A program beside ours sees every file while it is there. */
  #isAskedOfOthers(): boolean {
    const { scanners } = this.#state;
    for (let at = SCANNER_CELLS.asksOthers; at < scanners.length; at += SCANNER_INTS) {
      if (Atomics.load(scanners, at) !== 0) return true;
    }
    return false;
  }
}
