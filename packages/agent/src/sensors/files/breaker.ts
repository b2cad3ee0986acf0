import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import { CELLS, type SharedState } from './shared-state.ts';

/** How long the sensor may stand still while it has work. */
const SENSOR_STALL_MS = 500;
/** How often the breaker looks: a stalled sensor holds people this much longer. */
export const BREAKER_BEAT_MS = 100;

/** Sees whether the sensor goes on. */
export class SensorWatch {
  readonly #cells: Int32Array;
  readonly #clock: KernelClock;
  #beat = -1;
  #sinceUs = 0;

  constructor(calls: SystemCalls, state: SharedState) {
    this.#cells = state.cells;
    this.#clock = new KernelClock(calls);
  }

  /** How long the sensor has had work without going on, when that is too long; otherwise 0. */
  stalledMs(): number {
    const nowUs = this.#clock.nowUs();
    const beat = Atomics.load(this.#cells, CELLS.sensorBeat);
    const busySince = Atomics.load(this.#cells, CELLS.sensorBusySince);
    const isMoving = beat !== this.#beat || busySince === 0;
    this.#beat = beat;
    if (isMoving) this.#sinceUs = nowUs | 0;
    if (isMoving || busySince === 0) return 0;
    const stalledMs = elapsedUs(nowUs, this.#sinceUs) / 1_000;
    return stalledMs >= SENSOR_STALL_MS ? stalledMs : 0;
  }
}
