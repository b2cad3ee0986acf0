import type { Registry } from './registry.ts';

/** The name of the root of every tree of controllers. */
export const CLOUD = 'cloud';

/**
 * The tree of controllers as a node knows it. `scopeVersion` of a node grows whenever the set of
 * partitions that it may see changes: what was read under another version is not served.
 */
export interface Topology {
  /** The parent of a controller; undefined for the cloud and for nodes that are not known. */
  readonly parentOf: (node: string) => string | undefined;
  readonly scopeVersionOf: (node: string) => number;
}

/** Deepest tree that is believed: more is a circle. */
const DEPTH_MAX = 64;

/** Whether a node lies in the subtree of another, or is it. */
export function isWithin(topology: Topology, node: string, root: string): boolean {
  if (root === CLOUD) return true;
  let current: string | undefined = node;
  for (let depth = 0; depth < DEPTH_MAX && current !== undefined; depth += 1) {
    if (current === root) return true;
    current = topology.parentOf(current);
  }
  return false;
}

/** What is looked at when asking who may see a row. */
export interface Placed {
  readonly home: string;
  readonly type: string;
}

/**
 * Whether a node may see a row: it lies in its subtree, or is of a type that is inherited and belongs
 * to one of its ancestors. Never what belongs to a sibling.
 */
export function sees(
  { topology, registry }: { readonly topology: Topology; readonly registry: Registry },
  node: string,
  { home, type }: Placed,
): boolean {
  if (isWithin(topology, home, node)) return true;
  return registry[type]?.isInherited === true && isWithin(topology, node, home);
}
