import { meantBy } from './ids.ts';
import { nodeOf, type Op } from './op.ts';
import { ruleOf, type Registry } from './registry.ts';
import { resolveId, type RowSet } from './row.ts';
import type { Placed } from './scope.ts';

/** What authors may do, by their certificates and the tree: never by what an op says. */
export interface Authority {
  /** Nothing of a revoked node that was not decided before counts, whatever its clock said. */
  readonly isRevoked: (node: string) => boolean;
  /** Whether a home lies in what a node serves. */
  readonly isHomeWithin: (home: string, node: string) => boolean;
  readonly sees: (node: string, place: Placed) => boolean;
}

/** What an op is asked for. */
interface Asked {
  readonly op: Op;
  /** Where the row lies, or is to be made. */
  readonly home: string;
  readonly context: {
    readonly registry: Registry;
    readonly layer: number;
    readonly authority?: Authority | undefined;
  };
}

/** Why an author may not do that; undefined when it may. The cloud may do everything. */
export function refusalOf(
  rows: RowSet,
  { op, home, context }: Asked,
): 'revoked' | 'out-of-scope' | 'bad-ref' | undefined {
  const { authority, layer, registry } = context;
  if (!authority || layer === 0) return undefined;
  const author = nodeOf(op.stream);
  if (authority.isRevoked(author)) return 'revoked';
  if (!authority.isHomeWithin(home, author)) return 'out-of-scope';
  const isBadRef = Object.entries(op.fields).some(([name, value]) => {
    if (ruleOf(registry, op.type, name).refersTo === undefined) return false;
    // What is not decided yet may still come.
    const named =
      typeof value === 'string' ? rows.get(resolveId(rows, meantBy(op, value))) : undefined;
    return named !== undefined && !named.isDeleted && !authority.sees(author, named);
  });
  return isBadRef ? 'bad-ref' : undefined;
}
