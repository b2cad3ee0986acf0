import { expect, test } from 'vitest';
import { inTurn } from './reload.ts';

test('a later read is never replaced by an earlier one that takes longer', async () => {
  let stored = 0;
  let shown = -1;
  const ends: (() => void)[] = [];
  const reload = inTurn(async () => {
    const read = stored;
    await new Promise<void>((resolve) => void ends.push(resolve));
    shown = read;
  });
  const first = reload();
  await Promise.resolve();
  stored = 1;
  const [second, third] = [reload(), reload()];
  expect(third).toBe(second);
  await Promise.resolve();
  expect(ends).toHaveLength(1);
  ends[0]?.();
  await first;
  expect(shown).toBe(0);
  await Promise.resolve();
  ends[1]?.();
  await second;
  expect([shown, ends.length]).toEqual([1, 2]);
});

test('a read that fails tells its callers and lets the next begin', async () => {
  let calls = 0;
  const reload = inTurn(() => {
    calls += 1;
    return calls === 1 ? Promise.reject(new Error('away')) : Promise.resolve();
  });
  const outcomes = await Promise.allSettled([reload(), Promise.resolve().then(() => reload())]);
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'fulfilled']);
});
