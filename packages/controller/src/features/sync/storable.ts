import type { SealedOp } from '@wardgrid/sync';
import { ControllerError } from '../../platform/error.ts';

/** What ids, types and names of streams consist of: nothing that a text of the database refuses. */
const WORD = /^[\x21-\x7e]{1,120}$/;
/** A scope path as an ltree takes it, in all versions. */
const PATH = /^(?:[0-9A-Za-z_]{1,255}(?:\.[0-9A-Za-z_]{1,255}){0,31})?$/;

/** Passes ops that can be kept. @throws ControllerError for one that no controller of ours writes. */
export function requireStorable(ops: readonly SealedOp[]): void {
  for (const { op } of ops) {
    const { id, type, stream, opId, home } = op;
    const isFit =
      [id, type, stream, opId].every((word) => WORD.test(word)) &&
      (home === null || PATH.test(home)) &&
      Number.isSafeInteger(op.q) &&
      Number.isSafeInteger(op.seen);
    if (!isFit) throw new ControllerError('sync-page-malformed', 'an op cannot be kept');
  }
}
