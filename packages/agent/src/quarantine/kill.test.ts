import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, linkSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSite, portraitOf, type Site } from './testing.ts';

const CHILD_PATH = new URL('./testing-child.ts', import.meta.url).pathname;
/** Every call would be more kills than a test may take that runs with every change. */
const STRIDE = 3;

let site: Site;
beforeEach(() => void (site = createSite()));
afterEach(() => site.remove());

/** Runs the child, killed before the call `last`; how many calls it made when it was not. */
function runChild(action: 'seal' | 'restore', path: string, last: number): number | undefined {
  const words = ['--no-warnings', CHILD_PATH, action, path, site.store, String(last)];
  const { signal, stdout, stderr, status } = spawnSync(process.execPath, words, {
    encoding: 'utf8',
  });
  if (signal === 'SIGKILL') return undefined;
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  return Number(stdout);
}

function writeBad(): { readonly path: string; readonly before: Record<string, unknown> } {
  const path = site.write('bad', Buffer.alloc(1_100_000, 'evil'));
  chmodSync(path, 0o4755);
  return { path, before: portraitOf(path) };
}

test('killed while it seals, wherever: the file is where it was or sealed whole, then sealed', async () => {
  let kills = 0;
  for (let last = 1; ; last += STRIDE) {
    const { path, before } = writeBad();
    const isWhole = runChild('seal', path, last) !== undefined;
    if (!isWhole) kills += 1;
    const isThere = existsSync(path);
    if (isThere) expect(portraitOf(path)).toMatchObject({ sha256: before['sha256'] });
    const after = site.reopen();
    // Nothing was told of it before, or it was: either way it is known, or it is untouched.
    if (after.list().length === 0) expect(portraitOf(path)).toEqual(before);
    await after.recover();
    if (after.count() === 0) {
      expect(portraitOf(path)).toEqual(before);
    } else {
      expect(existsSync(path)).toBe(false);
      expect(readdirSync(site.files)).toEqual([]);
      await after.restore(after.list()[0]?.id ?? '', null);
      expect(portraitOf(path)).toEqual(before);
    }
    expect(readdirSync(site.files)).toEqual(['bad']);
    expect(readdirSync(site.store)).toEqual(['store.key']);
    if (isWhole) break;
  }
  expect(kills).toBeGreaterThan(7);
}, 120_000);

test('killed while it restores, wherever: the file is back whole or still sealed', async () => {
  let kills = 0;
  for (let last = 1; ; last += STRIDE) {
    const { path, before } = writeBad();
    await site.reopen().recover();
    await site.seal(path);
    const isWhole = runChild('restore', path, last) !== undefined;
    if (!isWhole) kills += 1;
    const after = site.reopen();
    await after.recover();
    if (after.count() === 1) {
      expect(readdirSync(site.files)).toEqual([]);
      await after.restore(after.list()[0]?.id ?? '', null);
    }
    expect(portraitOf(path)).toEqual(before);
    expect(readdirSync(site.files)).toEqual(['bad']);
    expect(readdirSync(site.store).filter((name) => name !== 'store.key')).toEqual([]);
    if (isWhole) break;
    site.remove();
    site = createSite();
  }
  expect(kills).toBeGreaterThan(7);
}, 120_000);

test('killed while it restores a file of two names, wherever: both are whole or empty', async () => {
  let kills = 0;
  for (let last = 1; ; last += STRIDE) {
    const { path, before } = writeBad();
    const other = join(site.files, 'other');
    linkSync(path, other);
    await site.reopen().recover();
    await site.seal(path);
    const isWhole = runChild('restore', path, last) !== undefined;
    if (!isWhole) kills += 1;
    const after = site.reopen();
    await after.recover();
    if (after.count() === 1) {
      expect(readdirSync(site.files)).toEqual(['other']);
      expect(statSync(other).size).toBe(0);
      await after.restore(after.list()[0]?.id ?? '', null);
    }
    expect(portraitOf(path)).toEqual(before);
    expect(statSync(other).ino).toBe(statSync(path).ino);
    expect(readdirSync(site.files).toSorted()).toEqual(['bad', 'other']);
    if (isWhole) break;
    site.remove();
    site = createSite();
  }
  expect(kills).toBeGreaterThan(7);
}, 120_000);
