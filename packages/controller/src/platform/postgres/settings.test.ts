import { mkdtemp, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createLogFile } from './log-file.ts';
import { formatSettings, writeConfiguration } from './settings.ts';

test('settings are quoted so that no value can end its line or its string', () => {
  expect(formatSettings({ jit: false, port: 5432, name: "it's \\ here" })).toBe(
    "jit = off\nport = 5432\nname = 'it''s \\\\ here'\n",
  );
});

test('only the process’s own user may connect, and only as the two users of ours', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wardgrid-settings-'));
  const files = await writeConfiguration({
    dir,
    socketDir: join(dir, 'run'),
    port: 5432,
    mark: 'wardgrid-mark',
    clientName: 'some "one"',
    settings: { fsync: false, listen_addresses: '' },
  });
  expect(await readFile(files.access, 'utf8')).toBe('local all all peer map=controller\n');
  expect(await readFile(files.users, 'utf8')).toBe(
    'controller "some ""one""" postgres\ncontroller "some ""one""" wardgrid\n',
  );
  const settings = await readFile(files.settings, 'utf8');
  expect(settings).toContain("listen_addresses = ''\n");
  expect(settings).toContain('fsync = off\n');
  await rm(dir, { recursive: true });
});

test('the log keeps its last lines and never grows beyond two files of its bound', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'wardgrid-log-'));
  const path = join(dir, 'postgres.log');
  const log = createLogFile(path, 1_000);
  for (let line = 0; line < 100; line += 1) log.write(`line number ${line} of many\n`);
  expect((await stat(path)).size).toBeLessThanOrEqual(1_000);
  expect((await stat(`${path}.1`)).size).toBeLessThanOrEqual(1_000);
  expect(log.lastLines()).toHaveLength(20);
  expect(log.lastLines().at(-1)).toBe('line number 99 of many');
  // A log opened again goes on counting where the file stands.
  createLogFile(path, 1_000).write(`${'x'.repeat(900)}\n`);
  expect((await stat(path)).size).toBeLessThanOrEqual(1_000);
  log.forget();
  expect(log.lastLines()).toEqual([]);
  await rm(dir, { recursive: true });
});
