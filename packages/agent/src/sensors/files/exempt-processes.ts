import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { CELLS, EXEMPT_PIDS_MAX } from './shared-state.ts';

const POLLIN = 1;

/**
 * Processes that are never held, such as the guardian that watches over us. Each is pinned by a
 * descriptor, so that its number is taken off the list before another process can have it for long.
 */
export class ExemptProcesses {
  readonly #calls: SystemCalls;
  readonly #cells: Int32Array;
  readonly #pinned = new Map<number, number>();

  constructor(calls: SystemCalls, cells: Int32Array) {
    this.#calls = calls;
    this.#cells = cells;
  }

  /** False when the process is gone or there is no room. */
  add(pid: number): boolean {
    if (this.#pinned.has(pid)) return true;
    if (this.#pinned.size >= EXEMPT_PIDS_MAX) return false;
    const pidfd = this.#calls.pidfdOpen(pid);
    if (pidfd < 0) return false;
    this.#pinned.set(pid, pidfd);
    this.#publish();
    return true;
  }

  /** Takes those off the list that have ended. */
  forgetEnded(): void {
    if (this.#pinned.size === 0) return;
    const ended = [...this.#pinned].filter(([, pidfd]) => this.#hasEnded(pidfd));
    for (const [pid, pidfd] of ended) {
      this.#pinned.delete(pid);
      this.#calls.close(pidfd);
    }
    if (ended.length > 0) this.#publish();
  }

  #hasEnded(pidfd: number): boolean {
    const polled = Int32Array.of(pidfd, POLLIN);
    return this.#calls.poll(polled, 1, 0) > 0;
  }

  #publish(): void {
    const pids = [...this.#pinned.keys()];
    for (let index = 0; index < EXEMPT_PIDS_MAX; index += 1) {
      Atomics.store(this.#cells, CELLS.exempt + index, pids[index] ?? 0);
    }
  }
}
