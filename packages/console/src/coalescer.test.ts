import { expect, test } from 'vitest';
import { createFakeClock } from '@wardgrid/base';
import { createCoalescer } from './coalescer.ts';

function setUp(keysMax = 100) {
  const clock = createFakeClock();
  const flushed: string[][] = [];
  const coalescer = createCoalescer({
    clock,
    intervalMs: 250,
    keysMax,
    flush: (keys) => flushed.push([...keys]),
  });
  return { clock, flushed, coalescer };
}

test('the first key goes at once, what follows goes together at the end of the interval', async () => {
  const { clock, flushed, coalescer } = setUp();
  coalescer.add('a');
  coalescer.add('b');
  coalescer.add('b');
  coalescer.add('c');
  expect(flushed).toEqual([['a']]);
  await clock.advance(250);
  expect(flushed).toEqual([['a'], ['b', 'c']]);
});

test('a storm of one key is handed over at most four times a second', async () => {
  const { clock, flushed, coalescer } = setUp();
  for (let step = 0; step < 1_000; step += 1) {
    coalescer.add('devices list');
    await clock.advance(1);
  }
  expect(flushed.length).toBeLessThanOrEqual(5);
});

test('after a quiet interval the next key goes at once again', async () => {
  const { clock, flushed, coalescer } = setUp();
  coalescer.add('a');
  await clock.advance(1_000);
  coalescer.add('b');
  expect(flushed).toEqual([['a'], ['b']]);
});

test('keys beyond the bound are not kept, and closing drops what waits', async () => {
  const { clock, flushed, coalescer } = setUp(2);
  for (const key of ['a', 'b', 'c', 'd']) coalescer.add(key);
  await clock.advance(250);
  expect(flushed).toEqual([['a'], ['b', 'c']]);
  coalescer.add('e');
  coalescer.close();
  await clock.advance(1_000);
  expect(flushed.length).toBe(2);
});
