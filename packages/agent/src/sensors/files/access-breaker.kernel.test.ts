/* Nobody stays held: whatever part of file protection hangs, falls or is flooded. */
import { writeFileSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { systemClock } from '@wardgrid/base/system';
import type { FileProtection, JudgedFile } from './index.ts';
import { EICAR } from './testing/eicar.ts';
import type { Ran } from './testing/file-lab.ts';
import { withSmallQueues } from './testing/small-queues.ts';
import { createProtectedLab, type ProtectedLab } from './testing/protected-lab.ts';

const threadOf = (name: string): URL => new URL(`./testing/${name}.ts`, import.meta.url);
/** The breaker's 500 ms, its beat, and what a busy machine takes to start programs. */
const RELEASED_MS_MAX = 2_000;
/** A scanner may be quiet for 350 ms; the breaker's beat, and a busy machine: less than a deadline of 2 s. */
const LET_GO_MS_MAX = 1_500;
const STRICT = { mode: 'strict' } as const;

let lab: ProtectedLab;

beforeAll(() => {
  lab = createProtectedLab();
});

afterEach(() => lab.reset());

afterAll(() => lab.close());

const slowest = (runs: readonly Ran[]): number => Math.max(...runs.map(({ tookMs }) => tookMs));

function say(what: string, ms: number): void {
  process.stdout.write(`  ${what}: ${Math.round(ms)} ms\n`);
}

/** Waits until EICAR is refused: the protection works again. */
async function recovered(): Promise<void> {
  writeFileSync(lab.at('again'), EICAR);
  const endMs = performance.now() + 8_000;
  while ((await lab.shell('cat $D/again')).code === 0) {
    if (performance.now() > endMs) throw new Error('never refused again');
    await systemClock.sleep(50);
  }
}

const healthOf = (protection: FileProtection) => protection.health()[0];

test.each(['hanging-sensor-worker', 'falling-sensor-worker'])(
  'everybody is let go when the sensor stops: %s; it is started again and says so',
  async (name) => {
    writeFileSync(lab.at('file'), 'clean');
    const protection = await lab.protect({
      policy: STRICT,
      more: { sensorThread: threadOf(name) },
    });
    const runs = await Promise.all([1, 2, 3, 4].map(() => lab.shell('cat $D/file')));
    expect(runs.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
    say(`slowest open with ${name}`, slowest(runs));
    expect(slowest(runs)).toBeLessThan(RELEASED_MS_MAX);
    await recovered();
    const health = healthOf(protection);
    expect(health).toMatchObject({ state: 'degraded' });
    expect(health?.blindMs).toBeGreaterThan(0);
    expect(health?.dropped).toBeGreaterThan(0);
    say('blind', health?.blindMs ?? 0);
  },
);

test('a file that a scanner hangs on is let go within half a second, as are those behind it', async () => {
  for (const name of ['hangs', 'other']) writeFileSync(lab.at(name), `${name} HANG`);
  writeFileSync(lab.at('fine'), 'clean');
  const protection = await lab.protect({ policy: STRICT, content: { hangsOn: 'HANG' } });
  const [hung, fine] = await Promise.all([lab.shell('cat $D/hangs'), lab.shell('cat $D/fine')]);
  expect([hung?.code, fine?.code]).toEqual([0, 0]);
  say('open that the scanner hung on', hung?.tookMs ?? 0);
  say('open behind it', fine?.tookMs ?? 0);
  expect(hung?.tookMs).toBeLessThan(LET_GO_MS_MAX);
  expect(fine?.tookMs).toBeLessThan(LET_GO_MS_MAX);
  /* While the first scanner still hangs, another works, and is not given the same file. */
  await recovered();
  const during = await lab.shell('cat $D/hangs');
  expect(during).toMatchObject({ code: 0 });
  expect(during.tookMs).toBeLessThan(LET_GO_MS_MAX);
  expect(healthOf(protection)).toMatchObject({ state: 'degraded' });
  /* Once it is given up, the file is known for it. */
  const { verdict } = await heardInTime(() => lab.shell('cat $D/hangs'));
  expect(verdict.reason).toBe('scanner-lost');
});

/** Opens a file again and again until it is told that a scanner was lost over it. */
async function heardInTime(open: () => Promise<unknown>): Promise<JudgedFile> {
  const endMs = performance.now() + 15_000;
  while (performance.now() < endMs) {
    await open();
    const file = lab.judged.find(({ verdict }) => verdict.reason === 'scanner-lost');
    if (file) return file;
    await systemClock.sleep(100);
  }
  throw new Error('the scanner was never given up');
}

test('what a slow scan finds counts although its file was let go: it is told, and refused from then on', async () => {
  writeFileSync(lab.at('evil'), EICAR);
  await lab.protect({ policy: STRICT, content: { delayMs: 1_200 } });
  const first = await lab.shell('cat $D/evil');
  say('open of a file that is scanned slowly', first.tookMs);
  expect(first.code).toBe(0);
  expect(first.tookMs).toBeLessThan(LET_GO_MS_MAX);
  const file = await lab.heard(({ reason }) => reason === 'malware');
  expect(file).toMatchObject({ wasBlocked: false, isDecisive: true, path: lab.at('evil') });
  const second = await lab.shell('cat $D/evil');
  expect(second.code).toBe(1);
});

test('a file that a scanner falls on is let go at once', async () => {
  writeFileSync(lab.at('falls'), 'FALL');
  await lab.protect({ policy: STRICT, content: { fallsOn: 'FALL' } });
  const fell = await lab.shell('cat $D/falls');
  say('open that the scanner fell on', fell.tookMs);
  expect(fell).toMatchObject({ code: 0 });
  expect(fell.tookMs).toBeLessThan(LET_GO_MS_MAX);
  await recovered();
});

test('a start of a program that cannot be judged in time is refused when the policy says so', async () => {
  writeFileSync(lab.at('hangs.sh'), '#!/bin/sh\n# HANG', { mode: 0o755 });
  const policy = { ...STRICT, denyOnTimeout: true };
  await lab.protect({ policy, content: { hangsOn: 'HANG' } });
  const run = await lab.shell('$D/hangs.sh');
  expect(run.code).toBe(126);
  say('refused start', run.tookMs);
  expect(run.tookMs).toBeLessThan(LET_GO_MS_MAX);
});

test('a flood of written files is scanned to the last, and nobody waits for it', async () => {
  const protection = await lab.protect({ content: { delayMs: 1 } });
  await lab.shell('cp /bin/true $D/true');
  const write = 'for i in $(seq 3000); do echo $i > $D/f$i; done';
  const last = `printf '%s' '${EICAR}' > $D/last`;
  const flood = lab.shell(`${write}; ${last}`);
  const starts = [await lab.shell('$D/true'), await lab.shell('$D/true')];
  say('slowest start while 3,000 files are written', slowest(starts));
  expect(slowest(starts)).toBeLessThan(RELEASED_MS_MAX);
  expect(await flood).toMatchObject({ code: 0 });
  await lab.heard(({ path }) => path === lab.at('last'));
  expect(healthOf(protection)).toMatchObject({ state: 'on', dropped: 0 });
});

test('an overflow of the kernel queue is counted and told', async () => {
  const protection = await withSmallQueues(64, () =>
    lab.protect({
      policy: { malwareAction: 'report' },
      more: { sensorThread: threadOf('late-sensor-worker'), isQueueBounded: true },
    }),
  );
  await lab.shell('cd $D; for i in $(seq 200); do : > f$i; done');
  const endMs = performance.now() + 8_000;
  while (healthOf(protection)?.state !== 'degraded' && performance.now() < endMs) {
    await systemClock.sleep(50);
  }
  const health = healthOf(protection);
  expect(health).toMatchObject({ state: 'degraded', reason: expect.stringContaining('overflow') });
  expect(health?.dropped).toBeGreaterThan(0);
});
