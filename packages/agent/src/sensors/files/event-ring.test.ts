import { expect, test } from 'vitest';
import { EventRing } from './event-ring.ts';
import { SLOT, SLOT_INTS } from './shared-state.ts';

function createRing(slotCount: number, start = 0): EventRing {
  const cells = Int32Array.of(start, start);
  return new EventRing(new Int32Array(slotCount * SLOT_INTS), { cells, head: 0, tail: 1 });
}

const event = (fd: number) => ({ fd, mask: 1, pid: 2, atUs: 3 });

test('gives events back in their order, and refuses what does not fit', () => {
  const ring = createRing(4);
  expect([1, 2, 3, 4, 5].map((fd) => ring.push(event(fd)))).toEqual([
    true,
    true,
    true,
    true,
    false,
  ]);
  const slots = [1, 2, 3, 4].map(() => ring.claim());
  expect(slots.map((slot) => ring.slots[slot + SLOT.fd])).toEqual([1, 2, 3, 4]);
  expect(ring.claim()).toBe(-1);
});

test('passes over a slot whose event takes long, and gives later ones on', () => {
  const ring = createRing(4);
  for (const fd of [1, 2, 3, 4]) ring.push(event(fd));
  const [slow, ...others] = [1, 2, 3, 4].map(() => ring.claim());
  for (const slot of others) ring.free(slot);
  for (const fd of [5, 6, 7]) expect(ring.push(event(fd))).toBe(true);
  const found = [1, 2, 3].map(() => ring.slots[ring.claim() + SLOT.fd]);
  expect(found).toEqual([5, 6, 7]);
  expect(ring.slots[(slow ?? 0) + SLOT.fd]).toBe(1);
});

test('goes on when its counters wrap', () => {
  const ring = createRing(4, 0x7fff_fffe);
  for (let fd = 1; fd <= 10; fd += 1) {
    expect(ring.push(event(fd))).toBe(true);
    const slot = ring.claim();
    expect(ring.slots[slot + SLOT.fd]).toBe(fd);
    ring.free(slot);
  }
});

test('an event is answered once, unless the answer is taken back', () => {
  const ring = createRing(4);
  ring.push(event(1));
  const slot = ring.claim();
  expect(ring.beginAnswer(slot)).toBe(true);
  ring.answered(slot, true);
  expect(ring.beginAnswer(slot)).toBe(true);
  ring.answered(slot);
  expect(ring.beginAnswer(slot)).toBe(false);
});
