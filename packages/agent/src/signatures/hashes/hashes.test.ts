import { createHash } from 'node:crypto';
import { createSeededRandom } from '@wardgrid/base';
import { truncateSync } from 'node:fs';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createScanFolder, type ScanFolder } from '../testing/files.ts';
import { buildHashes } from '@wardgrid/detection/signatures';
import type { HashAlgorithm, HashEntry } from '@wardgrid/detection/signatures';
import { importHashes } from '@wardgrid/detection/signatures';
import { openHashes, type HashList } from './list.ts';

let folder: ScanFolder;
let open: HashList[] = [];
beforeEach(() => {
  folder = createScanFolder();
});
afterEach(() => {
  for (const list of open) list.close();
  open = [];
  folder.close();
});

function listOf(entries: readonly HashEntry[]): HashList {
  const list = openHashes(folder.write('list.hashes', buildHashes(entries)));
  open.push(list);
  return list;
}

const digestOf = (algorithm: HashAlgorithm, bytes: Uint8Array | string): string =>
  createHash(algorithm).update(bytes).digest('hex');

function find(list: HashList, text: string): string | undefined {
  const bytes = Buffer.from(text);
  const known = list.find(bytes, createHash('sha256').update(bytes).digest());
  return known && `${known.algorithm} ${known.name}`;
}

test('a compiled list knows what is in it and nothing else', () => {
  const { entries, issues } = importHashes({
    name: 'mixed.txt',
    text: [
      '# a comment',
      digestOf('sha256', 'plain'),
      `${digestOf('sha256', 'summed').toUpperCase()}  *evil.bin`,
      `${digestOf('sha256', 'csv')},Family.A`,
      `${digestOf('sha256', 'hsb')}:3:Hsb.Name:73`,
      `${digestOf('sha1', 'sha-one')}:7:Sha1.Name`,
      `${digestOf('md5', 'md-five')}:7:Md5.Name`,
      `${digestOf('md5', 'any size')}:*:Md5.Any:73`,
      `${digestOf('md5', 'wrong size')}:11:Md5.Wrong`,
      '',
    ].join('\n'),
  });
  const list = listOf(entries);

  expect(issues).toEqual([]);
  expect(find(list, 'plain')).toBe('sha256 mixed.txt');
  expect(find(list, 'summed')).toBe('sha256 evil.bin');
  expect(find(list, 'csv')).toBe('sha256 Family.A');
  expect(find(list, 'hsb')).toBe('sha256 Hsb.Name');
  expect(find(list, 'sha-one')).toBe('sha1 Sha1.Name');
  expect(find(list, 'md-five')).toBe('md5 Md5.Name');
  expect(find(list, 'any size')).toBe('md5 Md5.Any');
  expect(find(list, 'wrong size')).toBeUndefined();
  expect(find(list, 'something else')).toBeUndefined();
});

test('lines that are no digest are told with their number, the others are taken', () => {
  const { entries, issues } = importHashes({
    name: 'bad.hsb',
    text: `zz\n${digestOf('sha256', 'a')}\n${'0'.repeat(63)}\n${digestOf('md5', 'b')}:-1:X\n`,
  });
  expect(entries).toHaveLength(1);
  expect(issues.map(({ line, code }) => [line, code])).toEqual([
    [1, 'hash-line-unreadable'],
    [3, 'hash-line-unreadable'],
    [4, 'hash-line-unreadable'],
  ]);
});

test('a hostile name is made visible and cut', () => {
  const [entry] = importHashes({
    name: 'list',
    text: `${digestOf('sha256', 'a')},\u202Eexe.txt${'x'.repeat(1_000)}`,
  }).entries;
  expect(entry?.name.startsWith('\\u{202e}exe.txt')).toBe(true);
  expect(entry?.name.length).toBeLessThanOrEqual(200);
});

test('twenty thousand random digests are all found, and none of twenty thousand others', () => {
  const random = createSeededRandom(42);
  const fresh = (): Buffer => Buffer.from(random.bytes(32));
  const inside = Array.from({ length: 20_000 }, fresh);
  const list = listOf(
    inside.map((digest, index) => ({
      algorithm: 'sha256',
      digest: digest.toString('hex'),
      sizeBytes: null,
      name: `m${index % 97}`,
    })),
  );
  const found = inside.filter((digest) => list.findDigest(digest, 1) !== undefined);
  const others = Array.from({ length: 20_000 }, fresh);
  const strays = others.filter((digest) => list.findDigest(digest, 1) !== undefined);
  expect([found.length, strays.length]).toEqual([20_000, 0]);
  expect(list.findDigest(inside[98] ?? fresh(), 1)?.name).toBe('m1');
});

test('the same entries give the same bytes in any order, repeats once', () => {
  const { entries } = importHashes({
    name: 'l',
    text: [1, 2, 3, 2].map((one) => digestOf('sha256', `${one}`)).join('\n'),
  });
  const forward = Buffer.from(buildHashes(entries));
  expect(forward.equals(buildHashes(entries.toReversed()))).toBe(true);
  expect(listOf(entries).entryCount).toBe(3);
});

test('a file that is no list, or a list cut short, is refused', () => {
  const good = folder.write(
    'cut',
    buildHashes(importHashes({ name: 'l', text: digestOf('md5', 'a') }).entries),
  );
  truncateSync(good, 60);
  for (const path of [good, folder.write('text', 'x'.repeat(100)), folder.write('empty', '')]) {
    expect(() => openHashes(path)).toThrow(expect.objectContaining({ code: 'hashes-broken' }));
  }
});
