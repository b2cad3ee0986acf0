import { expect, test } from 'vitest';
import type { Controller } from '@wardgrid/wire';
import { findNode, forestOf, layoutOf, type Place } from './controller-tree.ts';
import { moveOf } from './use-tree-keys.ts';

const made = (id: string, parentId: string | null): Controller =>
  ({ id, name: id, parentId, tenantId: 't', tenantName: 't' }) as Controller;

const forest = forestOf([
  made('cloud', null),
  made('east', 'cloud'),
  made('dock', 'east'),
  made('west', 'cloud'),
]);
const east = findNode(forest, 'east')?.key ?? '';
const open = layoutOf(forest, new Set()).places;
const closed = layoutOf(forest, new Set([east])).places;

const placeOf = (places: readonly Place[], id: string): Place => {
  const place = places.find(({ node }) => node.controller.id === id);
  if (!place) throw new Error(`${id} is not drawn`);
  return place;
};

/** Where a key leads, or what else it does. */
function after(places: readonly Place[], id: string, key: string): string | undefined {
  const move = moveOf(key, places, placeOf(places, id));
  if (move?.kind === 'focus') return move.place.node.controller.id;
  return move?.kind === 'toggle' ? `isOpen ${move.isOpen}` : move?.kind;
}

test('up and down go through all that is drawn, in the order of reading, and stop at the ends', () => {
  expect(after(open, 'east', 'ArrowDown')).toBe('dock');
  expect(after(closed, 'east', 'ArrowDown')).toBe('west');
  expect(after(open, 'west', 'ArrowUp')).toBe('dock');
  expect(after(open, 'cloud', 'ArrowUp')).toBeUndefined();
  expect(after(open, 'west', 'ArrowDown')).toBeUndefined();
  expect([after(open, 'dock', 'Home'), after(open, 'dock', 'End')]).toEqual(['cloud', 'west']);
});

test('right opens what is closed and goes into what is open; left closes, and then goes out', () => {
  expect(after(closed, 'east', 'ArrowRight')).toBe('isOpen true');
  expect(after(open, 'east', 'ArrowRight')).toBe('dock');
  expect(after(open, 'dock', 'ArrowRight')).toBeUndefined();
  expect(after(open, 'east', 'ArrowLeft')).toBe('isOpen false');
  expect(after(closed, 'east', 'ArrowLeft')).toBe('cloud');
  expect(after(open, 'dock', 'ArrowLeft')).toBe('east');
});

test('Enter opens the page; letters are left to others', () => {
  expect(after(open, 'dock', 'Enter')).toBe('open');
  expect(after(open, 'dock', '/')).toBeUndefined();
});
