/* The thread that compiles: thousands of rules take seconds, in which exchanges must not wait. */
import { parentPort, workerData } from 'node:worker_threads';
import { assert, messageOf } from '@wardgrid/base';
import { compileSources } from './compile.ts';
import type { CompileAnswer, CompileOrder } from './compiler.ts';

const port = parentPort;
assert(port !== null, 'rules are compiled in a worker thread');

function work({ format, files }: CompileOrder): CompileAnswer {
  try {
    return { kind: 'done', compiled: compileSources(format, files) };
  } catch (error) {
    return { kind: 'failed', reason: messageOf(error) };
  }
}

port.postMessage(work(workerData as CompileOrder));
