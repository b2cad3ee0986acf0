import { expect, test } from 'vitest';
import type { Group } from '@wardgrid/wire';
import { treeOf } from './group-tree.ts';

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
