import { expect, test } from 'vitest';
import { createRing } from './ring.ts';

const event = {
  at: '2026-11-21T10:00:00.000Z',
  tenantId: null,
  scope: '',
  noun: 'devices',
  verb: 'changed',
  entityId: '00000000-0000-7000-8000-000000000000',
} as const;

test('gives what came after an id, and nothing when it is the newest', () => {
  const ring = createRing(3, 'a');
  for (let count = 0; count < 3; count += 1) ring.push(event);
  expect(ring.after('a-1')?.map(({ number }) => number)).toEqual([2, 3]);
  expect(ring.after('a-3')).toEqual([]);
});

test('knows no id that it forgot, never gave, or that another gave', () => {
  const ring = createRing(3, 'a');
  for (let count = 0; count < 10; count += 1) ring.push(event);
  expect(ring.after('a-7')?.map(({ number }) => number)).toEqual([8, 9, 10]);
  for (const id of ['a-6', 'a-11', 'b-9', 'a-', 'a-x', '', 'nonsense']) {
    expect(ring.after(id)).toBeUndefined();
  }
});

test('knows no id from before events may have been missed', () => {
  const ring = createRing(3, 'a');
  ring.push(event);
  ring.clear();
  expect(ring.after('a-1')).toBeUndefined();
  const { number } = ring.push(event);
  expect(ring.after(`a-${number}`)).toEqual([]);
});
