import { parentPort } from 'node:worker_threads';
import { assert } from '@wardgrid/base';

/** What every thread of file protection says once it works. */
export function sayReady(): void {
  const port = parentPort;
  assert(port !== null, 'this runs as a worker thread');
  port.postMessage({ kind: 'ready' });
}
