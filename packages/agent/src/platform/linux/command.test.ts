import { systemClock } from '@wardgrid/base/system';
import { expect, test } from 'vitest';
import { createCommandRunner } from './command.ts';
import { NEVER } from './testdata/machine.ts';

const run = createCommandRunner(systemClock, { timeoutMs: 300, outputBytesMax: 1_000 });
const node = process.execPath;

test('a program is given its arguments as they are, and nothing of our environment', async () => {
  const script = 'process.stdout.write(process.argv[1] + Object.keys(process.env).sort())';
  const quick = createCommandRunner(systemClock);
  const output = await quick([node, '-e', script, '$(id); *'], NEVER);
  expect(output).toEqual({ text: '$(id); *LC_ALL,PATH,SYSTEMD_COLORS', isCut: false });
});

test('a program that is missing or fails gives null', async () => {
  expect(await run(['/nonexistent/program'], NEVER)).toBeNull();
  expect(await run(['/bin/false'], NEVER)).toBeNull();
});

test('a program that prints without end is stopped at the bound', async () => {
  const output = await run(['/usr/bin/yes'], NEVER);
  expect(output?.text).toHaveLength(1_000);
  expect(output?.isCut).toBe(true);
});

test('a program that hangs is stopped in time, even when its child holds the pipe', async () => {
  const startedAt = systemClock.monotonic();
  const output = await run(['/bin/sh', '-c', 'echo begun; sleep 3 & sleep 3'], NEVER);
  expect(output).toEqual({ text: 'begun\n', isCut: true });
  expect(systemClock.monotonic() - startedAt).toBeLessThan(2_000);
});

test('an aborted signal stops the program', async () => {
  const controller = new AbortController();
  const reason = new Error('enough');
  const cancel = systemClock.after(50, () => controller.abort(reason));
  const quick = createCommandRunner(systemClock);
  await expect(quick(['/bin/sleep', '3'], controller.signal)).rejects.toBe(reason);
  cancel();
});
