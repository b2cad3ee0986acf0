import type { FileStatus } from '../../platform/linux/file-status.ts';
import { elapsedUs, type KernelClock } from '../../platform/linux/kernel-clock.ts';
import {
  FILE_INTS,
  QUIET_MS,
  SCANNER_CELLS,
  SCANNER_INTS,
  type SharedState,
} from './shared-state.ts';

/** Even who waited long already is given a moment once a scan has begun. */
const QUIET_MS_MIN = 80;

/** The signs that a scanner gives: who looks on tells by them a scan that goes on from one that hangs. */
export class ScanSigns {
  readonly #scanners: Int32Array;
  readonly #at: number;
  readonly #file = new BigInt64Array(FILE_INTS / 2);
  readonly #fileInts = new Int32Array(this.#file.buffer);
  readonly #other = new Int32Array(FILE_INTS);
  #quietMs = QUIET_MS;

  constructor({ scanners }: SharedState, index: number) {
    this.#scanners = scanners;
    this.#at = index * SCANNER_INTS;
  }

  /** A scan begins, of a file for which somebody has waited so long already. */
  begin(waitedMs: number): void {
    this.#quietMs = Math.max(QUIET_MS_MIN, QUIET_MS - Math.floor(waitedMs));
    this.#clearFile();
    this.give(0);
  }

  /** It goes on, with a step that takes as long as its size lets expect. */
  give(expectedMs: number): void {
    const quietMs = Math.max(this.#quietMs, Math.ceil(expectedMs));
    Atomics.store(this.#scanners, this.#at + SCANNER_CELLS.quietMs, quietMs);
    Atomics.add(this.#scanners, this.#at + SCANNER_CELLS.beat, 1);
  }

  /**
   * Says which file is looked at; false when a scanner that gives no sign has it in hand. A second one
   * would not come back either, and that one tells what it finds once it does.
   */
  enter(status: FileStatus): boolean {
    this.#file[0] = BigInt.asIntN(64, status.device);
    this.#file[1] = BigInt.asIntN(64, status.inode);
    for (let at = 0; at < this.#scanners.length; at += SCANNER_INTS) {
      if (at !== this.#at && this.#isStuckAt(at)) return false;
    }
    this.#scanners.set(this.#fileInts, this.#at + SCANNER_CELLS.file);
    return true;
  }

  #isStuckAt(at: number): boolean {
    const isAway =
      Atomics.load(this.#scanners, at + SCANNER_CELLS.isRelieved) === 1 &&
      Atomics.load(this.#scanners, at + SCANNER_CELLS.sinceUs) !== 0;
    if (!isAway) return false;
    const fileAt = at + SCANNER_CELLS.file;
    this.#other.set(this.#scanners.subarray(fileAt, fileAt + FILE_INTS));
    return this.#other.every((int, index) => int === this.#fileInts[index]);
  }

  #clearFile(): void {
    this.#scanners.fill(
      0,
      this.#at + SCANNER_CELLS.file,
      this.#at + SCANNER_CELLS.file + FILE_INTS,
    );
  }
}

/** What was seen of a scanner when it last gave a sign. */
interface Seen {
  readonly beat: number;
  readonly sinceUs: number;
  readonly movedUs: number;
}

/** Sees which scanners give no sign. For the main thread. */
export class ScanWatch {
  readonly #scanners: Int32Array;
  readonly #clock: KernelClock;
  readonly #seen = new Map<number, Seen>();

  constructor({ scanners }: SharedState, clock: KernelClock) {
    this.#scanners = scanners;
    this.#clock = clock;
  }

  /** Whether the scanner works and has been without a sign for longer than its step may take. */
  isSilent(index: number): boolean {
    const at = index * SCANNER_INTS;
    const sinceUs = Atomics.load(this.#scanners, at + SCANNER_CELLS.sinceUs);
    if (sinceUs === 0) {
      this.#seen.delete(index);
      return false;
    }
    const beat = Atomics.load(this.#scanners, at + SCANNER_CELLS.beat);
    const nowUs = this.#clock.nowUs();
    const seen = this.#seen.get(index);
    if (seen?.sinceUs !== sinceUs || seen.beat !== beat) {
      /* Of a scan that is seen for the first time the beginning is known. */
      const movedUs = seen?.sinceUs === sinceUs ? nowUs | 0 : sinceUs;
      this.#seen.set(index, { beat, sinceUs, movedUs });
    }
    const movedUs = this.#seen.get(index)?.movedUs ?? sinceUs;
    const quietMs = Atomics.load(this.#scanners, at + SCANNER_CELLS.quietMs);
    return elapsedUs(nowUs, movedUs) > quietMs * 1_000;
  }
}
