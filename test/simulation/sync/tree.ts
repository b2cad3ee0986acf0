import {
  CLOUD,
  homesByNode,
  homesByPath,
  isWithin,
  type Cloud,
  type ControllerTree,
  type Replica,
  type Topology,
  type Wish,
} from '@wardgrid/sync';
import type { Chance } from './chance.ts';

/** What rows name as their home: the node of a controller, or a path of scopes as in the product. */
export type HomeKind = 'nodes' | 'paths';

/** By what a tree that is decided is changed, and where it stands. */
export interface Deciding {
  readonly cloud: () => Cloud;
  readonly writeAtCloud: (wish: Omit<Wish, 'by'>) => void;
}

/** The tree of controllers of a world, which may change. */
export interface Tree extends Topology {
  readonly nodes: () => readonly string[];
  readonly layerOf: (node: string) => number;
  readonly move: (node: string, parent: string) => void;
  readonly movesSoFar: () => number;
  /** The tree as a controller knows it by now. */
  readonly viewOf: (replica: Replica) => Topology;
  /** A controller is told by its certificate where it stands. */
  readonly tell: (node: string) => void;
  /** Makes a controller serve less than it did, or that again; where a tree can. */
  readonly turnScope: (node: string) => void;
  readonly begin: (deciding: Deciding) => void;
  /** Where controllers may be moved to. */
  readonly parentsFor: (node: string) => readonly string[];
  /** The way from the root to what a controller serves, and to a home. */
  readonly scopeOf: (node: string) => readonly string[];
  readonly placeOf: (home: string) => readonly string[];
  /** Where rows of a controller's own lie; undefined where nobody knows. */
  readonly homeOf: (node: string) => string | undefined;
  /** A home in what a controller serves. */
  readonly homeIn: (node: string, chance: Chance) => string;
}

/** Controllers below the cloud, at most so deep. */
const DEPTH_MAX = 5;
const CHILD_CHANCE = 0.4;
/** Groups of a scope that have no controller of their own. */
const GROUPS = ['', '.x1', '.x10', '.x1.y'];

/** A tree as it begins. */
export interface Growth {
  readonly parents: Map<string, string>;
  readonly versions: Map<string, number>;
  readonly roots: Map<string, string>;
}

/** How a random tree begins: one to three locals, each with some sub-locals of any depth. */
export function grow(chance: Chance): Growth {
  const growth: Growth = { parents: new Map(), versions: new Map(), roots: new Map() };
  const { parents, versions, roots } = growth;
  roots.set(CLOUD, 'C');
  const add = (parent: string, place: { readonly depth: number; readonly index: number }): void => {
    const node = `n${parents.size}`;
    parents.set(node, parent);
    versions.set(node, 0);
    // L1, L10, L100: names that begin alike must not be taken for each other.
    roots.set(node, `${roots.get(parent)}.L1${'0'.repeat(place.index)}`);
    if (place.depth >= DEPTH_MAX) return;
    for (let child = 0; child < 2; child += 1)
      if (chance.happens(CHILD_CHANCE)) add(node, { depth: place.depth + 1, index: child });
  };
  for (let local = chance.below(3); local >= 0; local -= 1) add(CLOUD, { depth: 1, index: local });
  return growth;
}

/** A random tree that changes for all at once. */
export function growTree(chance: Chance, homes: HomeKind): Tree {
  return createTree(grow(chance), homes);
}

/** Some place in a scope. */
export function placeIn(root: string, chance: Chance): string {
  return `${root}${chance.pick(GROUPS)}`;
}

/** A tree that is told: each controller with its parent, parents first. */
export function treeOf(told: Readonly<Record<string, string>>): Tree {
  const growth: Growth = {
    parents: new Map(),
    versions: new Map(),
    roots: new Map([[CLOUD, 'C']]),
  };
  for (const [node, parent] of Object.entries(told)) {
    growth.parents.set(node, parent);
    growth.versions.set(node, 0);
    growth.roots.set(node, `${growth.roots.get(parent)}.${node}`);
  }
  return createTree(growth, 'paths');
}

/** A tree that changes for all at once, as by certificates that are there in no time. */
export function createTree({ parents, versions, roots }: Growth, homes: HomeKind): Tree {
  const controllers: ControllerTree = {
    parentOf: (node) => parents.get(node),
    scopeVersionOf: (node) => versions.get(node) ?? 0,
  };
  const topology =
    homes === 'nodes'
      ? homesByNode(controllers)
      : homesByPath({ ...controllers, scopeRootOf: (node) => roots.get(node) });
  const ancestors = (node: string): string[] => {
    const path: string[] = [];
    for (let one = parents.get(node); one !== undefined && one !== CLOUD; one = parents.get(one))
      path.push(one);
    return path;
  };
  const wayTo = (node: string): string[] =>
    node === CLOUD ? [] : [...ancestors(node).toReversed(), node];
  let moves = 0;
  return {
    ...topology,
    viewOf: () => topology,
    tell: () => undefined,
    turnScope: () => undefined,
    begin: () => undefined,
    movesSoFar: () => moves,
    nodes: () => [...parents.keys()],
    layerOf: (node) => (node === CLOUD ? 0 : ancestors(node).length + 1),
    // A scope stays where it is: only who serves a scope above it can be asked about it.
    parentsFor: (node) =>
      [CLOUD, ...parents.keys()].filter(
        (parent) =>
          parent !== parents.get(node) &&
          (parent === CLOUD || !isWithin(controllers, parent, node)) &&
          (homes === 'nodes' || topology.isHomeWithin(roots.get(node) ?? '', parent)),
      ),
    scopeOf: (node) => (homes === 'nodes' ? wayTo(node) : (roots.get(node) ?? '').split('.')),
    placeOf: (home) => (homes === 'nodes' ? wayTo(home) : home.split('.')),
    homeOf: (node) => (homes === 'nodes' ? node : roots.get(node)),
    homeIn: (node, chance) => (homes === 'nodes' ? node : placeIn(roots.get(node) ?? '', chance)),
    move(node, parent) {
      moves += 1;
      // Whoever gains or loses sight: the moved ones, and everybody above, before and after.
      const affected = new Set(ancestors(node));
      parents.set(node, parent);
      for (const one of ancestors(node)) affected.add(one);
      for (const one of parents.keys()) if (isWithin(controllers, one, node)) affected.add(one);
      for (const one of affected) versions.set(one, (versions.get(one) ?? 0) + 1);
    },
  };
}
