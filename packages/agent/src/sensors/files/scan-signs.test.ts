import { beforeEach, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import type { FileStatus } from '../../platform/linux/file-status.ts';
import { KernelClock } from '../../platform/linux/kernel-clock.ts';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { ScanSigns, ScanWatch } from './scan-signs.ts';
import {
  createSharedState,
  SCANNER_CELLS,
  SCANNER_INTS,
  type SharedState,
} from './shared-state.ts';

const clock = new KernelClock(systemCalls());
const fileOf = (device: bigint, inode: bigint) => ({ device, inode }) as FileStatus;

let state: SharedState;

beforeEach(() => void (state = createSharedState()));

/** The scanner has worked on something for so long. */
function worksSince(index: number, ms: number): void {
  const at = index * SCANNER_INTS + SCANNER_CELLS.sinceUs;
  Atomics.store(state.scanners, at, (clock.nowUs() - ms * 1_000) | 1);
}

test('a scanner is silent when it has worked without a sign for too long', () => {
  const [signs, watch] = [new ScanSigns(state, 0), new ScanWatch(state, clock)];
  expect(watch.isSilent(0)).toBe(false);
  signs.begin(0);
  worksSince(0, 100);
  expect(watch.isSilent(0)).toBe(false);
  worksSince(0, 400);
  expect(watch.isSilent(0)).toBe(true);
  signs.give(0);
  expect(watch.isSilent(0)).toBe(false);
});

test('a step that is expected to take long may, and one that somebody waited for may not', async () => {
  const [signs, watch] = [new ScanSigns(state, 0), new ScanWatch(state, clock)];
  signs.begin(0);
  signs.give(1_000);
  worksSince(0, 600);
  expect(watch.isSilent(0)).toBe(false);
  signs.begin(340);
  worksSince(0, 1);
  expect(watch.isSilent(0)).toBe(false);
  await systemClock.sleep(120);
  expect(watch.isSilent(0)).toBe(true);
});

test('a file that a relieved scanner has in hand is not begun with again until that ends', () => {
  const [stuck, other] = [new ScanSigns(state, 0), new ScanSigns(state, 1)];
  worksSince(0, 500);
  expect(stuck.enter(fileOf(1n, 2n))).toBe(true);
  expect(other.enter(fileOf(1n, 2n))).toBe(true);
  Atomics.store(state.scanners, SCANNER_CELLS.isRelieved, 1);
  expect(other.enter(fileOf(1n, 2n))).toBe(false);
  expect(other.enter(fileOf(1n, 3n))).toBe(true);
  Atomics.store(state.scanners, SCANNER_CELLS.sinceUs, 0);
  expect(other.enter(fileOf(1n, 2n))).toBe(true);
});
