import { EventRing } from './event-ring.ts';
import { CELLS, type SharedState } from './shared-state.ts';

/** Events that hold somebody: scanned first. */
export function heldRing(state: SharedState, eventsMax?: number): EventRing {
  const { cells, held } = state;
  return new EventRing(held, { cells, head: CELLS.heldHead, tail: CELLS.heldTail }, eventsMax);
}

/** Written and, where nothing waits, run files: scanned when nobody is held. */
export function writtenRing(state: SharedState): EventRing {
  const { cells, written } = state;
  return new EventRing(written, { cells, head: CELLS.writtenHead, tail: CELLS.writtenTail });
}
