import { expect, test } from 'vitest';
import { createMachine } from '../../platform/linux/testdata/machine.ts';
import { createKnownProcesses } from './known.ts';
import { unreadExecFact } from './proc-facts.ts';
import type { ExecFact, ProcessKey } from './source.ts';

const key = (pid: number, startTicks: number | null = pid): ProcessKey => ({ pid, startTicks });

function started(pid: number, parent: number | null, executable = `/bin/p${pid}`): ExecFact {
  return {
    ...unreadExecFact(pid, 0),
    process: key(pid),
    parent: parent === null ? null : key(parent),
    executable,
    args: [executable, 'x'],
  };
}

function table(readFact: (pid: number) => ExecFact | null = () => null) {
  const rootPath = createMachine({ 'proc/sys/kernel/random/boot_id': 'boot\n' });
  return createKnownProcesses(rootPath, readFact);
}

test('a program has its parent and at most eight above it', () => {
  const known = table();
  known.started(started(1, null));
  for (let pid = 2; pid <= 20; pid += 1) {
    known.forked(key(pid), key(pid - 1));
    known.started(started(pid, pid - 1));
  }
  const { parent, ancestors } = known.started(started(20, 19));
  expect(parent).toMatchObject({ pid: 19, executable: '/bin/p19', commandLine: '/bin/p19 x' });
  expect(ancestors).toEqual([18, 17, 16, 15, 14, 13, 12, 11].map((pid) => `/bin/p${pid}`));
});

test('who forked a process stays its parent when it ends and another adopts the child', () => {
  const known = table();
  known.started(started(7, null));
  known.forked(key(8), key(7));
  known.ended(key(7));
  expect(known.started(started(8, 1)).parent?.pid).toBe(7);
});

test('a number that is used again is another process', () => {
  const known = table();
  const first = known.started(started(9, null)).brief.entityId;
  known.ended(key(9));
  expect(known.find(key(9, 1_000))).toBeUndefined();
  const second = known.started({ ...started(9, null), process: key(9, 1_000) }).brief.entityId;
  expect(second).not.toBe(first);
  expect(known.find(key(9, null))?.brief.entityId).toBe(second);
});

test('a start of which nothing was read is the process that was forked', () => {
  const known = table();
  known.started(started(5, null));
  const { entityId } = known.forked(key(6), key(5)).brief;
  const entry = known.started(unreadExecFact(6, 0));
  expect(entry.brief.entityId).toBe(entityId);
  expect(entry.parent?.pid).toBe(5);
});

test('a parent that was never told of is read, unless the number is of another by now', () => {
  const known = table((pid) => (pid === 3 ? started(3, null, '/bin/old') : null));
  expect(known.started(started(4, 3)).parent).toMatchObject({ executable: '/bin/old' });
  const other = { ...started(5, null), parent: key(3, 999) };
  expect(table(() => started(3, null)).started(other).parent).toMatchObject({
    pid: 3,
    executable: null,
  });
});

test('the table stays small whatever is started', () => {
  const known = table();
  for (let pid = 1; pid <= 20_000; pid += 1) {
    known.started({ ...started(pid, null), args: ['a'.repeat(9_000)] });
    if (pid % 3 === 0) known.ended(key(pid));
  }
  expect(known.find(key(1))).toBeUndefined();
  expect(known.find(key(20_000))?.brief.commandLine).toHaveLength(1_024);
});
