import type { ProcessNode } from '@wardgrid/wire';

/** A process with its place in the tree. */
export interface PlacedProcess {
  readonly process: ProcessNode;
  readonly depth: number;
}

/**
 * Processes as a tree: each below its parent, siblings by their start. One whose parent is not among
 * them stands at the top, and so does every process of a circle, which only a hostile device reports.
 */
export function processTreeOf(processes: readonly ProcessNode[]): readonly PlacedProcess[] {
  const known = new Set(processes.map(({ entityId }) => entityId));
  const parentOf = ({ entityId, parentEntityId }: ProcessNode): string =>
    parentEntityId !== null && parentEntityId !== entityId && known.has(parentEntityId)
      ? parentEntityId
      : '';
  const children = Map.groupBy(processes, parentOf);
  const placed: PlacedProcess[] = [];
  const seen = new Set<ProcessNode>();
  const walk = (siblings: readonly ProcessNode[], depth: number): void => {
    for (const process of siblings.toSorted((left, right) => left.startedAt - right.startedAt)) {
      if (seen.has(process)) continue;
      seen.add(process);
      placed.push({ process, depth });
      walk(children.get(process.entityId) ?? [], depth + 1);
    }
  };
  walk(children.get('') ?? [], 0);
  for (const process of processes) walk([process], 0);
  return placed;
}
