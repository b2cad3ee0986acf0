/* Starts short programs at a steady rate until told to stop; a process of its own, so that the bench is
   not what it measures. Arguments: a word that marks them, how many a second, how many. */
import { spawnSync } from 'node:child_process';
import { systemClock } from '@wardgrid/base/system';

const [mark = 'mark', perSecond = '500', count = '1000'] = process.argv.slice(2);
const cell = new Int32Array(new SharedArrayBuffer(4));
const begunMs = systemClock.monotonic();
for (let index = 0; index < Number(count); index += 1) {
  const dueMs = begunMs + (index * 1_000) / Number(perSecond);
  const waitMs = dueMs - systemClock.monotonic();
  if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
  spawnSync('/bin/true', [mark, String(index)], { stdio: 'ignore' });
}
process.stdout.write(`${systemClock.monotonic() - begunMs}\n`);
