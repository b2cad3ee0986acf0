import { FAN, FAN_EVENT, FAN_HELD } from '../../platform/linux/fanotify.ts';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { Answers } from './answers.ts';
import type { EventRing } from './event-ring.ts';
import { recordLatency } from './latency.ts';
import { heldRing, writtenRing } from './rings.ts';
import {
  ANSWER,
  CELLS,
  deadlineMsOf,
  QUIET_MS,
  SCANNER_CELLS,
  SCANNER_INTS,
  SLOT,
  SLOT_INTS,
  SLOT_STATE,
  type SharedState,
} from './shared-state.ts';

/** Reads of the queue in one go: enough for 128,000 events, and an end even while more come. */
const READS_MAX = 1_000;

/** Answers in place of a thread that does not: the main thread's part of the permission path. */
export class Releases {
  readonly #calls: SystemCalls;
  readonly #group: number;
  readonly #state: SharedState;
  readonly #cells: Int32Array;
  readonly #answers: Answers;
  readonly #held: EventRing;
  readonly #written: EventRing;
  readonly #clock: KernelClock;

  constructor(calls: SystemCalls, group: number, state: SharedState) {
    this.#calls = calls;
    this.#group = group;
    this.#state = state;
    this.#cells = state.cells;
    this.#answers = new Answers(calls, group);
    this.#held = heldRing(state);
    this.#written = writtenRing(state);
    this.#clock = new KernelClock(calls);
  }

  /** Answers what waited beyond its deadline, or everything with `isAll`. */
  releaseLate(isAllowed: (mask: number) => boolean, isAll: boolean): void {
    if (Atomics.load(this.#cells, CELLS.held) <= 0) return;
    const { slots } = this.#held;
    for (let slot = 0; slot < slots.length; slot += SLOT_INTS) {
      if (Atomics.load(slots, slot + SLOT.state) === SLOT_STATE.free) continue;
      if (Atomics.load(slots, slot + SLOT.answer) !== ANSWER.open) continue;
      if (isAll || this.#isLate(slot)) this.#release(slot, isAllowed, isAll);
    }
  }

  /** Answers what a scanner that gives no sign has in hand. It looks on, and what it finds counts. */
  releaseHeldBy(scanner: number, isAllowed: (mask: number) => boolean): void {
    const at = scanner * SCANNER_INTS + SCANNER_CELLS.place;
    const place = Atomics.load(this.#state.scanners, at);
    if (place > 0) this.#release(place - 1, isAllowed, true);
  }

  /** Lets through what a sensor that stands still has read but not claimed. */
  releaseRead(): void {
    const { events, cells } = this.#state;
    const length = Atomics.load(cells, CELLS.bufferLength);
    for (;;) {
      const at = Atomics.load(cells, CELLS.bufferOffset);
      if (at >= length) return;
      const next = at + FAN_EVENT.bytes;
      if (Atomics.compareExchange(cells, CELLS.bufferOffset, at, next) === at) {
        this.#allow(events, at / 4);
      }
    }
  }

  /** Lets through what a sensor that ended had claimed and not yet dealt with. Only once it is gone. */
  releaseInHand(): void {
    const fd = Atomics.exchange(this.#state.cells, CELLS.inHand, 0) - 1;
    if (fd < 0) return;
    Atomics.add(this.#cells, CELLS.blind, 1);
    this.#answers.finish({ fd, mask: FAN_HELD }, true);
  }

  /** Lets through what waits in the kernel's queue. */
  releaseQueue(): void {
    /* Memory of its own: a sensor that was only slow may read into that of all threads. */
    const events = new Int32Array(this.#state.events.length);
    for (let reads = 0; reads < READS_MAX; reads += 1) {
      const length = this.#calls.read(this.#group, events, events.byteLength);
      if (length <= 0) return;
      for (let at = 0; at < length; at += FAN_EVENT.bytes) this.#allow(events, at / 4);
    }
  }

  /** Frees what a scanner had in its hands when it ended. */
  freeOf(scanner: number): void {
    const at = scanner * SCANNER_INTS;
    const isBusy = Atomics.exchange(this.#state.scanners, at + SCANNER_CELLS.sinceUs, 0) !== 0;
    const place = Atomics.exchange(this.#state.scanners, at + SCANNER_CELLS.place, 0);
    if (!isBusy || place === 0) return;
    const ring = place > 0 ? this.#held : this.#written;
    const slot = Math.abs(place) - 1;
    if (place > 0) this.#release(slot, () => true, true);
    this.#calls.close(ring.slots[slot + SLOT.fd] ?? -1);
    ring.free(slot);
  }

  /** The descriptor of the event that a scanner works on; -1 when there is none. */
  fdOf(scanner: number): number {
    const at = scanner * SCANNER_INTS + SCANNER_CELLS.place;
    const place = Atomics.load(this.#state.scanners, at);
    if (place === 0) return -1;
    const ring = place > 0 ? this.#held : this.#written;
    return ring.slots[Math.abs(place) - 1 + SLOT.fd] ?? -1;
  }

  /** An open that no scanner has begun with is let go much sooner than one that is looked at. */
  #isLate(slot: number): boolean {
    const { slots } = this.#held;
    const mask = slots[slot + SLOT.mask] ?? 0;
    const isWaiting = Atomics.load(slots, slot + SLOT.state) === SLOT_STATE.ready;
    const isOpen = (mask & FAN.OPEN_EXEC_PERM) === 0;
    const limitMs = isWaiting && isOpen ? QUIET_MS : deadlineMsOf(mask);
    return elapsedUs(this.#clock.nowUs(), slots[slot + SLOT.atUs] ?? 0) > limitMs * 1_000;
  }

  #release(slot: number, isAllowed: (mask: number) => boolean, isAll: boolean): void {
    const { slots } = this.#held;
    if (!this.#held.beginAnswer(slot)) return;
    /* Between the look and the claim the slot may have been given to a new event. */
    if (!isAll && !this.#isLate(slot)) {
      this.#held.answered(slot, true);
      return;
    }
    const isLet = isAllowed(slots[slot + SLOT.mask] ?? 0);
    this.#answers.give(slots[slot + SLOT.fd] ?? -1, isLet);
    this.#held.answered(slot);
    Atomics.sub(this.#cells, CELLS.held, 1);
    Atomics.add(this.#cells, CELLS.late, 1);
    Atomics.add(this.#cells, isLet ? CELLS.allowed : CELLS.refused, 1);
    recordLatency(this.#cells, elapsedUs(this.#clock.nowUs(), slots[slot + SLOT.atUs] ?? 0));
  }

  #allow(events: Int32Array, at: number): void {
    const fd = events[at + FAN_EVENT.fdAt / 4] ?? -1;
    const mask = events[at + FAN_EVENT.maskAt / 4] ?? 0;
    if (fd < 0) return;
    Atomics.add(this.#cells, (mask & FAN_HELD) === 0 ? CELLS.lost : CELLS.blind, 1);
    this.#answers.finish({ fd, mask }, true);
  }
}
