import { ANSWER, SLOT, SLOT_INTS, SLOT_STATE } from './shared-state.ts';

/** Where a ring's two counters are. */
export interface RingCells {
  readonly cells: Int32Array;
  readonly head: number;
  readonly tail: number;
}

/** An event as the sensor hands it on. */
export interface RingEvent {
  fd: number;
  mask: number;
  pid: number;
  atUs: number;
}

/** How long a scanner waits at a time for the thread that is just answering its event. */
const ANSWERING_WAIT_MS = 20;

/**
 * Events in shared memory: one thread fills, several take, and the number of slots is a power of two.
 * Counters wrap at 2^32; only their difference counts.
 */
export class EventRing {
  readonly slots: Int32Array;
  readonly slotCount: number;
  readonly #counters: RingCells;
  readonly #eventsMax: number;

  constructor(slots: Int32Array, counters: RingCells, eventsMax = slots.length / SLOT_INTS) {
    this.slots = slots;
    this.slotCount = slots.length / SLOT_INTS;
    this.#counters = counters;
    this.#eventsMax = Math.min(eventsMax, this.slotCount);
  }

  /** Adds an event; false when there is no room. For one thread only. */
  push(event: RingEvent): boolean {
    const { cells, head, tail } = this.#counters;
    let at = Atomics.load(cells, head);
    while (((at - Atomics.load(cells, tail)) | 0) < this.#eventsMax) {
      const slot = (at & (this.slotCount - 1)) * SLOT_INTS;
      at = (at + 1) | 0;
      /* A slot whose scan takes long is passed over; who takes this turn finds nothing ready. */
      const isFree = Atomics.load(this.slots, slot + SLOT.state) === SLOT_STATE.free;
      if (isFree) this.#fill(slot, event);
      Atomics.store(cells, head, at);
      if (isFree) return true;
    }
    return false;
  }

  /** Whether an event waits to be taken. */
  get hasSome(): boolean {
    const { cells, head, tail } = this.#counters;
    return ((Atomics.load(cells, head) - Atomics.load(cells, tail)) | 0) > 0;
  }

  /** Takes an event: the position of its slot, or -1 when there is none. */
  claim(): number {
    const { cells, head, tail } = this.#counters;
    for (;;) {
      const at = Atomics.load(cells, tail);
      if (((Atomics.load(cells, head) - at) | 0) <= 0) return -1;
      if (Atomics.compareExchange(cells, tail, at, (at + 1) | 0) !== at) continue;
      const slot = (at & (this.slotCount - 1)) * SLOT_INTS;
      const { ready, claimed } = SLOT_STATE;
      if (Atomics.compareExchange(this.slots, slot + SLOT.state, ready, claimed) === ready) {
        return slot;
      }
    }
  }

  /**
   * Whether the caller is the one who answers the slot's event; then it must call `answered`. Waits
   * for a thread that is just answering, so that the descriptor is not closed under its hands: the
   * kernel would take the answer for the next event with the same number.
   */
  beginAnswer(slot: number): boolean {
    const at = slot + SLOT.answer;
    for (;;) {
      const before = Atomics.compareExchange(this.slots, at, ANSWER.open, ANSWER.answering);
      if (before === ANSWER.open) return true;
      if (before === ANSWER.done) return false;
      Atomics.wait(this.slots, at, ANSWER.answering, ANSWERING_WAIT_MS);
    }
  }

  /** Whether somebody answered it already. */
  isAnswered(slot: number): boolean {
    return Atomics.load(this.slots, slot + SLOT.answer) === ANSWER.done;
  }

  /** Says that the answer was given, or, with `isOpenAgain`, that it was not. */
  answered(slot: number, isOpenAgain = false): void {
    Atomics.store(this.slots, slot + SLOT.answer, isOpenAgain ? ANSWER.open : ANSWER.done);
    Atomics.notify(this.slots, slot + SLOT.answer);
  }

  /** Gives the slot back, once its descriptor is closed or handed on. */
  free(slot: number): void {
    Atomics.store(this.slots, slot + SLOT.state, SLOT_STATE.free);
  }

  #fill(slot: number, event: RingEvent): void {
    this.slots[slot + SLOT.fd] = event.fd;
    this.slots[slot + SLOT.mask] = event.mask;
    this.slots[slot + SLOT.pid] = event.pid;
    this.slots[slot + SLOT.atUs] = event.atUs | 0;
    Atomics.store(this.slots, slot + SLOT.answer, ANSWER.open);
    Atomics.store(this.slots, slot + SLOT.state, SLOT_STATE.ready);
  }
}
