import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import type { FileStatus } from '../../platform/linux/file-status.ts';
import { DeniedFiles, type FileIdentity } from './denied-files.ts';
import { createSharedState, DENIED_FILES_MAX } from './shared-state.ts';

const fileOf = (inode: number): FileIdentity => ({
  device: 0xfd01n,
  inode: BigInt(inode),
  birthNs: 7n,
});

/** The part of a status that is looked at. */
function statusOf({ device, inode, birthNs }: FileIdentity): FileStatus {
  const copyIdentity = (into: BigInt64Array): void => into.set([device, inode, birthNs]);
  return { copyIdentity } as FileStatus;
}

function createDenied(): DeniedFiles {
  const state = createSharedState();
  return new DeniedFiles(state.denied, state.cells);
}

test('has what was added and not removed, in any order', () => {
  const steps = fc.array(fc.record({ isAdded: fc.boolean(), inode: fc.nat(40) }), {
    maxLength: 200,
  });
  fc.assert(
    fc.property(steps, (list) => {
      const denied = createDenied();
      const expected = new Set<number>();
      for (const { isAdded, inode } of list) {
        if (isAdded) denied.add(fileOf(inode));
        else denied.remove(fileOf(inode));
        if (isAdded) expected.add(inode);
        else expected.delete(inode);
      }
      for (let inode = 0; inode <= 40; inode += 1) {
        expect(denied.has(statusOf(fileOf(inode)))).toBe(expected.has(inode));
      }
      expect(denied.isEmpty).toBe(expected.size === 0);
    }),
    { numRuns: 50 },
  );
});

test('a later file with the same number is another file', () => {
  const denied = createDenied();
  denied.add(fileOf(5));
  expect(denied.has(statusOf({ ...fileOf(5), birthNs: 8n }))).toBe(false);
});

test('the oldest makes room when it is full', () => {
  const denied = createDenied();
  for (let inode = 0; inode <= DENIED_FILES_MAX; inode += 1) denied.add(fileOf(inode));
  expect(denied.has(statusOf(fileOf(0)))).toBe(false);
  for (let inode = 1; inode <= DENIED_FILES_MAX; inode += 1) {
    expect(denied.has(statusOf(fileOf(inode)))).toBe(true);
  }
});
