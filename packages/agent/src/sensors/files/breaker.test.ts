import { expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { systemCalls } from '../../platform/linux/system-calls.ts';
import { KernelClock } from '../../platform/linux/kernel-clock.ts';
import { Breaker, SensorWatch, wakeBreaker } from './breaker.ts';
import { CELLS, createSharedState, type SharedState } from './shared-state.ts';

function createBreaker(state: SharedState) {
  const clock = createFakeClock();
  const counts = { looks: 0 };
  const breaker = new Breaker(state, clock.after, () => (counts.looks += 1));
  return { breaker, clock, counts };
}

/** A wait in shared memory ends in a turn of the loop of its own. */
const letWaitsEnd = (): Promise<void> => systemClock.sleep(20);

test('looks twenty times a second while there is work, and sleeps when there is none', async () => {
  const state = createSharedState();
  const { breaker, clock, counts } = createBreaker(state);
  Atomics.store(state.cells, CELLS.held, 1);
  breaker.start();
  await clock.advance(5_000);
  expect(counts.looks).toBe(100);
  Atomics.store(state.cells, CELLS.held, 0);
  await clock.advance(60_000);
  expect(counts.looks).toBe(140);
  expect(Atomics.load(state.cells, CELLS.breakerSleeps)).toBe(1);
  Atomics.store(state.cells, CELLS.sensorBusySince, 1);
  wakeBreaker(state.cells);
  await letWaitsEnd();
  await clock.advance(1_000);
  expect(counts.looks).toBe(160);
  breaker.stop();
  await clock.advance(1_000);
  expect(counts.looks).toBe(160);
});

test('a breaker that sleeps can be stopped and stays so', async () => {
  const state = createSharedState();
  const { breaker, clock, counts } = createBreaker(state);
  breaker.start();
  await clock.advance(10_000);
  breaker.stop();
  await letWaitsEnd();
  await clock.advance(1_000);
  expect(counts.looks).toBe(40);
});

test('a sensor that has work and does not go on is seen before half a second', async () => {
  const state = createSharedState();
  const watch = new SensorWatch(systemCalls(), state);
  const clock = new KernelClock(systemCalls());
  expect(watch.stalledMs()).toBe(0);
  await systemClock.sleep(400);
  /* It slept until now, and has not gone on yet. */
  Atomics.store(state.cells, CELLS.sensorBusySince, clock.nowUs() | 1);
  expect(watch.stalledMs()).toBe(0);
  await systemClock.sleep(400);
  expect(watch.stalledMs()).toBeGreaterThanOrEqual(350);
  Atomics.add(state.cells, CELLS.sensorBeat, 1);
  expect(watch.stalledMs()).toBe(0);
});
