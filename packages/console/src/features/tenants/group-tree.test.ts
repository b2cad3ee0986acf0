import { expect, test } from 'vitest';
import type { Group, GroupId } from '@wardgrid/wire';
import { nodesBelow, placesFor, treeOf } from './group-tree.ts';

function group(id: string, parentId: string | null, name = id): Group {
  return { id, parentId, name } as Group;
}

test('each group stands below its parent, siblings by name', () => {
  const tree = treeOf([group('b', null), group('c', 'a'), group('a', null), group('d', 'c')]);
  expect(tree.map(({ group: { id }, depth }) => [id, depth])).toEqual([
    ['a', 0],
    ['c', 1],
    ['d', 2],
    ['b', 0],
  ]);
});

test('a group whose parent is out of sight stands at the top', () => {
  expect(treeOf([group('a', 'elsewhere')])).toMatchObject([{ depth: 0 }]);
});

const nested = [group('b', null), group('c', 'a'), group('a', null), group('d', 'c')];

test('what lies below a group is counted from it', () => {
  const below = nodesBelow(treeOf(nested), 'a' as GroupId);
  expect(below.map(({ group: { id }, depth }) => [id, depth])).toEqual([
    ['c', 0],
    ['d', 1],
  ]);
  expect(nodesBelow(treeOf(nested), 'b' as GroupId)).toEqual([]);
  expect(nodesBelow(treeOf(nested), 'elsewhere' as GroupId)).toEqual([]);
});

test('a group moves neither into itself nor below itself', () => {
  expect(placesFor(nested, 'c' as GroupId)).toEqual([
    { id: 'a', path: 'a' },
    { id: 'b', path: 'b' },
  ]);
  expect(placesFor(nested, 'b' as GroupId).map(({ path }) => path)).toEqual([
    'a',
    'a / c',
    'a / c / d',
  ]);
});
