/* The thread that reads the permission group: system calls on prepared memory, and nothing else. */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { assert } from '@wardgrid/base';
import { KernelClock } from '../../platform/linux/kernel-clock.ts';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import type { GlanceOrder } from './open-glance.ts';
import { PermissionReader, type ReaderOptions } from './permission-reader.ts';
import { wakeBreaker } from './breaker.ts';
import { CELLS, ORDER } from './shared-state.ts';

/** What the thread is started with. */
export interface SensorOrder extends ReaderOptions {
  /** An event descriptor that wakes the thread to look at its order. */
  readonly wakeFd: number;
}

/** What the thread tells. */
interface SensorMessage {
  readonly kind: 'ready';
}

const POLLIN = 1;
/** Where `poll` says that the second descriptor is readable. */
const BELL_RANG_AT = 14;
const WAIT_FOREVER_MS = -1;
/**
 * How long written files gather before they are taken: to be woken for each costs whoever unpacks an
 * archive more than all the rest. A program that is started meanwhile waits as long at most.
 */
const GATHER_MS = 0.25;
/** How soon descriptors of filesystems are given back after the last put off file was opened. */
const TIDY_MS = 500;

function work(order: SensorOrder): void {
  const port = parentPort;
  assert(port !== null, 'the file sensor runs as a worker thread');
  const calls = systemCalls();
  const { cells } = order.state;
  const reader = new PermissionReader(calls, order, () => {
    const message: unknown = receiveMessageOnPort(port)?.message;
    return (message as GlanceOrder | undefined) ?? null;
  });
  const clock = new KernelClock(calls);
  const polled = Buffer.alloc(16);
  for (const [index, fd] of [order.group, order.wakeFd].entries()) {
    polled.writeInt32LE(fd, index * 8);
    polled.writeInt16LE(POLLIN, index * 8 + 4);
  }
  /* The bell is silenced once it was heard, or no wait would be one any more. */
  const rung = new BigUint64Array(1);
  const ready: SensorMessage = { kind: 'ready' };
  port.postMessage(ready);
  for (;;) {
    Atomics.store(cells, CELLS.sensorBusySince, 0);
    calls.poll(polled, 2, reader.tidy() ? TIDY_MS : WAIT_FOREVER_MS);
    if (polled.readInt16LE(BELL_RANG_AT) !== 0) calls.read(order.wakeFd, rung, rung.byteLength);
    Atomics.store(cells, CELLS.sensorBusySince, clock.nowUs() | 1);
    wakeBreaker(cells);
    do {
      if (Atomics.load(cells, CELLS.sensorOrder) === ORDER.end) return;
    } while (reader.drain());
    if (reader.takeIsCalm()) Atomics.wait(cells, CELLS.sensorOrder, ORDER.work, GATHER_MS);
  }
}

work(workerData);
