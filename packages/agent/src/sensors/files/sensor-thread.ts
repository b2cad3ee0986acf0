import type { Clock } from '@wardgrid/base';
import { ERRNO, type SystemCalls } from '../../platform/linux/system-calls.ts';
import { O_CLOEXEC, O_NONBLOCK } from '../../platform/linux/fanotify.ts';
import { awaitEnd, startThread, type FileThread } from './file-threads.ts';
import type { GlanceOrder } from './open-glance.ts';
import type { ReaderOptions } from './permission-reader.ts';
import { CELLS, ORDER } from './shared-state.ts';

/** How soon it is looked at again whether the thread has done its turn. */
const TURN_MS = 5;

/** The thread that reads the group, and the way to wake it. */
export class SensorThread {
  readonly #calls: SystemCalls;
  readonly #module: URL;
  readonly #options: Omit<ReaderOptions, 'glance'>;
  readonly #wakeFd: number;
  readonly #onLost: (reason: string) => void;
  #thread: FileThread | null = null;
  #glance: GlanceOrder | null = null;

  constructor(
    calls: SystemCalls,
    given: { readonly module: URL; readonly reader: Omit<ReaderOptions, 'glance'> },
    onLost: (reason: string) => void,
  ) {
    this.#calls = calls;
    this.#module = given.module;
    this.#options = given.reader;
    this.#onLost = onLost;
    this.#wakeFd = calls.check('eventfd', calls.eventfd(0, O_CLOEXEC | O_NONBLOCK));
  }

  /** Starts the thread. @throws Error when it ends before it is ready. */
  async start(): Promise<void> {
    const { cells } = this.#options.state;
    Atomics.store(cells, CELLS.sensorOrder, ORDER.work);
    Atomics.store(cells, CELLS.sensorBusySince, 0);
    const thread = startThread(this.#module, {
      ...this.#options,
      glance: this.#glance,
      wakeFd: this.#wakeFd,
    });
    this.#thread = thread;
    void this.#watch(thread);
    await thread.ready;
  }

  /**
   * Tells the thread what it may let through from now on: nothing by what it knew before, once this has
   * returned. Resolves when what it let through by then is dealt with, or after `limitMs`.
   */
  async teach(order: Omit<GlanceOrder, 'epoch'>, limitMs: number, clock: Clock): Promise<void> {
    const { cells } = this.#options.state;
    const epoch = (Atomics.load(cells, CELLS.glanceEpoch) + 1) | 0;
    this.#glance = { ...order, epoch };
    this.#thread?.post(this.#glance);
    Atomics.store(cells, CELLS.glanceEpoch, epoch);
    const beat = Atomics.load(cells, CELLS.sensorBeat);
    const endMs = clock.monotonic() + limitMs;
    const isBusy = (): boolean =>
      Atomics.load(cells, CELLS.sensorBusySince) !== 0 &&
      Atomics.load(cells, CELLS.sensorBeat) === beat;
    while (isBusy() && clock.monotonic() < endMs) await clock.sleep(TURN_MS);
  }

  async #watch(thread: FileThread): Promise<void> {
    const reason = await thread.ended;
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#onLost(reason ?? 'it ended');
  }

  /** Ends a thread that stands still. Resolves when it is gone, so that no two ever read. */
  async abandon(): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    thread?.terminate();
    this.#wake();
    await thread?.ended;
  }

  /** Lets the thread end, for which it has `limitMs`, and frees what it was woken by. */
  async stop(limitMs: number, after: Clock['after']): Promise<void> {
    const thread = this.#thread;
    this.#thread = null;
    Atomics.store(this.#options.state.cells, CELLS.sensorOrder, ORDER.end);
    this.#wake();
    if (thread) await awaitEnd(thread, limitMs, after);
    this.#calls.close(this.#wakeFd);
  }

  #wake(): void {
    const one = BigUint64Array.of(1n);
    const isWoken = this.#calls.write(this.#wakeFd, one, 8) === 8;
    if (!isWoken && this.#calls.errno() !== ERRNO.EAGAIN) throw new Error('the sensor has no bell');
  }
}
