import { expect, test } from 'vitest';
import type { FileStatus } from '../../platform/linux/file-status.ts';
import type { FileVerdict } from '../../protect/parts.ts';
import { isSettled, stateOf, VerdictCache } from './verdict-cache.ts';

const CLEAN: FileVerdict = { kind: 'clean', hits: [], sha256: null, reason: null };
const NOW_MS = 1_700_000_000_000;

function statusAt(mtimeMs: number, ctimeMs: number): FileStatus {
  const ns = (ms: number): bigint => BigInt(Math.round(ms * 1_000)) * 1_000n;
  const identity = { device: 1n, inode: 2n, sizeBytes: 3 };
  return { ...identity, mtimeNs: ns(mtimeMs), ctimeNs: ns(ctimeMs) } as FileStatus;
}

test('a file that changed just now, or in the future, is not settled', () => {
  const past = NOW_MS - 100.001;
  expect(isSettled(statusAt(past, past), NOW_MS)).toBe(true);
  expect(isSettled(statusAt(past, NOW_MS - 5), NOW_MS)).toBe(false);
  expect(isSettled(statusAt(NOW_MS + 9_000, past), NOW_MS)).toBe(false);
});

test('times in whole seconds need seconds to settle', () => {
  const second = NOW_MS - 1_000;
  expect(isSettled(statusAt(second, second), NOW_MS)).toBe(false);
  expect(isSettled(statusAt(NOW_MS - 3_000, NOW_MS - 3_000), NOW_MS)).toBe(true);
});

test('another size, time or file is another state', () => {
  const states = [statusAt(1, 1), statusAt(2, 1), statusAt(1, 2)].map(stateOf);
  expect(new Set(states).size).toBe(3);
});

test('the longest unused verdict makes room', () => {
  const cache = new VerdictCache();
  for (let index = 0; index < 16_384; index += 1) cache.set(`file ${index}`, CLEAN);
  expect(cache.get('file 0')).toBe(CLEAN);
  cache.set('one more', CLEAN);
  expect(cache.get('file 1')).toBeUndefined();
  expect(cache.get('file 0')).toBe(CLEAN);
});
