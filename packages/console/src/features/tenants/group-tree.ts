import type { Group } from '@wardgrid/wire';

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
