import fc from 'fast-check';
import { expect, test } from 'vitest';
import { planLeases, type Network } from './plan.ts';

const networks = fc
  .array(
    fc.record({
      isRevoked: fc.boolean(),
      used: fc.nat(200),
      leased: fc.nat(200),
    }),
    { maxLength: 12 },
  )
  .map((all) => all.map((one, index): Network => ({ ...one, scope: `t.o${index}` })));

const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, one) => all + one, 0);

test('leases never grow beyond the licence', () => {
  fc.assert(
    fc.property(networks, fc.nat(2_000), fc.nat(300), (all, seats, usedElsewhere) => {
      const planned = sum(planLeases(all, { seats, usedElsewhere }).values());
      // What is leased already may be too much: then nothing is added.
      const leased = sum(all.map((one) => one.leased));
      expect(planned).toBeLessThanOrEqual(Math.max(leased, seats - usedElsewhere));
    }),
  );
});

test('a living controller keeps what it may have given away, a revoked one gets nothing more', () => {
  fc.assert(
    fc.property(networks, fc.nat(2_000), (all, seats) => {
      const planned = planLeases(all, { seats, usedElsewhere: 0 });
      for (const one of all) {
        const lease = planned.get(one.scope) ?? -1;
        if (one.isRevoked) expect(lease).toBe(Math.min(one.used, one.leased));
        else expect(lease).toBeGreaterThanOrEqual(one.leased);
      }
    }),
  );
});

test('devices that are there come before seats for those to come', () => {
  const planned = planLeases(
    [
      { scope: 't.a', isRevoked: false, used: 1, leased: 0 },
      { scope: 't.b', isRevoked: false, used: 6, leased: 0 },
    ],
    { seats: 8, usedElsewhere: 0 },
  );
  expect([...planned.values()]).toEqual([2, 6]);
});

test('planned again with nothing new, leases stay as they are', () => {
  fc.assert(
    fc.property(networks, fc.nat(2_000), (all, seats) => {
      const given = { seats, usedElsewhere: 0 };
      const first = planLeases(all, given);
      const next = all.map((one) => ({ ...one, leased: first.get(one.scope) ?? 0 }));
      expect(planLeases(next, given)).toEqual(first);
    }),
  );
});

test('an empty network gets a few seats ahead, while there are any', () => {
  const fresh = (scope: string): Network => ({ scope, isRevoked: false, used: 0, leased: 0 });
  const planned = planLeases([fresh('t.a'), fresh('t.b')], { seats: 8, usedElsewhere: 0 });
  expect([...planned.values()]).toEqual([5, 3]);
});
