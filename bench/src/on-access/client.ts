/*
 * Works with files as a program would, and says how long it took. It calls the kernel directly: what
 * Node does around an open would hide what is measured.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { AT_FDCWD, systemCalls } from '@wardgrid/agent/platform/linux/system-calls';
import { quantile } from '../figure.ts';
import type { ClientAnswer, ClientQuestion } from './workload.ts';

const READ_BYTES = 65_536;
const US_PER_MS = 1_000;
const calls = systemCalls();
const bytes = Buffer.alloc(READ_BYTES);

/** Opens, reads and closes files; the latencies are those of the open alone. */
function read(listFile: string): ClientAnswer {
  const paths = readFileSync(listFile, 'utf8').trim().split('\n');
  const names = paths.map((path) => Buffer.from(`${path}\0`));
  const opens = new Float64Array(names.length);
  const startMs = performance.now();
  let refusedCount = 0;
  for (const [index, name] of names.entries()) {
    const beforeMs = performance.now();
    const fd = calls.openat(AT_FDCWD, name, 0, 0);
    opens[index] = performance.now() - beforeMs;
    if (fd < 0) {
      refusedCount += 1;
      continue;
    }
    while (calls.read(fd, bytes, READ_BYTES) > 0);
    calls.close(fd);
  }
  const ms = performance.now() - startMs;
  const latencies = [...opens];
  return {
    ms,
    refusedCount,
    openP50Us: quantile(latencies, 0.5) * US_PER_MS,
    openP99Us: quantile(latencies, 0.99) * US_PER_MS,
  };
}

/** Runs a line of shell. */
function shell(line: string): ClientAnswer {
  const startMs = performance.now();
  const { status, stderr } = spawnSync('sh', ['-c', line], { encoding: 'utf8' });
  const ms = performance.now() - startMs;
  if (status !== 0) throw new Error(`'${line}' failed: ${stderr.slice(0, 1_000)}`);
  return { ms, refusedCount: 0, openP50Us: 0, openP99Us: 0 };
}

function answer(question: ClientQuestion): ClientAnswer {
  if (question.kind === 'read') return read(question.listFile);
  if (question.removeFolder !== undefined) {
    rmSync(question.removeFolder, { recursive: true, force: true });
  }
  return shell(question.line);
}

for await (const line of createInterface({ input: process.stdin })) {
  process.stdout.write(`${JSON.stringify(answer(JSON.parse(line) as ClientQuestion))}\n`);
}
