import { createSeededRandom } from '@wardgrid/base';
import { expect, test } from 'vitest';
import { runEngine } from './engine.ts';
import type { Attempt, Sockets } from './native-sockets.ts';
import type { SweepAnswer, SweepPlan } from './plan.ts';

/** How a fake network answers a connection: after how long, and what. */
type Answer = { readonly afterMs: number; readonly outcome: Attempt } | undefined;

interface World {
  nowMs: number;
  connectionsMost: number;
  sentCount: number;
}

/** Sockets over a network that lives in this process; its time passes only while the engine waits. */
function createFakeSockets(
  world: World,
  answerOf: (address: number, port: number) => Answer,
): Sockets {
  const live = new Map<number, { atMs: number; outcome: Attempt }>();
  let ready: number[] = [];
  return {
    begin(slot, address, port) {
      world.sentCount += 1;
      const answer = answerOf(address, port);
      live.set(slot, {
        atMs: answer ? world.nowMs + answer.afterMs : Number.POSITIVE_INFINITY,
        outcome: answer?.outcome ?? 'silent',
      });
      world.connectionsMost = Math.max(world.connectionsMost, live.size);
      return answer?.outcome === 'busy' ? 'busy' : 'pending';
    },
    check(slot) {
      const task = live.get(slot);
      if (!task || task.atMs > world.nowMs) return 'pending';
      live.delete(slot);
      return task.outcome;
    },
    wait(timeoutMs) {
      world.nowMs += Math.max(0.05, timeoutMs / 10);
      ready = [...live].filter(([, task]) => task.atMs <= world.nowMs).map(([slot]) => slot);
      return ready.length;
    },
    readySlot: (position) => ready[position] ?? 0,
    reset: (slot) => live.delete(slot),
    close: () => live.clear(),
  };
}

function run(given: Partial<SweepPlan>, answerOf: (address: number, port: number) => Answer) {
  const plan: SweepPlan = {
    mode: 'ports',
    hosts: Uint32Array.of(1, 2, 3),
    ports: Uint16Array.from({ length: 500 }, (_, index) => index + 1),
    connectionsMax: 64,
    packetsPerSecond: 1_000_000,
    ...given,
  };
  const world: World = { nowMs: 0, connectionsMost: 0, sentCount: 0 };
  const answers: SweepAnswer[] = [];
  const counts = runEngine(plan, {
    sockets: createFakeSockets(world, answerOf),
    nowMs: () => world.nowMs,
    isStopped: () => false,
    onAnswer: (answer) => answers.push(answer),
    onCounts: () => undefined,
  });
  return { counts, answers, world };
}

test('every port is tried once, counted by state, and only open ones are told', () => {
  const { counts, answers, world } = run({}, (address, port) =>
    port % 100 === address ? { afterMs: 1, outcome: 'open' } : { afterMs: 1, outcome: 'refused' },
  );
  expect(counts).toEqual({ done: 1500, open: 15, closed: 1485, filtered: 0 });
  expect(answers.every(({ host, port, isOpen }) => isOpen && port % 100 === host)).toBe(true);
  expect(world.sentCount).toBe(1500);
  expect(world.connectionsMost).toBeLessThanOrEqual(64);
});

test('silence is asked once more and then counted as filtered', () => {
  const { counts, world } = run({ ports: Uint16Array.of(1, 2) }, () => undefined);
  expect(counts).toEqual({ done: 6, open: 0, closed: 0, filtered: 6 });
  expect(world.sentCount).toBe(12);
});

test('a network that loses a tenth of the packets loses about a hundredth of the ports', () => {
  const random = createSeededRandom(7);
  const { counts } = run({}, () =>
    random.fraction() < 0.1 ? undefined : { afterMs: 5, outcome: 'open' },
  );
  expect(counts.open + counts.filtered).toBe(1500);
  expect(counts.filtered).toBeLessThan(45);
});

test('an answer slower than usual is waited for by the measured round trip', () => {
  const { counts } = run({}, (_, port) => ({ afterMs: 80 + (port % 20), outcome: 'open' }));
  expect(counts.open).toBe(1500);
});

test('our own shortage delays a connection and fails none', () => {
  let refusals = 40;
  const { counts } = run({}, () => {
    refusals -= 1;
    return refusals > 0 ? { afterMs: 0, outcome: 'busy' } : { afterMs: 1, outcome: 'refused' };
  });
  expect(counts.closed).toBe(1500);
});

test('no more packets than the rate are sent', () => {
  const { world } = run({ packetsPerSecond: 1000 }, () => ({ afterMs: 1, outcome: 'refused' }));
  expect(world.nowMs).toBeGreaterThanOrEqual(1480);
});

test('a search for life is done with a host at its first answer, and a refusal is one', () => {
  const { answers, world, counts } = run({ mode: 'life' }, (address) =>
    address === 3 ? undefined : { afterMs: 1, outcome: 'refused' },
  );
  expect(answers.map(({ host }) => host).toSorted()).toEqual([1, 2]);
  expect(world.sentCount).toBeLessThan(1500);
  expect(counts.done).toBe(1500);
});

test('unreachable is nobody’s sign of life', () => {
  const { answers } = run({ mode: 'life' }, () => ({ afterMs: 1, outcome: 'unreachable' }));
  expect(answers).toEqual([]);
});
