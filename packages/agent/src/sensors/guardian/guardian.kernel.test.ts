/* An agent that is stopped, stalled or killed holds nobody for long, and the next one knows of it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { EICAR } from '../files/testing/eicar.ts';
import { createFileLab, type FileLab } from '../files/testing/file-lab.ts';
import { takeLoss } from './last-loss.ts';

const PROGRAM = fileURLToPath(new URL('./testing/protected-agent.ts', import.meta.url));
const HEARD_MS_MAX = 15_000;
/** Two looks of 100 ms, the kill, and a busy machine. */
const STOPPED_MS_MAX = 3_000;
/** The limit of 1.5 s, two beats, and a busy machine. */
const STALLED_MS_MAX = 6_000;

interface Said {
  readonly guardian?: number;
  readonly isExempt?: boolean;
  readonly ready?: boolean;
  readonly loss?: { readonly reason: string } | null;
}

interface ProtectedAgent {
  readonly process: ChildProcess;
  readonly said: Said[];
  readonly guardians: () => number[];
}

const folder = mkdtempSync(join(tmpdir(), 'wardgrid-guardian-'));
const agents: ProtectedAgent[] = [];
let lab: FileLab;

beforeAll(() => {
  lab = createFileLab();
  writeFileSync(lab.at('file'), 'clean');
  writeFileSync(lab.at('evil'), EICAR);
});

afterEach(() => {
  for (const agent of agents.splice(0)) {
    agent.process.kill('SIGKILL');
    for (const pid of agent.guardians()) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  }
});

afterAll(() => {
  lab.close();
  rmSync(folder, { recursive: true });
});

function isAlive(pid: number): boolean {
  return existsSync(`/proc/${pid}`) && !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
}

async function until(isTrue: () => boolean, what: string): Promise<void> {
  const endMs = performance.now() + HEARD_MS_MAX;
  while (!isTrue()) {
    if (performance.now() > endMs) throw new Error(`never: ${what}`);
    await systemClock.sleep(20);
  }
}

async function startAgent(): Promise<ProtectedAgent> {
  const child = spawn(process.execPath, [PROGRAM, lab.mountPoint, folder]);
  const said: Said[] = [];
  const agent = {
    process: child,
    said,
    guardians: () => said.flatMap(({ guardian }) => guardian ?? []),
  };
  agents.push(agent);
  child.stdout.on('data', (bytes: Buffer) => {
    for (const line of bytes.toString().split('\n').filter(Boolean)) said.push(JSON.parse(line));
  });
  await until(() => said.some(({ ready }) => ready === true), 'ready');
  /* The guardian opens what it needs before it first looks. */
  await until(() => agent.guardians().some((pid) => hasOpened(pid, child)), 'the guardian looks');
  expect((await lab.shell('cat $D/evil')).code).toBe(1);
  return agent;
}

/** Whether a guardian has the heartbeat and its module loaded: it has made its process descriptor. */
function hasOpened(pid: number, agent: ChildProcess): boolean {
  try {
    return readFileSync(`/proc/${pid}/maps`, 'utf8').includes('wardgrid-heartbeat') && !!agent.pid;
  } catch {
    return false;
  }
}

test('an agent that is stopped by a signal is ended, and the next one is told', async () => {
  const agent = await startAgent();
  await systemClock.sleep(300);
  agent.process.kill('SIGSTOP');
  const open = await lab.shell('cat $D/evil');
  process.stdout.write(`  open while the agent is stopped: ${Math.round(open.tookMs)} ms\n`);
  expect(open.code).toBe(0);
  expect(open.tookMs).toBeLessThan(STOPPED_MS_MAX);
  await until(() => !agent.guardians().some(isAlive), 'the guardian ends');
  const next = await startAgent();
  expect(next.said.find(({ ready }) => ready)?.loss).toMatchObject({ reason: 'stopped' });
});

test('an agent whose main thread stands still is ended', async () => {
  const agent = await startAgent();
  const ended = once(agent.process, 'exit');
  const startMs = performance.now();
  agent.process.stdin?.write('stall');
  expect((await ended)[1]).toBe('SIGKILL');
  expect(performance.now() - startMs).toBeLessThan(STALLED_MS_MAX);
  await until(() => !agent.guardians().some(isAlive), 'the guardian ends');
  expect(takeLoss(folder)).toMatchObject({ reason: 'stalled' });
});

test('an agent that is killed lets everybody go at once, and that is told', async () => {
  const agent = await startAgent();
  agent.process.kill('SIGKILL');
  const open = await lab.shell('cat $D/evil');
  expect(open.tookMs).toBeLessThan(STOPPED_MS_MAX);
  await until(() => !agent.guardians().some(isAlive), 'the guardian ends');
  expect(takeLoss(folder)).toMatchObject({ reason: 'ended' });
});

test('a guardian that is killed or stopped is followed by another, and the agent goes on', async () => {
  const agent = await startAgent();
  const [first] = agent.guardians();
  process.kill(present(first, 'a guardian'), 'SIGKILL');
  await until(() => agent.guardians().length === 2, 'a second guardian');
  const [, second] = agent.guardians();
  process.kill(present(second, 'a guardian'), 'SIGSTOP');
  await until(() => agent.guardians().length === 3, 'a third guardian');
  expect(agent.said.every(({ guardian, isExempt }) => guardian === undefined || isExempt)).toBe(
    true,
  );
  expect(isAlive(present(agent.process.pid, 'an agent'))).toBe(true);
  expect((await lab.shell('cat $D/evil')).code).toBe(1);
});

test('an agent that is told to end takes its guardian along and leaves no word', async () => {
  const agent = await startAgent();
  const ended = once(agent.process, 'exit');
  agent.process.kill('SIGTERM');
  expect(await ended).toEqual([0, null]);
  await until(() => !agent.guardians().some(isAlive), 'the guardian ends');
  expect(takeLoss(folder)).toBeNull();
  expect((await lab.shell('cat $D/evil')).code).toBe(0);
});
