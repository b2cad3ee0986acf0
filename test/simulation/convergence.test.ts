/* The invariants of synchronisation under everything that can go wrong, by seeds: the same seed
   brings the same story. A seed that ever failed is kept. More of them: see CONTRIBUTING.md. */
import { expect, test } from 'vitest';
import { liveInCrowd, sumOf, type Report, type Task } from './sync/crowd.ts';
import { live } from './sync/life.ts';
import { LIARS, plantedFaults } from './sync/plants.ts';
import { CALM, type Story, type Torment } from './sync/story.ts';

/** Worlds of a usual run; a nightly one asks for more. */
const SEEDS_USUAL = 1_000;
const SEEDS = Number(process.env['WARDGRID_SEEDS'] ?? SEEDS_USUAL);
/** The first of them: a nightly run may be split. */
const FIRST_SEED = Number(process.env['WARDGRID_FIRST_SEED'] ?? 10_000);
/** What a thousand worlds may take on two busy cores. */
const PATIENCE_MS = 480_000 * Math.max(1, SEEDS / 1_000);
/** Seeds that a planted fault has to show itself in. */
const PLANT_SEEDS_MAX = 60;
/** Seeds that once failed: orphans of a moved controller, streams of a wiped one, relays of a restored. */
const KEPT_SEEDS = [
  96, 119, 123, 148, 1031, 1035, 1046, 1052, 1055, 1113, 2038, 2146,
  // A row that came without its values under an older tree.
  10_036,
  // A snapshot by a former parent, to whom its child's rows are none of its business any more.
  10_458,
  // A snapshot by a parent that was behind.
  127,
  // A page under a tree that its reader did not know of yet.
  10_015,
  // Of two disks the other was heard first by a cloud that came back from its backup.
  10_306,
  // What was made here was not shown while the history of such a cloud was read.
  10_010,
  // What waits for a number that nobody has was now shown to a controller and now not: that is no news.
  13_647,
];

const seedsFrom = (first: number, count: number): number[] =>
  Array.from({ length: count }, (_, index) => first + index);

/** Which seeds failed and how. */
function failuresOf({ findings }: Report): readonly string[] {
  return findings.map(({ seed, text }) => `seed ${seed}: ${text}`);
}

/** Lives through worlds of which none may fail. */
async function flawless(task: Task): Promise<Report> {
  const report = await liveInCrowd(task);
  expect(failuresOf(report)).toEqual([]);
  expect(report.lived).toBe(task.seeds.length);
  return report;
}

test('seeds that once failed', async () => {
  expect((await flawless({ seeds: KEPT_SEEDS })).story.decided).toBeGreaterThan(0);
}, 120_000);

test(
  'all controllers converge whatever happens on the way',
  async () => {
    const stories: Story[] = [];
    const failures: string[] = [];
    for (let lived = 0; lived < SEEDS; lived += SEEDS_USUAL) {
      const seeds = seedsFrom(FIRST_SEED + lived, Math.min(SEEDS_USUAL, SEEDS - lived));
      const report = await liveInCrowd({ seeds });
      stories.push(report.story);
      failures.push(...failuresOf(report));
      const told = { ...sumOf(stories), failures };
      process.stdout.write(`${lived + seeds.length} worlds: ${JSON.stringify(told)}\n`);
    }
    expect(failures).toEqual([]);
    // A fault that never happens would prove nothing.
    for (const [name, count] of Object.entries(sumOf(stories)))
      expect([name, count > 0]).toEqual([name, name !== 'doubts']);
  },
  PATIENCE_MS,
);

test.each([
  'noise',
  'restores',
  'wipes',
  'copies',
  'cloudRestores',
  'moves',
  'collection',
] as const)(
  'much of one fault: %s',
  async (kind) => {
    const torment: Torment = { ...CALM, cuts: 1, skew: 1, [kind]: 6 };
    const { story } = await flawless({ seeds: seedsFrom(50_000, 8), torment });
    expect(story.decided).toBeGreaterThan(0);
  },
  120_000,
);

test.each(LIARS)(
  'nobody believes a relay, and all converge past it: $name',
  async ({ name, isProved }) => {
    const { story, findings } = await liveInCrowd({ seeds: seedsFrom(1, 24), liar: name });
    expect(findings).toEqual([]);
    expect(story.doubts > 0).toBe(isProved !== true);
  },
  240_000,
);

test('the same seed brings the same story', () => {
  expect(live(77)).toEqual(live(77));
});

test.each(plantedFaults)(
  '$noticedBy notices: $name',
  async ({ name, noticedBy }) => {
    const seeds = seedsFrom(1, PLANT_SEEDS_MAX);
    const { findings } = await liveInCrowd({ seeds, plant: name, until: noticedBy });
    expect(findings.map(({ invariant }) => invariant)).toContain(noticedBy);
  },
  120_000,
);
