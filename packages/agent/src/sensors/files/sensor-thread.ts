import type { Clock } from '@wardgrid/base';
import { ERRNO, type SystemCalls } from '../../platform/linux/system-calls.ts';
import { O_CLOEXEC } from '../../platform/linux/fanotify.ts';
import { awaitEnd, startThread, type FileThread } from './file-threads.ts';
import type { ReaderOptions } from './permission-reader.ts';
import { CELLS, ORDER } from './shared-state.ts';

/** The thread that reads the group, and the way to wake it. */
export class SensorThread {
  readonly #calls: SystemCalls;
  readonly #module: URL;
  readonly #options: ReaderOptions;
  readonly #wakeFd: number;
  readonly #onLost: (reason: string) => void;
  #thread: FileThread | null = null;

  constructor(
    calls: SystemCalls,
    given: { readonly module: URL; readonly reader: ReaderOptions },
    onLost: (reason: string) => void,
  ) {
    this.#calls = calls;
    this.#module = given.module;
    this.#options = given.reader;
    this.#onLost = onLost;
    this.#wakeFd = calls.check('eventfd', calls.eventfd(0, O_CLOEXEC));
  }

  /** Starts the thread. @throws Error when it ends before it is ready. */
  async start(): Promise<void> {
    const { cells } = this.#options.state;
    Atomics.store(cells, CELLS.sensorOrder, ORDER.work);
    Atomics.store(cells, CELLS.sensorBusySince, 0);
    const thread = startThread(this.#module, { ...this.#options, wakeFd: this.#wakeFd });
    this.#thread = thread;
    void this.#watch(thread);
    await thread.ready;
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
