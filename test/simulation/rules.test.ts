/* Every rule of synchronisation is needed: with it taken out of the engine, an invariant breaks. Rules
   that random worlds need too seldom have a told story each; of two that stand in for each other, each
   is tried without the other. */
import { expect, test } from 'vitest';
import { live } from './sync/crowd.ts';
import { mutants, toldMutants } from './sync/mutants.ts';
import { taleNames } from './sync/tales.ts';

/** Ways in which a story is told, and random worlds in which a missing rule has to show itself. */
const TELLINGS = 20;
const WORLDS_MAX = 150;

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

test.each(taleNames)(
  'as it is, the engine comes well through: %s',
  async (tale) => {
    const { findings, lived } = await live({ seeds: seedsFrom(1, TELLINGS), tale });
    expect(findings).toEqual([]);
    expect(lived).toBe(TELLINGS);
  },
  60_000,
);

test.each(toldMutants)(
  '$name: $tale',
  async ({ mutations, noticedBy, tale }) => {
    const { findings } = await live({ seeds: seedsFrom(1, TELLINGS), tale, mutations });
    const invariants = new Set(findings.map(({ invariant }) => invariant));
    if (noticedBy === null) expect([...invariants]).toEqual([]);
    else expect(invariants).toContain(noticedBy);
  },
  120_000,
);

test.each(mutants)(
  '$name: $noticedBy',
  async ({ mutations, noticedBy, torment, liar }) => {
    const seeds = seedsFrom(1, WORLDS_MAX);
    const { findings } = await live({
      seeds,
      mutations,
      until: noticedBy,
      ...(torment && { torment }),
      ...(liar !== undefined && { liar }),
    });
    expect(findings.map(({ invariant }) => invariant)).toContain(noticedBy);
  },
  240_000,
);
