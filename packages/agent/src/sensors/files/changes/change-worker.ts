/* The thread that reads changes: it waits a little, so that many come at once, and tells them. */
import { closeSync, openSync } from 'node:fs';
import { parentPort, workerData } from 'node:worker_threads';
import { assert } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { systemCalls, type SystemCalls } from '../../../platform/linux/system-calls.ts';
import type { SensedEvent } from '../../../protect/parts.ts';
import { readFilesystems } from '../filesystems.ts';
import { markChanges, openChangeGroup } from './change-group.ts';
import {
  CHANGE_CELLS,
  PENDING_BATCHES_MAX,
  type ChangeMessage,
  type ChangeOrder,
} from './change-messages.ts';
import { isOverflow, readChanges } from './change-record.ts';
import { Describer } from './describe.ts';
import { Handles } from './handles.ts';

const POLLIN = 1;
/** A mount table that changed is told as an urgent event (proc_pid_mounts(5)). */
const POLLPRI = 2;
const WAIT_FOREVER_MS = -1;
/** Between the first event and the read: many events at once cost half as much each. */
const BATCH_MS = 10;
const READ_BYTES = 256 * 1_024;
/** Events told in one message. */
const EVENTS_PER_BATCH_MAX = 2_048;

const port = parentPort;
assert(port !== null, 'the change sensor runs as a worker thread');
const send = (message: ChangeMessage): void => port.postMessage(message);

class ChangeReader {
  readonly #calls: SystemCalls;
  readonly #order: ChangeOrder;
  readonly #group: number;
  readonly #handles: Handles;
  readonly #describer: Describer;
  readonly #bytes = Buffer.allocUnsafeSlow(READ_BYTES);
  #events: SensedEvent[] = [];

  constructor(calls: SystemCalls, order: ChangeOrder) {
    this.#calls = calls;
    this.#order = order;
    this.#group = openChangeGroup(calls, order.isQueueBounded);
    this.#handles = new Handles(calls);
    this.#describer = new Describer({
      calls,
      handles: this.#handles,
      canaries: new Set(order.canaries),
      now: systemClock.now,
    });
  }

  run(): void {
    const { cells, wakeFd } = this.#order;
    const mounts = openSync('/proc/self/mountinfo', 'r');
    const polled = pollList([
      [this.#group, POLLIN],
      [wakeFd, POLLIN],
      [mounts, POLLPRI],
    ]);
    this.#mark();
    send({ kind: 'ready' });
    while (Atomics.load(cells, CHANGE_CELLS.order) === 0) {
      this.#calls.poll(polled, 3, WAIT_FOREVER_MS);
      if (polled.readInt16LE(2 * 8 + 6) !== 0) this.#mountsChanged();
      Atomics.wait(cells, CHANGE_CELLS.order, 0, BATCH_MS);
      this.#drain();
    }
    this.#calls.close(this.#group);
    closeSync(mounts);
  }

  #mark(): void {
    const filesystems = readFilesystems(this.#order.mountPoints);
    this.#handles.setFilesystems(filesystems);
    const refused = markChanges(this.#calls, this.#group, filesystems);
    send({ kind: 'marked', refused });
  }

  #mountsChanged(): void {
    this.#mark();
    send({ kind: 'mounts-changed' });
  }

  #drain(): void {
    this.#describer.begin();
    for (;;) {
      const length = this.#calls.read(this.#group, this.#bytes, READ_BYTES);
      if (length <= 0) break;
      this.#take(this.#bytes.subarray(0, length));
    }
    this.#flush();
    this.#handles.closeMounts();
  }

  #take(bytes: Buffer): void {
    const { cells, ownPid } = this.#order;
    for (const record of readChanges(bytes)) {
      if (isOverflow(record)) {
        Atomics.add(cells, CHANGE_CELLS.overflows, 1);
        send({ kind: 'lost' });
      }
      if (record.pid === ownPid) continue;
      this.#events.push(...this.#describer.describe(record));
      if (this.#events.length >= EVENTS_PER_BATCH_MAX) this.#flush();
    }
  }

  /** Tells what there is; when nobody has heard the batches before, they are dropped and counted. */
  #flush(): void {
    const events = this.#events;
    if (events.length === 0) return;
    this.#events = [];
    const { cells } = this.#order;
    if (Atomics.load(cells, CHANGE_CELLS.pending) >= PENDING_BATCHES_MAX) {
      Atomics.add(cells, CHANGE_CELLS.dropped, events.length);
      send({ kind: 'lost' });
      return;
    }
    Atomics.add(cells, CHANGE_CELLS.pending, 1);
    send({ kind: 'events', events });
  }
}

function pollList(entries: readonly (readonly [fd: number, events: number])[]): Buffer {
  const polled = Buffer.alloc(entries.length * 8);
  for (const [index, [fd, events]] of entries.entries()) {
    polled.writeInt32LE(fd, index * 8);
    polled.writeInt16LE(events, index * 8 + 4);
  }
  return polled;
}

new ChangeReader(systemCalls(), workerData).run();
