import { refusalOf, type Authority } from './authority.ts';
import { meantBy } from './ids.ts';
import { rowsOf, type History } from './log.ts';
import type { SyncResponse } from './messages.ts';
import { nodeOf, sealOp, type Op, type SealedOp, type Sha256 } from './op.ts';
import { placesOf } from './read.ts';
import type { Registry } from './registry.ts';
import { CLOUD, isWithin, sees, type Topology } from './scope.ts';

/*
 * Undecided ops that a relay shows: what those above order while nobody can decide. Each comes as its
 * author signed it at its place, so that a relay can hold it back and neither alter nor invent one.
 */

/** Whether its author signed an op at its place; null where its key is not known here. */
export type IsSigned = (sealed: SealedOp) => boolean | null;

/** Asks of each op once: a signature costs more than all else that is looked at. */
export function askedOnce(isSigned: IsSigned): IsSigned {
  const known = new Map<SealedOp, boolean | null>();
  return (sealed) => {
    const said = known.has(sealed) ? (known.get(sealed) ?? null) : isSigned(sealed);
    known.set(sealed, said);
    return said;
  };
}

/** Why an answer shows what nobody wrote, or null. The cloud decides at once: it has nothing undecided. */
export function forgedIn(
  { foreign }: Pick<SyncResponse, 'foreign'>,
  { sha256, isSigned }: { readonly sha256: Sha256; readonly isSigned: IsSigned },
): string | null {
  const forged = (foreign ?? []).find((sealed) => {
    const { op, previousHead, head } = sealed;
    if (nodeOf(op.stream) === CLOUD) return true;
    return sealOp(op, previousHead, sha256).head !== head || isSigned(sealed) === false;
  });
  return forged ? `it shows a change that '${nodeOf(forged.op.stream)}' did not make` : null;
}

/** By what a reader judges who may order what. */
interface Reader {
  readonly node: string;
  readonly history: History;
  readonly topology: Topology;
  readonly registry: Registry;
  readonly isSigned: IsSigned;
  readonly isRevoked?: (node: string) => boolean;
}

/**
 * What of shown ops is taken: what its author signed and may do, as the cloud would judge by what the
 * reader knows. The rest is no lie: a relay may know another tree. It waits for the cloud.
 */
export function believedOf(shown: readonly SealedOp[], reader: Reader): readonly SealedOp[] {
  const { node, topology, isSigned } = reader;
  return shown.filter(
    (sealed) =>
      !isWithin(topology, nodeOf(sealed.op.stream), node) &&
      isSigned(sealed) === true &&
      mayOrder(sealed.op, reader),
  );
}

/** Nobody but the cloud stands higher. */
const LAYER_MIN = 1;

function mayOrder(op: Op, { history, topology, registry, isRevoked }: Reader): boolean {
  // Of what is not here, or stands for another, nobody can tell whose it is.
  if (history.aliases.has(meantBy(op, op.id))) return false;
  if (op.kind !== 'create' && !history.rows.has(op.id)) return false;
  const authority: Authority = {
    isRevoked: isRevoked ?? (() => false),
    isHomeWithin: topology.isHomeWithin,
    sees: (author, place) => sees({ topology, registry }, author, place),
  };
  const rows = rowsOf(history, '');
  const context = { registry, layer: LAYER_MIN, authority };
  return placesOf(history, op).every(
    ({ home }) => refusalOf(rows, { op, home, context }) === undefined,
  );
}
