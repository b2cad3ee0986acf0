import type { SealedOp } from '@wardgrid/sync';
import { ControllerError } from '../../platform/error.ts';

/** What ids, types and names of streams consist of: nothing that a text of the database refuses. */
const WORD = /^[\x21-\x7e]{1,120}$/;
/** A scope path as an ltree takes it, in all versions. */
const PATH = /^(?:[0-9A-Za-z_]{1,255}(?:\.[0-9A-Za-z_]{1,255}){0,31})?$/;

/** Whether ops can be kept: such that no controller of ours writes cannot. */
export function isStorable(ops: readonly SealedOp[]): boolean {
  return ops.every(({ op: { id, type, stream, opId, home, q, seen } }) => {
    const isPlaced = home === null || PATH.test(home);
    const isNumbered = Number.isSafeInteger(q) && Number.isSafeInteger(seen);
    return isPlaced && isNumbered && [id, type, stream, opId].every((word) => WORD.test(word));
  });
}

/** Passes ops that can be kept. @throws ControllerError `sync-page-malformed` for others. */
export function requireStorable(ops: readonly SealedOp[]): void {
  if (!isStorable(ops)) throw new ControllerError('sync-page-malformed', 'an op cannot be kept');
}
