/* The thread that runs a native sweep: it blocks in system calls, which the agent's main thread must not. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, messageOf } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { runEngine } from './engine.ts';
import { sharedCells, type WorkerMessage, type WorkerOrder } from './native.ts';
import type { SweepAnswer, SweepCounts } from './plan.ts';

/** Answers told at once: a message a port would cost more than the scan. */
const ANSWERS_MAX = 64;

const port = parentPort;
assert(port !== null, 'the sweep worker runs as a worker thread');
const send = (message: WorkerMessage): void => port.postMessage(message);

async function work(order: WorkerOrder): Promise<void> {
  const { createNativeSockets } = await import('./native-sockets.ts');
  const sockets = createNativeSockets(order.plan.connectionsMax);
  let answers: SweepAnswer[] = [];
  const flush = (): void => {
    if (answers.length > 0) send({ kind: 'answers', answers });
    answers = [];
  };
  const publish = (counts: SweepCounts): void => {
    order.shared[sharedCells.done] = counts.done;
    order.shared[sharedCells.open] = counts.open;
    order.shared[sharedCells.closed] = counts.closed;
    order.shared[sharedCells.filtered] = counts.filtered;
    flush();
  };
  try {
    send({ kind: 'begun' });
    const counts = runEngine(order.plan, {
      sockets,
      nowMs: systemClock.monotonic,
      isStopped: () => Atomics.load(order.shared, sharedCells.stop) === 1,
      onAnswer: (answer) => {
        answers.push(answer);
        if (answers.length >= ANSWERS_MAX) flush();
      },
      onCounts: publish,
    });
    publish(counts);
    send({ kind: 'done', counts });
  } finally {
    sockets.close();
  }
}

try {
  await work(workerData);
} catch (thrown) {
  send({ kind: 'failed', reason: messageOf(thrown) });
}
