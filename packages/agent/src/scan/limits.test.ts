import { createFakeClock } from '@wardgrid/base';
import { expect, test } from 'vitest';
import { createStop, forEachBounded, napUnlessStopped } from './control.ts';
import {
  completeLimits,
  connectionBudget,
  defaultScanLimits,
  parseDescriptorLimit,
} from './limits.ts';
import { createPace } from './pace.ts';
import { createProgressReporter } from './progress.ts';
import type { ScanProgress } from './shapes.ts';

test('policy may lower limits and never raise them', () => {
  const limits = completeLimits({ hostsMax: 5, connectionsMax: 1e9, packetsPerSecond: -3 });
  expect(limits.hostsMax).toBe(5);
  expect(limits.connectionsMax).toBe(defaultScanLimits.connectionsMax);
  expect(limits.packetsPerSecond).toBe(1);
  expect(limits.deadlineMs).toBe(defaultScanLimits.deadlineMs);
});

test('the soft descriptor limit is read, and at most half of what is free is used', () => {
  const line = (soft: string): string =>
    `Limit  Soft Limit\nMax open files            ${soft}                 4096   files \n`;
  expect(parseDescriptorLimit(line('1024'))).toBe(1024);
  expect(parseDescriptorLimit(line('unlimited'))).toBe(Number.MAX_SAFE_INTEGER);
  expect(parseDescriptorLimit('nothing of the kind')).toBeUndefined();
  expect(connectionBudget(2048, 1024, 24)).toBe(500);
  expect(connectionBudget(100, 1024, 24)).toBe(100);
  expect(connectionBudget(2048, 64, 64)).toBe(4);
});

test('a pace gives no more than its rate after its burst', () => {
  const pace = createPace(1000, 0);
  let taken = 0;
  for (let nowMs = 0; nowMs <= 1000; nowMs += 1) taken += pace.take(50, nowMs);
  expect(taken).toBeLessThanOrEqual(1010);
  expect(taken).toBeGreaterThanOrEqual(1000);
});

test('progress is told at most four times a second, estimates the rest, and its last word is said', async () => {
  const clock = createFakeClock();
  const said: ScanProgress[] = [];
  const progress = createProgressReporter(clock, (each) => said.push(each));
  for (let done = 0; done <= 100; done += 1) {
    progress.report({ phase: 'ports', done, total: 100, found: 1 });
    await clock.advance(20);
  }
  progress.flush();
  expect(said.length).toBeLessThanOrEqual(10);
  expect(said.at(-1)?.done).toBe(100);
  expect(said.find(({ done }) => done > 40)?.etaMs).toBeGreaterThan(500);
  progress.flush();
  expect(said.filter(({ done }) => done === 100)).toHaveLength(1);
});

test('a stop fires at the deadline or by order, and says which', async () => {
  const clock = createFakeClock();
  const late = createStop(clock, new AbortController().signal, 1000);
  await clock.advance(1000);
  expect([late.signal.aborted, late.end()]).toEqual([true, 'deadline']);
  const controller = new AbortController();
  const told = createStop(clock, controller.signal, 1000);
  const nap = napUnlessStopped(clock, 10_000, told.signal);
  controller.abort();
  expect(await nap).toBe(false);
  expect(told.end()).toBe('cancelled');
});

test('bounded work never runs more than its workers at once and takes nothing new once stopped', async () => {
  const controller = new AbortController();
  let running = 0;
  let most = 0;
  let done = 0;
  const items = Array.from({ length: 100 }, (_, index) => index);
  await forEachBounded({ items, workersMax: 7, signal: controller.signal }, async () => {
    running += 1;
    most = Math.max(most, running);
    await Promise.resolve();
    running -= 1;
    done += 1;
    if (done === 50) controller.abort();
  });
  expect(most).toBe(7);
  expect(done).toBeGreaterThanOrEqual(50);
  expect(done).toBeLessThanOrEqual(57);
});
