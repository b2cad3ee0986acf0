import { Worker } from 'node:worker_threads';
import type { Clock } from '@wardgrid/base';
import { ScanError } from '../errors.ts';
import type { SweepAnswer, SweepCounts, SweepEvents, SweepPlan } from './plan.ts';

/** Where the worker and its owner keep the stop flag and the counts in shared memory. */
export const sharedCells = { stop: 0, done: 1, open: 2, closed: 3, filtered: 4 } as const;

/** What the worker is started with. */
export interface WorkerOrder {
  readonly plan: SweepPlan;
  readonly shared: Int32Array;
}

/** What the worker tells. */
export type WorkerMessage =
  | { readonly kind: 'begun' }
  | { readonly kind: 'answers'; readonly answers: readonly SweepAnswer[] }
  | { readonly kind: 'done'; readonly counts: SweepCounts }
  | { readonly kind: 'failed'; readonly reason: string };

/** How often the counts in shared memory are looked at: the progress reporter's own beat. */
const LOOK_MS = 250;

/** How a native sweep ended; `unavailable` means that nothing was sent and another way must be used. */
export type NativeEnd =
  | { readonly kind: 'done'; readonly counts: SweepCounts }
  | { readonly kind: 'unavailable' };

/** Runs the plan in a thread by system calls. @throws ScanError `scan-engine-failed` half-way. */
export function sweepNatively(
  plan: SweepPlan,
  control: { readonly signal: AbortSignal; readonly clock: Clock },
  events: SweepEvents,
): Promise<NativeEnd> {
  const shared = new Int32Array(new SharedArrayBuffer(4 * Object.keys(sharedCells).length));
  const order: WorkerOrder = { plan, shared };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: order,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  return new Promise((resolve, reject) => {
    let hasBegun = false;
    let cancelLook = control.clock.after(LOOK_MS, look);
    /* The worker is never terminated: only it can close the descriptors it opened. */
    const stop = (): number => Atomics.store(shared, sharedCells.stop, 1);
    if (control.signal.aborted) stop();
    control.signal.addEventListener('abort', stop, { once: true });

    function look(): void {
      events.onCounts(countsIn(shared));
      cancelLook = control.clock.after(LOOK_MS, look);
    }
    let end: NativeEnd | undefined;
    let failure: { readonly reason: string; readonly cause?: unknown } | undefined;
    worker.on('message', (message: WorkerMessage) => {
      if (message.kind === 'begun') hasBegun = true;
      else if (message.kind === 'answers') message.answers.forEach(events.onAnswer);
      else if (message.kind === 'failed') failure = { reason: message.reason };
      else end = { kind: 'done', counts: message.counts };
    });
    worker.on('error', (cause) => (failure = { reason: 'the worker failed', cause }));
    /* Only now are its descriptors closed; a process that ended before could fall over its calls. */
    worker.on('exit', () => {
      cancelLook();
      control.signal.removeEventListener('abort', stop);
      const { reason, cause } = failure ?? { reason: 'the worker ended early' };
      if (end) resolve(end);
      else if (!hasBegun) resolve({ kind: 'unavailable' });
      else reject(new ScanError('scan-engine-failed', `the sweep broke off: ${reason}`, { cause }));
    });
  });
}

function countsIn(shared: Int32Array): SweepCounts {
  return {
    done: shared[sharedCells.done] ?? 0,
    open: shared[sharedCells.open] ?? 0,
    closed: shared[sharedCells.closed] ?? 0,
    filtered: shared[sharedCells.filtered] ?? 0,
  };
}
