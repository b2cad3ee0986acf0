import { spawn, type ChildProcess } from 'node:child_process';
import { afterEach, describe, expect, test } from 'vitest';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { until } from '../testing/test-agent.ts';
import { createProcessKiller } from './kill.ts';
import { isKernelThread, parseProcessStat } from '../platform/linux/process-files.ts';
import { nameOf, readProcess, readProcesses } from './process-list.ts';

const children: ChildProcess[] = [];
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
});

function start(script: string): ChildProcess {
  const child = spawn('/bin/sh', ['-c', script], { stdio: 'ignore' });
  children.push(child);
  return child;
}

const killer = createProcessKiller(systemClock);

function targetOf(pid: number | undefined) {
  const entry = present(readProcess(pid ?? 0), 'the process');
  return { pid: entry.pid, entityId: nameOf(entry) };
}

function childrenOf(pid: number | undefined): readonly number[] {
  return readProcesses()
    .filter(({ parentPid, state }) => parentPid === pid && state !== 'Z')
    .map((entry) => entry.pid);
}

describe('a process tree', () => {
  test('ends with everything that it started', async () => {
    const root = start('(sleep 60 & sleep 60 & wait) & sleep 60; true');
    const below = await until(() => {
      const first = childrenOf(root.pid);
      const second = first.flatMap(childrenOf);
      return first.length === 2 && second.length === 2 ? [...first, ...second] : undefined;
    });
    const outcome = await killer.killTree(targetOf(root.pid));
    expect(outcome).toMatchObject({ kind: 'killed', survivors: 0 });
    const gone = [root.pid ?? 0, ...below].map((pid) => readProcess(pid)?.state ?? 'gone');
    expect(gone.filter((state) => !['gone', 'Z', 'X'].includes(state))).toEqual([]);
  });

  test('that grows all the time ends as well', async () => {
    const root = start('while true; do (sleep 5 & sleep 5 & wait) & sleep 0.005; done');
    await until(() => (childrenOf(root.pid).length > 10 ? true : undefined));
    const before = childrenOf(root.pid);
    expect(await killer.killTree(targetOf(root.pid))).toMatchObject({ survivors: 0 });
    expect(before.flatMap((pid) => childrenOf(pid))).toEqual([]);
  });

  test('is left alone when the pid belongs to another process now', async () => {
    const root = start('sleep 60; true');
    const { pid } = targetOf(root.pid);
    const { entityId } = targetOf(process.pid);
    const outcome = await killer.killTree({ pid, entityId });
    expect(outcome).toEqual({ kind: 'gone' });
    expect(readProcess(pid)?.state).not.toBe('Z');
  });
});

describe('what is never ended', () => {
  test.each([
    ['the first process', () => 1],
    ['the agent', () => process.pid],
    ['what the agent was started by', () => process.ppid],
  ])('%s', async (_, pid) => {
    expect(await killer.killTree(targetOf(pid()))).toMatchObject({ kind: 'protected' });
  });

  test('the guardian', async () => {
    const guardian = start('sleep 60; true');
    const careful = createProcessKiller(systemClock, () => [guardian.pid ?? 0]);
    expect(await careful.killTree(targetOf(guardian.pid))).toMatchObject({ kind: 'protected' });
  });

  test('a thread of the kernel, known by its flags', () => {
    const flags = 0x0020_8040;
    const line = `2 (kthreadd) S 0 0 0 0 -1 ${flags} 0 0 0 0 0 0 0 0 20 0 1 0 7 0 0`;
    const stat = present(parseProcessStat(line), 'the line');
    expect(isKernelThread(stat)).toBe(true);
  });
});
