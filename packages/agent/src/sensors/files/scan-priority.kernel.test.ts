import { getPriority } from 'node:os';
import { expect, test } from 'vitest';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { ScanHaste, ScanPriority } from './scan-priority.ts';
import { createSharedState, SCANNER_CELLS, SCANNER_INTS } from './shared-state.ts';

const calls = systemCalls();
const niceOfThread = (): number => getPriority(calls.gettid());

test('a scanner runs low while nobody waits, and is raised by itself or by the sensor', () => {
  const state = createSharedState();
  const usual = niceOfThread();
  const priority = new ScanPriority(calls, state, 1);
  const haste = new ScanHaste(calls, state);
  expect(niceOfThread()).toBe(usual);
  priority.lower();
  priority.lower();
  expect([niceOfThread(), priority.isLow]).toEqual([usual + 10, true]);
  priority.raise();
  expect([niceOfThread(), priority.isLow]).toEqual([usual, false]);
  priority.lower();
  haste.raise();
  expect([niceOfThread(), priority.isLow]).toEqual([usual, false]);
  haste.raise();
  priority.raise();
  expect(niceOfThread()).toBe(usual);
});

test('who is not allowed to take a lowering back is never lowered', () => {
  const state = createSharedState();
  const usual = niceOfThread();
  const { pointer } = calls.setpriority;
  const refused = { ...calls, setpriority: Object.assign(() => -1, { pointer }) };
  const priority = new ScanPriority(refused, state, 0);
  priority.lower();
  expect([niceOfThread(), priority.isLow]).toEqual([usual, false]);
  expect(Atomics.load(state.scanners, SCANNER_CELLS.tid)).toBe(calls.gettid());
  expect(Atomics.load(state.scanners, SCANNER_INTS + SCANNER_CELLS.tid)).toBe(0);
});
