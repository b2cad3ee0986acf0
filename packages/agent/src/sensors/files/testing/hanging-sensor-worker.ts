/* A sensor that takes its first events from the kernel and never goes on; started again, it works. */
import { workerData } from 'node:worker_threads';
import { KernelClock } from '../../../platform/linux/kernel-clock.ts';
import { systemCalls } from '../../../platform/linux/system-calls.ts';
import { wakeBreaker } from '../breaker.ts';
import { CELLS } from '../shared-state.ts';
import type { ReaderOptions } from '../permission-reader.ts';
import { sayReady } from './say-ready.ts';

const POLLIN = 1;

function hang({ state, group }: ReaderOptions): void {
  const { cells, events } = state;
  const calls = systemCalls();
  calls.poll(Int32Array.of(group, POLLIN), 1, -1);
  Atomics.store(cells, CELLS.sensorBusySince, new KernelClock(calls).nowUs() | 1);
  wakeBreaker(cells);
  Atomics.store(cells, CELLS.bufferOffset, 0);
  Atomics.store(cells, CELLS.bufferLength, calls.read(group, events, events.byteLength));
  Atomics.wait(cells, CELLS.sensorOrder, Atomics.load(cells, CELLS.sensorOrder));
}

const { cells } = (workerData as ReaderOptions).state;
if (Atomics.load(cells, CELLS.blind) > 0) await import('../sensor-worker.ts');
else {
  sayReady();
  hang(workerData);
}
