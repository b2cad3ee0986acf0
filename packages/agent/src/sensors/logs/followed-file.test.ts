import {
  appendFileSync,
  copyFileSync,
  mkdtempSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { followFile, type FilePosition } from './followed-file.ts';

const ALL = 1024 * 1024;

function begin(content: string | null, start: FilePosition | null = null) {
  const folder = mkdtempSync(join(tmpdir(), 'wardgrid-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const path = join(folder, 'auth.log');
  if (content !== null) writeFileSync(path, content);
  return { path, ...follow(path, start) };
}

function follow(path: string, start: FilePosition | null) {
  let text = '';
  const file = followFile(path, start, {
    onBytes: (bytes) => (text += bytes.toString('utf8')),
    onGap: () => (text += '|'),
  });
  onTestFinished(() => file.close());
  return {
    file,
    read: (bytesMax = ALL): string => {
      text = '';
      file.readNew(bytesMax);
      return text;
    },
  };
}

test('what was there before is not told, what comes is', () => {
  const { path, read } = begin('old\n');
  expect(read()).toBe('');
  appendFileSync(path, 'new\n');
  expect(read()).toBe('new\n');
  expect(read()).toBe('');
});

test('a rotated file is read to its end, then the one that took its name', () => {
  const { path, read } = begin('');
  appendFileSync(path, 'one\n');
  renameSync(path, `${path}.1`);
  appendFileSync(`${path}.1`, 'two\n');
  writeFileSync(path, 'three\n');
  expect(read()).toBe('one\ntwo\n|three\n');
  appendFileSync(path, 'four\n');
  expect(read()).toBe('four\n');
});

test('a file that is copied and truncated goes on from its beginning', () => {
  const { path, read } = begin('');
  appendFileSync(path, 'a long line\n');
  expect(read()).toBe('a long line\n');
  copyFileSync(path, `${path}.1`);
  truncateSync(path);
  appendFileSync(path, 'b\n');
  expect(read()).toBe('|b\n');
});

test('a file that appears later is read whole, one that goes away is no harm', () => {
  const { path, read } = begin(null);
  expect(read()).toBe('');
  writeFileSync(path, 'first\n');
  expect(read()).toBe('|first\n');
  unlinkSync(path);
  expect(read()).toBe('');
  writeFileSync(path, 'second\n');
  expect(read()).toBe('|second\n');
});

test('a restart goes on where it stood, also in the file that was rotated meanwhile', () => {
  const { path, file, read } = begin('old\n');
  read();
  const position = file.position();
  appendFileSync(path, 'missed\n');
  expect(follow(path, position).read()).toBe('missed\n');
  renameSync(path, `${path}.1`);
  writeFileSync(path, 'new\n');
  expect(follow(path, position).read()).toBe('missed\n|new\n');
  unlinkSync(`${path}.1`);
  expect(follow(path, position).read()).toBe('new\n');
});

test('much is read a piece at a time', () => {
  const { path, file, read } = begin('');
  appendFileSync(path, 'x'.repeat(300_000));
  expect(read(100_000)).toHaveLength(100_000);
  expect(file.readNew(100_000)).toBe(true);
  expect(read()).toHaveLength(100_000);
});

test('a link in the place of a log is not followed', () => {
  const { path, read } = begin(null);
  writeFileSync(`${path}.secret`, 'secret');
  symlinkSync(`${path}.secret`, path);
  expect(read()).toBe('');
});
