/** The storm: fifty blows of `kill -9` in a seeded order, and one disk that is full for a while. */
import { codeOf, type Random } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { compact } from './agent-audit.ts';
import { watchCommits, type CommitWatch } from './controller-audit.ts';
import type { Grid, Part } from './grid.ts';

/** What a blow hits: the database apart from its controller, or both at one moment. */
type Blow = Part | 'database' | 'both';

const BLOWS: Readonly<Record<Blow, number>> = { agent: 15, controller: 18, database: 8, both: 2 };
/** When the disk fills, counted in blows; for about how long; and the blows to the agent meanwhile. */
const DISK_FULL_AT = 25;
const DISK_FULL_MS = 12_000;
const DISK_FULL_BLOWS = 6;
/** Work between two blows. */
const CALM_MS_MAX = 1_200;
/** One blow in four comes while things are still starting. */
const EARLY_SHARE = 0.25;
/** Two blows in three fall right after a commit, before its reply is there or safe on the device. */
const AIMED_SHARE = 0.67;
const AIM_MS_MAX = 2_000;
/** Then the storm goes on: a part that needs longer is hit while it starts. */
const WAIT_MS = 8_000;
const DATABASE_CALM_MS = 400;
/** A database that is away for longer will not come back. */
const DATABASE_MS = 60_000;
const LOOK_MS = 20;

/** The line of a controller that serves. */
export const READY = /^ready: /;

/** How often each was hit. */
export type Hits = Record<Blow, number>;

/** Strikes until all blows are spent. */
export async function rage(grid: Grid, random: Random): Promise<Hits> {
  const commits = watchCommits(grid.socketDir);
  try {
    return await strikeAll(grid, commits, random);
  } finally {
    await commits.close();
  }
}

async function strikeAll(grid: Grid, commits: CommitWatch, random: Random): Promise<Hits> {
  const hits: Hits = { agent: 0, controller: 0, database: 0, both: 0 };
  const blows = shuffled(random);
  for (const [index, blow] of blows.entries()) {
    await systemClock.sleep(random.fraction() * CALM_MS_MAX);
    if (index === DISK_FULL_AT) hits.agent += await fillDisk(grid, random);
    if (random.fraction() < AIMED_SHARE) await commits.next(AIM_MS_MAX);
    await strike(grid, blow);
    hits[blow] += 1;
    if (random.fraction() >= EARLY_SHARE) await settled(grid, blow);
  }
  return hits;
}

async function strike(grid: Grid, blow: Blow): Promise<void> {
  if (blow === 'database' || blow === 'both') {
    await strikeDatabase(grid);
  }
  if (blow === 'database') return;
  const part = blow === 'both' ? 'controller' : blow;
  await grid.strike(part);
  grid.start(part);
}

/** Kills the server process, as soon as there is one. */
async function strikeDatabase(grid: Grid): Promise<void> {
  const untilMs = systemClock.monotonic() + DATABASE_MS;
  while (systemClock.monotonic() < untilMs) {
    const pid = grid.postmaster();
    if (pid !== undefined && isKilled(pid)) return;
    await systemClock.sleep(LOOK_MS);
  }
  throw new Error(`no database in ${DATABASE_MS} ms`);
}

/** False when it had just ended by itself. */
function isKilled(pid: number): boolean {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
    throw error;
  }
}

/** Waits until what was hit works again, but not for ever. */
async function settled(grid: Grid, blow: Blow): Promise<void> {
  if (blow === 'database') return systemClock.sleep(DATABASE_CALM_MS);
  const [part, pattern] =
    blow === 'agent'
      ? (['agent', /controller reached/] as const)
      : (['controller', READY] as const);
  await grid.waitFor(part, pattern, WAIT_MS).catch(() => undefined);
}

/**
 * No room at all on the agent's disk, and blows to the agent before and in it. Its database is made
 * small before: the room in it that was once used would do for minutes.
 */
async function fillDisk(grid: Grid, random: Random): Promise<number> {
  await grid.strike('agent');
  compact(grid.agentData);
  grid.start('agent');
  await settled(grid, 'agent');
  const free = grid.fillDisk();
  try {
    for (let blow = 0; blow < DISK_FULL_BLOWS; blow += 1) {
      await systemClock.sleep((DISK_FULL_MS / DISK_FULL_BLOWS) * (0.5 + random.fraction()));
      await grid.strike('agent');
      grid.start('agent');
    }
    return 1 + DISK_FULL_BLOWS;
  } finally {
    free();
  }
}

function shuffled(random: Random): Blow[] {
  const blows = Object.entries(BLOWS).flatMap(([blow, count]) =>
    Array.from({ length: count }, () => blow as Blow),
  );
  return blows
    .map((blow) => ({ blow, at: random.fraction() }))
    .toSorted((left, right) => left.at - right.at)
    .map(({ blow }) => blow);
}
