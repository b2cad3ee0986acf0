import type { Group, GroupId } from '@wardgrid/wire';

export interface GroupNode {
  readonly group: Group;
  readonly depth: number;
}

/** Groups in the order of a tree: each below its parent, siblings by name. Lost ones stand at the top. */
export function treeOf(groups: readonly Group[]): readonly GroupNode[] {
  const known = new Set<string>(groups.map((group) => group.id));
  const children = new Map<string, Group[]>();
  for (const group of groups) {
    const parent = group.parentId !== null && known.has(group.parentId) ? group.parentId : '';
    children.set(parent, [...(children.get(parent) ?? []), group]);
  }
  const nodes: GroupNode[] = [];
  const walk = (parent: string, depth: number): void => {
    const sorted = (children.get(parent) ?? []).toSorted((left, right) =>
      left.name.localeCompare(right.name),
    );
    for (const group of sorted) {
      nodes.push({ group, depth });
      walk(group.id, depth + 1);
    }
  };
  walk('', 0);
  return nodes;
}

/** The nodes below one of a tree's groups, counted from it; none where the tree does not have it. */
export function nodesBelow(tree: readonly GroupNode[], id: GroupId): readonly GroupNode[] {
  const start = tree.findIndex((node) => node.group.id === id);
  const top = tree[start];
  if (!top) return [];
  const rest = tree.slice(start + 1);
  const end = rest.findIndex((node) => node.depth <= top.depth);
  const below = end === -1 ? rest : rest.slice(0, end);
  return below.map((node) => ({ ...node, depth: node.depth - top.depth - 1 }));
}

/** Where a group may be moved to: all groups but itself and what lies below it, named by their way down. */
export function placesFor(
  groups: readonly Group[],
  id: GroupId,
): readonly { readonly id: GroupId; readonly path: string }[] {
  const tree = treeOf(groups);
  const own = new Set([id, ...nodesBelow(tree, id).map((node) => node.group.id)]);
  const names: string[] = [];
  return tree.flatMap(({ group, depth }) => {
    names.splice(depth, names.length, group.name);
    return own.has(group.id) ? [] : [{ id: group.id, path: names.join(' / ') }];
  });
}
