import { CLOUD, homesByPath, isPathWithin, isWithin, type Replica, type Row } from '@wardgrid/sync';
import { placeIn, type Deciding, type Growth, type Tree } from './tree.ts';

/** Where a controller stands, as of which decision of which epoch. */
interface Standing {
  readonly parent: string;
  readonly scope: string;
  readonly version: number;
  readonly epoch: number;
}

type Rows = ReadonlyMap<string, Row>;

function standingOf(rows: Rows, node: string, epoch: number): Standing | undefined {
  const fields = rows.get(node)?.fields;
  const [parent, scope] = [fields?.['parent'], fields?.['scope']];
  if (typeof parent?.value !== 'string' || typeof scope?.value !== 'string') return undefined;
  return { parent: parent.value, scope: scope.value, version: scope.g, epoch };
}

/**
 * A tree whose changes are decisions like all others, as in the product: every controller knows as much
 * of it as it has read, and of itself what its certificate says. The cloud's rows are the truth.
 */
export function createDecidedTree({ parents, roots }: Growth): Tree {
  let deciding: Deciding | undefined;
  let moves = 0;
  const told = new Map<string, ReadonlyMap<string, Standing>>();
  const nodes = [...parents.keys()];
  const truthOf = (node: string): Standing | undefined => {
    const cloud = deciding?.cloud();
    return cloud && standingOf(cloud.history.rows, node, cloud.history.epoch);
  };
  const topologyOf = (find: (node: string) => Standing | undefined) =>
    homesByPath({
      parentOf: (node) => find(node)?.parent,
      scopeVersionOf: (node) => find(node)?.version ?? 0,
      scopeRootOf: (node) => (node === CLOUD ? roots.get(CLOUD) : find(node)?.scope),
    });
  const truth = topologyOf(truthOf);
  const wayUp = (node: string): string[] => {
    const way: string[] = [];
    for (
      let one = truth.parentOf(node);
      one !== undefined && one !== CLOUD;
      one = truth.parentOf(one)
    )
      way.push(one);
    return way;
  };
  const scopeOf = (node: string): string => truthOf(node)?.scope ?? roots.get(node) ?? '';
  const change = (node: string, fields: { readonly parent?: string; readonly scope?: string }) => {
    moves += 1;
    deciding?.writeAtCloud({ kind: 'patch', type: 'controller', id: node, fields });
  };
  const tell = (node: string): void => {
    const known = [node, ...wayUp(node)].flatMap((one) => {
      const standing = truthOf(one);
      return standing ? [[one, standing] as const] : [];
    });
    told.set(node, new Map(known));
  };
  return {
    ...truth,
    nodes: () => nodes,
    layerOf: (node) => (node === CLOUD ? 0 : wayUp(node).length + 1),
    // A cloud that comes back from its backup brings its tree with it.
    movesSoFar: () => moves + 1_000_000 * (deciding?.cloud().history.epoch ?? 0),
    viewOf: ({ node: self, history }: Replica) =>
      topologyOf((node) => {
        const read = standingOf(history.rows, node, history.epoch);
        const heard = told.get(self)?.get(node);
        if (!read || !heard) return read ?? heard;
        return heard.epoch === history.epoch && heard.version > read.version ? heard : read;
      }),
    tell,
    begin(given) {
      deciding = given;
      for (const [node, parent] of parents) {
        const home = roots.get(node) ?? '';
        const fields = { parent, scope: home };
        given.writeAtCloud({ kind: 'create', type: 'controller', id: node, home, fields });
      }
      for (const node of nodes) tell(node);
    },
    move: (node, parent) => change(node, { parent }),
    turnScope(node) {
      // Who has others below it keeps what they stand in.
      if (nodes.some((one) => truth.parentOf(one) === node)) return;
      const whole = roots.get(node) ?? '';
      change(node, { scope: scopeOf(node) === whole ? `${whole}.x1` : whole });
    },
    parentsFor: (node) =>
      [CLOUD, ...nodes].filter(
        (parent) =>
          parent !== truth.parentOf(node) &&
          (parent === CLOUD || !isWithin(truth, parent, node)) &&
          isPathWithin(roots.get(node) ?? '', parent === CLOUD ? '' : scopeOf(parent)),
      ),
    scopeOf: (node) => scopeOf(node).split('.'),
    placeOf: (home) => home.split('.'),
    homeOf: (node) => truthOf(node)?.scope,
    homeIn: (node, chance) => placeIn(scopeOf(node), chance),
  };
}
