import { expect, test } from 'vitest';
import type { Controller } from '@wardgrid/wire';
import {
  descendantsOf,
  findNode,
  forestOf,
  layoutOf,
  pruned,
  type TreeNode,
} from './controller-tree.ts';

/** A controller as far as a tree looks at it. */
const made = (id: string, parentId: string | null, tenantId = 't'): Controller =>
  ({ id, name: id, parentId, tenantId, tenantName: tenantId }) as Controller;

/** `cloud(east(dock,port),west)` */
const shapeOf = (forest: readonly TreeNode[]): string =>
  forest
    .map(({ controller, children }) =>
      children.length > 0 ? `${controller.id}(${shapeOf(children)})` : controller.id,
    )
    .join(',');

const grid = [
  made('west', 'cloud'),
  made('port', 'east'),
  made('cloud', null),
  made('east', 'cloud'),
  made('dock', 'east'),
];

test('each stands below its parent, siblings by name, in whatever order they came', () => {
  expect(shapeOf(forestOf(grid))).toBe('cloud(east(dock,port),west)');
});

test('whose parent is not seen stands at the top; one controller is of each tenant another', () => {
  expect(shapeOf(forestOf([made('port', 'east'), made('dock', 'east')]))).toBe('dock,port');
  const shared = [
    made('cloud', null, 'a'),
    made('cloud', null, 'b'),
    made('one', 'cloud', 'a'),
    made('two', 'cloud', 'b'),
  ];
  expect(shapeOf(forestOf(shared))).toBe('cloud(one),cloud(two)');
});

test('a ring is drawn once and ends', () => {
  const ring = [made('a', 'b'), made('b', 'a'), made('c', 'c')];
  const forest = forestOf(ring);
  expect(shapeOf(forest)).toBe('a(b),c');
  expect(layoutOf(forest, new Set()).places).toHaveLength(3);
});

test('leaves take a line each, parents stand beside their first child', () => {
  const { places, rows, columns } = layoutOf(forestOf(grid), new Set());
  expect(places.map(({ node, column, row }) => [node.controller.id, column, row])).toEqual([
    ['cloud', 0, 0],
    ['east', 1, 0],
    ['dock', 2, 0],
    ['port', 2, 1],
    ['west', 1, 2],
  ]);
  expect([rows, columns]).toEqual([3, 3]);
});

test('what is inside a closed node takes no room', () => {
  const forest = forestOf(grid);
  const east = findNode(forest, 'east');
  const { places, rows } = layoutOf(forest, new Set([east?.key ?? '']));
  expect(places.map(({ node }) => node.controller.id)).toEqual(['cloud', 'east', 'west']);
  expect(rows).toBe(2);
});

test('what is not wanted goes, but for the way to what is', () => {
  const kept = pruned(forestOf(grid), ({ id }) => id === 'dock');
  expect(shapeOf(kept)).toBe('cloud(east(dock))');
});

test('all below a node are its descendants, itself not', () => {
  const east = findNode(forestOf(grid), 'east');
  expect(east && descendantsOf(east).map(({ controller }) => controller.id)).toEqual([
    'dock',
    'port',
  ]);
});

test('a thousand controllers are placed, none twice on a spot', () => {
  const many = Array.from({ length: 1_000 }, (_, index) =>
    made(`n${index}`, index === 0 ? null : `n${Math.floor((index - 1) / 3)}`),
  );
  const { places } = layoutOf(forestOf(many), new Set());
  const spots = new Set(places.map(({ column, row }) => `${column} ${row}`));
  expect([places.length, spots.size]).toEqual([1_000, 1_000]);
});
