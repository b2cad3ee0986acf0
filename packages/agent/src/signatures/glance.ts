import { createLiteralFilter, type RequiredLiterals } from '@wardgrid/detection/signatures';
import { archiveKindOf } from './archives/kinds.ts';
import { findEicar } from './eicar.ts';
import { beginsWithAny } from './yara/beginnings.ts';

/** What tells without any engine that none can find something. It may be sent to another thread. */
export interface GlanceRules {
  /** Files that begin so are looked at by more rules. */
  readonly beginnings: readonly Uint8Array[];
  /** What each of the other rules needs. */
  readonly literals: readonly RequiredLiterals[];
}

/** Larger files take too long for who must not be kept: one pass over so many bytes takes 0.1 ms. */
export const GLANCE_BYTES_MAX = 65_536;

/** Whether no engine can find anything in the bytes of a whole file; false when it cannot be said. */
export type Glance = (bytes: Buffer) => boolean;

/**
 * A look that always ends soon: it runs no rule and unpacks nothing, and its time depends on the length
 * of the bytes alone. Null when the rules need more than that.
 */
export function createGlance({ beginnings, literals }: GlanceRules): Glance | null {
  const filter = createLiteralFilter(literals);
  if (!filter) return null;
  return (bytes) =>
    bytes.length <= GLANCE_BYTES_MAX &&
    archiveKindOf(bytes) === undefined &&
    !beginsWithAny(bytes, beginnings) &&
    findEicar(bytes).length === 0 &&
    !filter.mayMatch(bytes);
}
