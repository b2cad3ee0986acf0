import { CLOUD, isWithin, type Topology } from '@wardgrid/sync';
import type { Chance } from './chance.ts';

/** The tree of controllers of a world, which may change. */
export interface Tree extends Topology {
  readonly nodes: () => readonly string[];
  readonly layerOf: (node: string) => number;
  readonly move: (node: string, parent: string) => void;
}

/** Controllers below the cloud, at most so deep. */
const DEPTH_MAX = 5;
const CHILD_CHANCE = 0.4;

/** A random tree: one to three locals, each with some sub-locals of any depth. */
export function growTree(chance: Chance): Tree {
  const parents = new Map<string, string>();
  const versions = new Map<string, number>();
  const grow = (parent: string, depth: number): void => {
    const node = `n${parents.size}`;
    parents.set(node, parent);
    versions.set(node, 0);
    if (depth >= DEPTH_MAX) return;
    for (let child = 0; child < 2; child += 1)
      if (chance.happens(CHILD_CHANCE)) grow(node, depth + 1);
  };
  for (let local = chance.below(3); local >= 0; local -= 1) grow(CLOUD, 1);
  return createTree(parents, versions);
}

function createTree(parents: Map<string, string>, versions: Map<string, number>): Tree {
  const topology = {
    parentOf: (node: string) => parents.get(node),
    scopeVersionOf: (node: string) => versions.get(node) ?? 0,
  };
  const ancestors = (node: string): string[] => {
    const path: string[] = [];
    for (let one = parents.get(node); one !== undefined && one !== CLOUD; one = parents.get(one))
      path.push(one);
    return path;
  };
  return {
    ...topology,
    nodes: () => [...parents.keys()],
    layerOf: (node) => (node === CLOUD ? 0 : ancestors(node).length + 1),
    move(node, parent) {
      // Whoever gains or loses sight: the moved ones, and everybody above, before and after.
      const affected = new Set(ancestors(node));
      parents.set(node, parent);
      for (const one of ancestors(node)) affected.add(one);
      for (const one of parents.keys()) if (isWithin(topology, one, node)) affected.add(one);
      for (const one of affected) versions.set(one, (versions.get(one) ?? 0) + 1);
    },
  };
}
