import {
  closeSync,
  fstatSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFakeClock, silentLog } from '@wardgrid/base';
import { createDeniedPrograms, type DeniedPrograms } from './denied-programs.ts';

let folder: string;
let denied: bigint[] = [];
let programs: DeniedPrograms;
const clock = createFakeClock();

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'wardgrid-denied-'));
  denied = [];
  const deny = (files: readonly { readonly inode: bigint }[]): void =>
    void (denied = files.map(({ inode }) => inode));
  programs = createDeniedPrograms({ clock, log: silentLog, deny });
});

afterEach(() => {
  programs.clear();
  rmSync(folder, { recursive: true });
});

/** Works with a new file, open for reading. */
function withFile(name: string, work: (fd: number) => void): bigint {
  writeFileSync(join(folder, name), name);
  const fd = openSync(join(folder, name), 'r');
  try {
    work(fd);
    return fstatSync(fd, { bigint: true }).ino;
  } finally {
    closeSync(fd);
  }
}

const deny = (fd: number): void => programs.deny(fd);

test('a file is denied once, until it is allowed or everything is', () => {
  const first = withFile('first', (fd) => [fd, fd].forEach(deny));
  const second = withFile('second', deny);
  expect(denied).toEqual([first, second]);
  withFile('first', (fd) => programs.allow(fd));
  expect(denied).toEqual([second]);
  programs.clear();
  expect(denied).toEqual([]);
});

test('no other file gets the number of one that is denied', () => {
  const gone = withFile('gone', deny);
  unlinkSync(join(folder, 'gone'));
  const others = Array.from({ length: 50 }, (_, count) => withFile(`${count}`, () => undefined));
  expect(others).not.toContain(gone);
  programs.tidy();
  expect(denied).toEqual([]);
});

test('what stays is denied for a while only, and a flood pushes the oldest out', async () => {
  const inodes = Array.from({ length: 70 }, (_, count) => withFile(`${count}`, deny));
  expect(denied).toEqual(inodes.slice(6));
  const open = readdirSync('/proc/self/fd').length;
  await clock.advance(599_000);
  programs.tidy();
  expect(denied).toHaveLength(64);
  await clock.advance(1_000);
  programs.tidy();
  expect(denied).toEqual([]);
  expect(open - readdirSync('/proc/self/fd').length).toBe(64);
});
