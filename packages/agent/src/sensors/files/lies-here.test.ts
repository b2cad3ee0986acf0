import { copyFileSync, linkSync, mkdtempSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { liesHere, runsHere } from './lies-here.ts';

test('a path counts when it leads to the very file, not to one like it or by a link', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wardgrid-here-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const [file, copy, link, twin] = ['file', 'copy', 'link', 'twin'].map((name) =>
    join(folder, name),
  ) as [string, string, string, string];
  copyFileSync('/bin/true', file);
  copyFileSync('/bin/true', copy);
  symlinkSync(file, link);
  linkSync(file, twin);
  const { dev: device, ino: inode } = statSync(file, { bigint: true });
  const isHere = (path: string): boolean => liesHere(path, { device, inode });
  expect([file, twin, copy, link, join(folder, 'gone')].map(isHere)).toEqual([
    true,
    true,
    false,
    false,
    false,
  ]);
});

test('a process runs its own program and no other', () => {
  expect(runsHere(process.execPath, process.pid)).toBe(true);
  expect(runsHere('/bin/true', process.pid)).toBe(false);
  expect(runsHere(process.execPath, 2 ** 30)).toBe(false);
});
