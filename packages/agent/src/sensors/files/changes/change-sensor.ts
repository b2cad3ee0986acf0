import { boundedText, messageOf, type Clock, type Log } from '@wardgrid/base';
import type { SensorHealth } from '@wardgrid/wire';
import { O_CLOEXEC } from '../../../platform/linux/fanotify.ts';
import { systemCalls, type SystemCalls } from '../../../platform/linux/system-calls.ts';
import type { OnEvents, Sensor } from '../../../protect/parts.ts';
import { awaitEnd, startThread, type FileThread } from '../file-threads.ts';
import { CHANGE_CELLS, type ChangeMessage, type ChangeOrder } from './change-messages.ts';

/** What the sensor is made of. */
export interface ChangeSensorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly mountPoints: readonly string[] | null;
  /** Paths of decoys when the sensor starts. */
  readonly canaries: () => readonly string[];
  readonly onMountsChanged: () => void;
  /** Changes were missed: whoever keeps a picture of the files must look again. */
  readonly onLost: () => void;
  readonly isQueueBounded: boolean;
}

const THREAD = new URL('./change-worker.ts', import.meta.url);
const STOP_MS_MAX = 1_000;
const RESTART_PAUSE_MS = 1_000;
const [REASON_MAX, BLIND_SPOT_MAX, BLIND_SPOTS_MAX] = [300, 200, 8];

/** The sensor `file-change`: what was created, written, renamed, deleted or given other rights. */
export class ChangeSensor implements Sensor {
  readonly name = 'file-change';
  readonly #options: ChangeSensorOptions;
  readonly #calls: SystemCalls;
  readonly #cells = new Int32Array(new SharedArrayBuffer(4 * Object.keys(CHANGE_CELLS).length));
  #onEvents: OnEvents = () => {};
  #thread: FileThread | null = null;
  #wakeFd = -1;
  #offReason: string | null = 'not started';
  #refused: readonly string[] = [];
  #eventCount = 0;
  #blindMs = 0;
  #blindSince: number | null = null;

  /** @throws SystemCallError where system calls cannot be made. */
  constructor(options: ChangeSensorOptions) {
    this.#options = options;
    this.#calls = systemCalls();
  }

  async start(onEvents: OnEvents): Promise<void> {
    if (this.#wakeFd >= 0) return;
    this.#onEvents = onEvents;
    this.#wakeFd = this.#calls.check('eventfd', this.#calls.eventfd(0, O_CLOEXEC));
    await this.#startThread();
  }

  async stop(): Promise<void> {
    const [thread, wakeFd] = [this.#thread, this.#wakeFd];
    if (wakeFd < 0) return;
    this.#thread = null;
    this.#wakeFd = -1;
    this.#offReason = 'stopped';
    Atomics.store(this.#cells, CHANGE_CELLS.order, 1);
    this.#calls.write(wakeFd, BigUint64Array.of(1n), 8);
    if (thread) await awaitEnd(thread, STOP_MS_MAX, this.#options.clock.after);
    this.#calls.close(wakeFd);
  }

  /** Starts the thread anew, so that it knows the canaries of now. */
  async restart(): Promise<void> {
    if (this.#wakeFd < 0) return;
    const onEvents = this.#onEvents;
    await this.stop();
    await this.start(onEvents);
  }

  health(): SensorHealth {
    const overflows = Atomics.load(this.#cells, CHANGE_CELLS.overflows);
    const since = this.#blindSince;
    const lost = overflows > 0 ? 'the queue of the kernel overflowed' : null;
    const refused = this.#refused.length > 0 ? 'some filesystems cannot be watched' : null;
    const reason = this.#offReason ?? lost ?? refused;
    return {
      name: this.name,
      state: this.#offReason === null ? (reason === null ? 'on' : 'degraded') : 'off',
      source: 'fanotify',
      reason: reason === null ? null : boundedText(reason, REASON_MAX),
      events: this.#eventCount,
      dropped: Atomics.load(this.#cells, CHANGE_CELLS.dropped) + overflows,
      p50Us: null,
      p99Us: null,
      blindMs: Math.round(
        this.#blindMs + (since === null ? 0 : this.#options.clock.monotonic() - since),
      ),
      blindSpots: this.#refused
        .slice(0, BLIND_SPOTS_MAX)
        .map((spot) => boundedText(`changes on ${spot}`, BLIND_SPOT_MAX)),
    };
  }

  async #startThread(): Promise<void> {
    const { mountPoints, canaries, isQueueBounded } = this.#options;
    Atomics.store(this.#cells, CHANGE_CELLS.order, 0);
    Atomics.store(this.#cells, CHANGE_CELLS.pending, 0);
    const order: ChangeOrder = {
      cells: this.#cells,
      wakeFd: this.#wakeFd,
      ownPid: process.pid,
      mountPoints,
      canaries: canaries(),
      isQueueBounded,
    };
    const thread = startThread(THREAD, order, (message) => this.#hear(message as ChangeMessage));
    this.#thread = thread;
    try {
      await thread.ready;
    } catch (error) {
      this.#thread = null;
      this.#offReason = messageOf(error);
      return;
    }
    this.#offReason = null;
    this.#see();
    void this.#watch(thread);
  }

  /** Starts a thread again that worked and then fell. */
  async #watch(thread: FileThread): Promise<void> {
    const reason = await thread.ended;
    if (this.#thread !== thread) return;
    this.#thread = null;
    this.#offReason = reason ?? 'the thread of the sensor ended';
    this.#blindSince ??= this.#options.clock.monotonic();
    this.#options.log.warn('the change sensor was interrupted', { reason: this.#offReason });
    this.#options.clock.after(RESTART_PAUSE_MS, () => {
      if (this.#wakeFd >= 0 && this.#thread === null) void this.#startThread();
    });
  }

  /** It sees again: what happened meanwhile was missed. */
  #see(): void {
    if (this.#blindSince === null) return;
    this.#blindMs += this.#options.clock.monotonic() - this.#blindSince;
    this.#blindSince = null;
    this.#options.onLost();
  }

  #hear(message: ChangeMessage): void {
    if (message.kind === 'marked') this.#refused = message.refused;
    if (message.kind === 'mounts-changed') this.#options.onMountsChanged();
    if (message.kind === 'lost') this.#options.onLost();
    if (message.kind !== 'events') return;
    Atomics.sub(this.#cells, CHANGE_CELLS.pending, 1);
    this.#eventCount += message.events.length;
    this.#onEvents(message.events);
  }
}
