import { describe, expect, test } from 'vitest';
import { createFailover } from './failover.ts';

const TIMERS = { failoverAfterMs: 30_000, probeIntervalMs: 60_000, dwellMs: 120_000 };

/** A chain of a parent, a grandparent and the cloud. */
function open(count = 3) {
  return createFailover(count, TIMERS, 0);
}

/** Fails until the one in use is given up. */
function giveUp(failover: ReturnType<typeof open>, at: number): void {
  const { length } = failover.rungs;
  const before = failover.current();
  for (let turn = 0; turn < 3; turn += 1) failover.failed(at + turn, 'unreachable');
  expect(failover.current()).toBe((before + 1) % length);
}

describe('failover', () => {
  test('goes up the chain, the next one after three failures', () => {
    const failover = open();
    expect(failover.state()).toBe('connecting');
    failover.succeeded(0);
    expect(failover.state()).toBe('parent');
    giveUp(failover, 1_000);
    failover.succeeded(2_000);
    expect(failover.state()).toBe('ancestor');
    giveUp(failover, 3_000);
    failover.succeeded(4_000);
    expect(failover.state()).toBe('direct');
  });

  test('goes on after half a minute of silence, however few the failures', () => {
    const failover = open();
    failover.succeeded(0);
    failover.failed(29_000, 'unreachable');
    expect(failover.current()).toBe(0);
    failover.failed(30_001, 'unreachable');
    expect(failover.current()).toBe(1);
  });

  test('is cut off when nobody answers, begins again at the parent, and says since when', () => {
    const failover = open();
    failover.succeeded(0);
    for (const at of [1_000, 2_000, 3_000]) giveUp(failover, at);
    expect(failover.state()).toBe('cut-off');
    expect(failover.since()).toBe(3_002);
    expect(failover.current()).toBe(0);
    failover.succeeded(9_000);
    expect(failover.state()).toBe('parent');
    expect(failover.since()).toBe(9_000);
  });

  test('comes back to the parent once it has answered for two minutes', () => {
    const failover = open();
    failover.succeeded(0);
    giveUp(failover, 0);
    failover.succeeded(100);
    expect(failover.dueProbe(59_000)).toBeNull();
    expect(failover.dueProbe(60_002)).toBe(0);
    failover.probed(0, 60_002, null);
    expect(failover.current()).toBe(1);
    expect(failover.dueProbe(61_000)).toBeNull();
    failover.probed(0, 120_002, null);
    expect(failover.current()).toBe(1);
    failover.probed(0, 180_002, null);
    expect(failover.current()).toBe(0);
  });

  test('a parent that falls silent while it is watched begins its two minutes anew', () => {
    const failover = open();
    failover.succeeded(0);
    giveUp(failover, 0);
    failover.succeeded(100);
    failover.probed(0, 60_002, null);
    failover.probed(0, 120_002, 'unreachable');
    failover.probed(0, 180_002, null);
    expect(failover.current()).toBe(1);
    failover.probed(0, 300_002, null);
    expect(failover.current()).toBe(0);
  });

  test('asks a silent parent ever less often, a quarter of an hour at most', () => {
    const failover = open();
    failover.succeeded(0);
    giveUp(failover, 0);
    failover.succeeded(100);
    const waits: number[] = [];
    for (let at = 60_002, turn = 0; turn < 7; turn += 1) {
      failover.probed(0, at, 'unreachable');
      const next = failover.nextProbeAt() ?? at;
      waits.push((next - at) / 60_000);
      at = next;
    }
    expect(waits).toEqual([1, 2, 4, 8, 15, 15, 15]);
  });

  test('the only one above is the cloud: it is tried again and again', () => {
    const failover = open(1);
    failover.succeeded(0);
    giveUp(failover, 1_000);
    expect(failover.state()).toBe('cut-off');
    failover.succeeded(2_000);
    expect(failover.state()).toBe('parent');
  });
});
