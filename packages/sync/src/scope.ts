import { rulesOf, type Registry } from './registry.ts';

/** The name of the root of every tree of controllers. */
export const CLOUD = 'cloud';

/** The tree of controllers: who stands below whom. */
export interface ControllerTree {
  /** The parent of a controller; undefined for the cloud and for nodes that are not known. */
  readonly parentOf: (node: string) => string | undefined;
  /** Grows whenever what the node may see changes: what was read under another is not served. */
  readonly scopeVersionOf: (node: string) => number;
}

/**
 * The tree of controllers as a node knows it, and what each of them serves. A row names its home; which
 * homes belong to which controller is for the product to say. The cloud serves all of them.
 */
export interface Topology extends ControllerTree {
  /** Whether a home is what the controller serves, or lies below it. */
  readonly isHomeWithin: (home: string, node: string) => boolean;
  /** Whether a home is what the controller serves, or one of those that it inherits from. */
  readonly isHomeAbove: (home: string, node: string) => boolean;
  /** Whether it is known here what a controller serves: who is not known is served nothing. */
  readonly isKnown?: (node: string) => boolean;
}

/** Deepest tree that is believed: more is a circle. */
const DEPTH_MAX = 64;

/** Whether a node lies in the subtree of another, or is it. */
export function isWithin(
  { parentOf }: Pick<ControllerTree, 'parentOf'>,
  node: string,
  root: string,
): boolean {
  if (root === CLOUD) return true;
  let current: string | undefined = node;
  for (let depth = 0; depth < DEPTH_MAX && current !== undefined; depth += 1) {
    if (current === root) return true;
    current = parentOf(current);
  }
  return false;
}

/**
 * Whether a scope path is another or lies below it. By whole labels, so that `C.L10` is not below
 * `C.L1`; everything lies below the empty path.
 */
export function isPathWithin(path: string, root: string): boolean {
  return root === '' || path === root || path.startsWith(`${root}.`);
}

/** A topology in which the home of a row is the node of the controller that owns it. */
export function homesByNode(tree: ControllerTree): Topology {
  return {
    ...tree,
    isHomeWithin: (home, node) => isWithin(tree, home, node),
    isHomeAbove: (home, node) => isWithin(tree, node, home),
  };
}

/**
 * A topology in which the home of a row is the path of the scope it lies in, and every controller
 * serves one scope. A node of which no scope is known serves nothing and inherits nothing.
 */
export function homesByPath(
  tree: ControllerTree & { readonly scopeRootOf: (node: string) => string | undefined },
): Topology {
  const { scopeRootOf } = tree;
  return {
    ...tree,
    isKnown: (node) => scopeRootOf(node) !== undefined,
    isHomeWithin(home, node) {
      const root = scopeRootOf(node);
      return root !== undefined && isPathWithin(home, root);
    },
    isHomeAbove(home, node) {
      const root = scopeRootOf(node);
      return root !== undefined && isPathWithin(root, home);
    },
  };
}

/** The home of a row that left its reader's sight: nobody serves it. */
export const ELSEWHERE = '0';

/** What is looked at when asking who may see a row. */
export interface Placed {
  readonly home: string;
  readonly type: string;
}

/**
 * Whether a node may see a row: it lies in what the node serves, or is of a type that is inherited and
 * lies on the way from there to the root. Never what belongs to a sibling.
 */
export function sees(
  { topology, registry }: { readonly topology: Topology; readonly registry: Registry },
  node: string,
  { home, type }: Placed,
): boolean {
  if (node === CLOUD || topology.isHomeWithin(home, node)) return true;
  return rulesOf(registry, type)?.isInherited === true && topology.isHomeAbove(home, node);
}

/**
 * Whether a row that a node was told is its to hold. Of a type that it does not know it cannot say who
 * inherits it: whoever told the row does, and takes out what its reader must not see.
 */
export function isToHold(
  context: { readonly topology: Topology; readonly registry: Registry },
  node: string,
  row: Placed,
): boolean {
  if (rulesOf(context.registry, row.type) === undefined) return row.home !== ELSEWHERE;
  return sees(context, node, row);
}
