import { expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { createBatcher } from './batcher.ts';

function openBatcher(change: { sizeMax?: number; queueMax?: number; batchesMax?: number } = {}) {
  const clock = createFakeClock();
  const batches: (readonly string[])[] = [];
  let finish: (() => void)[] = [];
  const batcher = createBatcher<string, string>({
    clock,
    sizeMax: 3,
    waitMs: 5,
    batchesMax: 1,
    queueMax: 10,
    keyOf: (item) => item.slice(0, 1),
    async run(items) {
      batches.push(items);
      await new Promise<void>((resolve) => finish.push(resolve));
      if (items.some((item) => item.endsWith('!'))) throw new Error('broken');
      return items.map((item) => `${item} done`);
    },
    ...change,
  });
  const finishAll = async (): Promise<void> => {
    const pending = finish;
    finish = [];
    for (const resolve of pending) resolve();
    await clock.advance(5);
  };
  return { clock, batches, batcher, finishAll };
}

test('items share a batch when they come together, and each gets its verdict', async () => {
  const { clock, batches, batcher, finishAll } = openBatcher();
  const verdicts = Promise.all(['a', 'b'].map((item) => batcher.add(item)));
  await clock.advance(5);
  await finishAll();
  expect(await verdicts).toEqual(['a done', 'b done']);
  expect(batches).toEqual([['a', 'b']]);
});

test('a full batch does not wait, what comes meanwhile is the next', async () => {
  const { batches, batcher, finishAll } = openBatcher();
  const verdicts = Promise.all(['a', 'b', 'c', 'd'].map((item) => batcher.add(item)));
  expect(batches).toEqual([['a', 'b', 'c']]);
  await finishAll();
  await finishAll();
  expect(await verdicts).toHaveLength(4);
  expect(batches[1]).toEqual(['d']);
});

test('two items of one key are never under way together', async () => {
  const { clock, batches, batcher, finishAll } = openBatcher({ batchesMax: 2 });
  const verdicts = Promise.all(['a1', 'a2', 'b1'].map((item) => batcher.add(item)));
  await clock.advance(10);
  expect(batches).toEqual([['a1', 'b1']]);
  await finishAll();
  await finishAll();
  await verdicts;
  expect(batches[1]).toEqual(['a2']);
});

test('a failure is told to its batch, and the next batch runs', async () => {
  const { clock, batcher, finishAll } = openBatcher();
  const bad = batcher.add('a!');
  bad.catch(() => undefined);
  await clock.advance(5);
  const good = batcher.add('a');
  await finishAll();
  await finishAll();
  await expect(bad).rejects.toThrow('broken');
  expect(await good).toBe('a done');
});

test('who finds the queue full is sent away', async () => {
  const { batcher } = openBatcher({ queueMax: 2 });
  void batcher.add('a1');
  void batcher.add('a2');
  await expect(batcher.add('a3')).rejects.toMatchObject({ code: 'unavailable' });
});
