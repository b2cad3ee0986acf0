import { getPriority } from 'node:os';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { SCANNER_CELLS, SCANNER_INTS, type SharedState } from './shared-state.ts';

const PRIO_PROCESS = 0;
const OWN_THREAD = 0;
/** A tenth of the weight of an ordinary program: it gets what the others leave. */
const LOW_NICE = 10;
/**
 * A larger file is scanned with the priority of everybody: its scan has a deadline, which one that gets
 * hardly any processor would miss.
 */
export const LOW_BYTES_MAX = 1_048_576;

/** The priority of one scanner thread: low while it does what nobody waits for. */
export class ScanPriority {
  readonly #calls: SystemCalls;
  readonly #scanners: Int32Array;
  readonly #at: number;
  readonly #usual = getPriority();
  readonly #isAllowed: boolean;

  constructor(calls: SystemCalls, { scanners }: SharedState, index: number) {
    this.#calls = calls;
    this.#scanners = scanners;
    this.#at = index * SCANNER_INTS;
    Atomics.store(scanners, this.#at + SCANNER_CELLS.isLow, 0);
    Atomics.store(scanners, this.#at + SCANNER_CELLS.tid, calls.gettid());
    this.#isAllowed = this.#canRaise();
  }

  lower(): void {
    if (!this.#isAllowed || this.isLow) return;
    if (!setNice(this.#calls, OWN_THREAD, LOW_NICE)) return;
    Atomics.store(this.#scanners, this.#at + SCANNER_CELLS.isLow, 1);
  }

  raise(): void {
    raiseAt(this.#calls, this.#scanners, { at: this.#at, nice: this.#usual });
  }

  get isLow(): boolean {
    return Atomics.load(this.#scanners, this.#at + SCANNER_CELLS.isLow) === 1;
  }

  /** Who may not take a lowering back must not begin with it (CAP_SYS_NICE). */
  #canRaise(): boolean {
    const { setpriority } = this.#calls;
    if (setpriority(PRIO_PROCESS, OWN_THREAD, this.#usual - 1) !== 0) return false;
    return setpriority(PRIO_PROCESS, OWN_THREAD, this.#usual) === 0;
  }
}

/** Gives scanners that run low their priority back: somebody is held. Called by the sensor. */
export class ScanHaste {
  readonly #calls: SystemCalls;
  readonly #scanners: Int32Array;
  readonly #usual = getPriority();

  constructor(calls: SystemCalls, { scanners }: SharedState) {
    this.#calls = calls;
    this.#scanners = scanners;
  }

  raise(): void {
    for (let at = 0; at < this.#scanners.length; at += SCANNER_INTS) {
      raiseAt(this.#calls, this.#scanners, { at, nice: this.#usual });
    }
  }
}

/** Whoever takes the mark away raises; the others find it done. */
function raiseAt(
  calls: SystemCalls,
  scanners: Int32Array,
  { at, nice }: { readonly at: number; readonly nice: number },
): void {
  const isLowAt = at + SCANNER_CELLS.isLow;
  if (Atomics.load(scanners, isLowAt) === 0) return;
  if (Atomics.compareExchange(scanners, isLowAt, 1, 0) !== 1) return;
  setNice(calls, Atomics.load(scanners, at + SCANNER_CELLS.tid), nice);
}

function setNice({ setpriority }: SystemCalls, thread: number, nice: number): boolean {
  return setpriority(PRIO_PROCESS, thread, nice) === 0;
}
