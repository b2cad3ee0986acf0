import type { Clock } from '@wardgrid/base';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { CELLS, SCANNER_CELLS, SCANNER_INTS, type SharedState } from './shared-state.ts';

/**
 * How long the sensor may stand still while it has work. Nobody may be held for half a second: when it
 * last went on is known to a beat, it is looked at once a beat, and to let everybody go takes a while too.
 */
const SENSOR_STALL_MS = 350;
/** How often the breaker looks. */
const BEAT_MS = 50;
/** Beats without anything to do after which it sleeps: a machine at rest is not woken by us. */
const IDLE_BEATS_MAX = 40;

/** Wakes a sleeping breaker; called by the sensor when it has something to do. */
export function wakeBreaker(cells: Int32Array): void {
  if (Atomics.load(cells, CELLS.breakerSleeps) === 0) return;
  Atomics.store(cells, CELLS.breakerSleeps, 0);
  Atomics.notify(cells, CELLS.breakerSleeps);
}

/** Calls `look` twenty times a second while the sensor has work, and sleeps otherwise. */
export class Breaker {
  readonly #cells: Int32Array<SharedArrayBuffer>;
  readonly #scanners: Int32Array;
  readonly #after: Clock['after'];
  readonly #look: () => void;
  #cancel: () => void = () => {};
  #idleBeats = 0;
  #isStopped = false;

  constructor(state: SharedState, after: Clock['after'], look: () => void) {
    this.#cells = state.cells;
    this.#scanners = state.scanners;
    this.#after = after;
    this.#look = look;
  }

  start(): void {
    this.#cancel = this.#after(BEAT_MS, () => this.#beat());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancel();
    wakeBreaker(this.#cells);
  }

  #beat(): void {
    this.#look();
    if (this.#isStopped) return;
    this.#idleBeats = this.#isIdle() ? this.#idleBeats + 1 : 0;
    if (this.#idleBeats < IDLE_BEATS_MAX) this.start();
    else void this.#sleep();
  }

  async #sleep(): Promise<void> {
    this.#idleBeats = 0;
    Atomics.store(this.#cells, CELLS.breakerSleeps, 1);
    /* Said first, looked at again: a sensor that woke in between has not seen that we sleep. */
    if (this.#isIdle()) {
      const wait = Atomics.waitAsync(this.#cells, CELLS.breakerSleeps, 1);
      await wait.value;
    }
    Atomics.store(this.#cells, CELLS.breakerSleeps, 0);
    if (!this.#isStopped) this.start();
  }

  /** Nobody is held, and neither the sensor nor a scanner has anything to do. */
  #isIdle(): boolean {
    const cells = this.#cells;
    for (let at = SCANNER_CELLS.sinceUs; at < this.#scanners.length; at += SCANNER_INTS) {
      if (Atomics.load(this.#scanners, at) !== 0) return false;
    }
    const isDone = (head: number, tail: number): boolean =>
      Atomics.load(cells, head) === Atomics.load(cells, tail);
    return (
      Atomics.load(cells, CELLS.sensorBusySince) === 0 &&
      Atomics.load(cells, CELLS.held) <= 0 &&
      isDone(CELLS.writtenHead, CELLS.writtenTail) &&
      isDone(CELLS.dirtyHead, CELLS.dirtyDone)
    );
  }
}

/** Sees whether the sensor goes on. */
export class SensorWatch {
  readonly #cells: Int32Array;
  readonly #clock: KernelClock;
  #beat = -1;
  #movedUs = 0;

  constructor(calls: SystemCalls, state: SharedState) {
    this.#cells = state.cells;
    this.#clock = new KernelClock(calls);
  }

  /** How long the sensor has had work without going on, when that is too long; otherwise 0. */
  stalledMs(): number {
    const nowUs = this.#clock.nowUs();
    const beat = Atomics.load(this.#cells, CELLS.sensorBeat);
    const busySince = Atomics.load(this.#cells, CELLS.sensorBusySince);
    if (beat !== this.#beat) this.#movedUs = nowUs;
    this.#beat = beat;
    if (busySince === 0) return 0;
    /* It may have slept for hours before the work came. */
    const stalledUs = Math.min(nowUs - this.#movedUs, elapsedUs(nowUs, busySince));
    return stalledUs >= SENSOR_STALL_MS * 1_000 ? stalledUs / 1_000 : 0;
  }
}
