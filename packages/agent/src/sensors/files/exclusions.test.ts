import { expect, test } from 'vitest';
import type { Exclusion } from '@wardgrid/wire';
import { createExclusions, liesIn } from './exclusions.ts';

const NOW = 1_000;

function exclusion(kind: Exclusion['kind'], value: string, expiresAt: number | null = null) {
  const id = '0190a0e2-0000-7000-8000-000000000000';
  return { id, kind, value, reason: 'a test', expiresAt } as const;
}

test.each([
  ['/srv/data/*', '/srv/data/file', true],
  ['/srv/data/*', '/srv/data/folder/file', false],
  ['/srv/data/**', '/srv/data/folder/file', true],
  ['/srv/**/cache/*.bin', '/srv/a/b/cache/x.bin', true],
  ['/srv/**/cache/*.bin', '/srv/cache/x.bin', true],
  ['/srv/**/cache/*.bin', '/srv/a/cache/x.bin2', false],
  ['/srv/exact', '/srv/exact', true],
  ['/srv/exact', '/srv/exactly', false],
  ['**', '/anything/at/all', true],
  ['/srv/a*b*c', '/srv/aXbYbZc', true],
])('%s and %s: %s', (pattern, path, isExcluded) => {
  const { isPathExcluded } = createExclusions([exclusion('path', pattern)]);
  expect(isPathExcluded(path, NOW)).toBe(isExcluded);
});

test('an exclusion ends when it expires, and each kind is for itself', () => {
  const sha256 = 'ab'.repeat(32);
  const exclusions = createExclusions([
    exclusion('process', '/usr/bin/backup', NOW + 1),
    exclusion('hash', sha256.toUpperCase(), NOW + 1),
  ]);
  expect(exclusions.isProcessExcluded('/usr/bin/backup', NOW)).toBe(true);
  expect(exclusions.isProcessExcluded('/usr/bin/backup', NOW + 1)).toBe(false);
  expect(exclusions.isHashExcluded(sha256, NOW)).toBe(true);
  expect(exclusions.isHashExcluded(sha256, NOW + 1)).toBe(false);
  expect(exclusions.isPathExcluded('/usr/bin/backup', NOW)).toBe(false);
  expect([exclusions.hasPaths, exclusions.hasProcesses]).toEqual([false, true]);
});

test('a pattern full of stars cannot slow the device down', () => {
  const pattern = `/${'*a'.repeat(1_000)}b`;
  const { isPathExcluded } = createExclusions([exclusion('path', pattern)]);
  const startMs = performance.now();
  expect(isPathExcluded(`/${'a'.repeat(4_000)}`, NOW)).toBe(false);
  expect(performance.now() - startMs).toBeLessThan(1_000);
});

test('a folder holds what lies in it and not its neighbours', () => {
  expect(liesIn('/srv', '/srv/a')).toBe(true);
  expect(liesIn('/srv/', '/srv/a')).toBe(true);
  expect(liesIn('/', '/srv')).toBe(true);
  expect(liesIn('/srv', '/srvother')).toBe(false);
});
