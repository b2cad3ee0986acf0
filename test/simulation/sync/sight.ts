import { registry } from './registry.ts';
import type { Tree } from './tree.ts';

type Relation = 'below' | 'above' | 'beside';

/** Whether a controller may hold a row. */
export type Sight = (
  node: string,
  place: { readonly home: string; readonly type: string },
) => boolean;

/**
 * Says who may see what anew, in other words than the engine's, so that a mistake there does not hide
 * itself from the oracle.
 */
export function createSight(tree: Pick<Tree, 'scopeOf' | 'placeOf' | 'movesSoFar'>): Sight {
  let known = new Map<string, Map<string, Relation>>();
  let moves = 0;
  const relationOf = (node: string, home: string): Relation => {
    if (moves !== tree.movesSoFar()) known = new Map();
    moves = tree.movesSoFar();
    const homes = known.get(node) ?? new Map<string, Relation>();
    const relation = homes.get(home) ?? relate(tree.placeOf(home), tree.scopeOf(node));
    known.set(node, homes.set(home, relation));
    return relation;
  };
  return (node, { home, type }) => {
    const relation = relationOf(node, home);
    return relation === 'below' || (relation === 'above' && registry[type]?.isInherited === true);
  };
}

function relate(place: readonly string[], scope: readonly string[]): Relation {
  const begins = (path: readonly string[], start: readonly string[]): boolean =>
    start.every((label, index) => path[index] === label);
  if (begins(place, scope)) return 'below';
  return begins(scope, place) ? 'above' : 'beside';
}
