import type { Controller } from '@wardgrid/wire';

/** A controller with those below it. */
export interface TreeNode {
  /** One controller may serve several tenants; of each it is another node. */
  readonly key: string;
  readonly controller: Controller;
  readonly children: readonly TreeNode[];
}

/** Where a node of the map stands: columns are layers, rows are lines of leaves. */
export interface Place {
  readonly node: TreeNode;
  readonly parent: Place | null;
  readonly column: number;
  readonly row: number;
  /** Its place among its siblings, from 1, and their number. */
  readonly position: number;
  readonly siblings: number;
}

export interface TreeLayout {
  /** In the order in which the tree is read: each above those below it. */
  readonly places: readonly Place[];
  readonly columns: number;
  readonly rows: number;
}

function keyOf({ tenantId }: Controller, id: string): string {
  return `${tenantId} ${id}`;
}

/**
 * The trees that controllers form, siblings by name. Whose parent is not among them stands at the top;
 * so does the first of a ring, which no controller should be part of.
 */
export function forestOf(controllers: readonly Controller[]): readonly TreeNode[] {
  const known = new Set(controllers.map((one) => keyOf(one, one.id)));
  const below = new Map<string, Controller[]>();
  const tops: Controller[] = [];
  for (const one of controllers.toSorted(byName)) {
    const parent = one.parentId === null ? '' : keyOf(one, one.parentId);
    if (known.has(parent)) below.set(parent, [...(below.get(parent) ?? []), one]);
    else tops.push(one);
  }
  const placed = new Set<string>();
  const grow = (controller: Controller): TreeNode[] => {
    const key = keyOf(controller, controller.id);
    if (placed.has(key)) return [];
    placed.add(key);
    return [{ key, controller, children: (below.get(key) ?? []).flatMap(grow) }];
  };
  return [...tops, ...controllers].flatMap(grow);
}

function byName(left: Controller, right: Controller): number {
  return left.tenantName.localeCompare(right.tenantName) || left.name.localeCompare(right.name);
}

/** Only nodes that are wanted, and those on the way to them. */
export function pruned(
  forest: readonly TreeNode[],
  isWanted: (controller: Controller) => boolean,
): readonly TreeNode[] {
  return forest.flatMap((node) => {
    const children = pruned(node.children, isWanted);
    return children.length > 0 || isWanted(node.controller) ? [{ ...node, children }] : [];
  });
}

/**
 * Places every node that is not inside a closed one: leaves line by line, parents beside the first of
 * their children, so that the top of a large tree stands where a person begins to look.
 */
export function layoutOf(forest: readonly TreeNode[], closed: ReadonlySet<string>): TreeLayout {
  const places: Place[] = [];
  let rows = 0;
  let columns = 0;
  const put = (nodes: readonly TreeNode[], parent: Place | null): readonly Place[] =>
    nodes.map((node, index) => {
      const column = parent === null ? 0 : parent.column + 1;
      const place = { node, parent, column, row: 0, position: index + 1, siblings: nodes.length };
      places.push(place);
      columns = Math.max(columns, column + 1);
      const children = closed.has(node.key) ? [] : put(node.children, place);
      const [first] = children;
      place.row = first ? first.row : rows;
      if (!first) rows += 1;
      return place;
    });
  put(forest, null);
  return { places, columns, rows };
}

/** Everything below a node, itself left out. */
export function descendantsOf(node: TreeNode): readonly TreeNode[] {
  return node.children.flatMap((child) => [child, ...descendantsOf(child)]);
}

/** The node of a controller, wherever in the forest it stands. */
export function findNode(forest: readonly TreeNode[], id: string): TreeNode | undefined {
  for (const node of forest) {
    const found = node.controller.id === id ? node : findNode(node.children, id);
    if (found) return found;
  }
  return undefined;
}
