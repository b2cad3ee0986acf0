import { systemClock } from '@wardgrid/base/system';
import { FAN, FAN_EVENT, FAN_HELD } from '../../platform/linux/fanotify.ts';
import { FileStatus } from '../../platform/linux/file-status.ts';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { Answers } from './answers.ts';
import { DeniedFiles } from './denied-files.ts';
import { DirtyFiles } from './dirty-files.ts';
import type { EventRing, RingEvent } from './event-ring.ts';
import { recordLatency } from './latency.ts';
import { heldRing, writtenRing } from './rings.ts';
import { OpenGlance, type GlanceOrder } from './open-glance.ts';
import { ScanHaste } from './scan-priority.ts';
import { CELLS, EXEMPT_PIDS_MAX, ORDER, REFUSED_BIT, type SharedState } from './shared-state.ts';

/** How long the sensor waits at a time for room among the held events. */
const ROOM_WAIT_MS = 2;

/** What becomes of an event, as a number: nothing is made for one. */
const LOT = { nothing: 0, finish: 1, written: 2, refuse: 3, letThrough: 4, hold: 5 } as const;
type Lot = (typeof LOT)[keyof typeof LOT];

/** What the sensor thread is started with. */
export interface ReaderOptions {
  readonly state: SharedState;
  readonly group: number;
  readonly ownPid: number;
  readonly heldMax: number;
  /** What it may let through by itself, until it is told anew. */
  readonly glance: GlanceOrder | null;
}

/**
 * Reads the permission group and hands its events to the scanners. It opens no file, and makes no
 * object for an event: everybody's open waits for this code.
 */
export class PermissionReader {
  readonly #calls: SystemCalls;
  readonly #options: ReaderOptions;
  readonly #cells: Int32Array;
  readonly #events: Int32Array;
  readonly #answers: Answers;
  readonly #denied: DeniedFiles;
  readonly #dirty: DirtyFiles;
  readonly #held: EventRing;
  readonly #written: EventRing;
  readonly #status: FileStatus;
  readonly #clock: KernelClock;
  readonly #haste: ScanHaste;
  readonly #glance: OpenGlance;
  readonly #hear: () => GlanceOrder | null;
  readonly #event: RingEvent = { fd: -1, mask: 0, pid: 0, atUs: 0 };
  /** Whether somebody was held by what the kernel gave last. */
  #hasHeld = false;

  /** `hear` gives the next order that was sent, if any. */
  constructor(calls: SystemCalls, options: ReaderOptions, hear: () => GlanceOrder | null) {
    const { state, group, heldMax, glance } = options;
    this.#calls = calls;
    this.#options = options;
    this.#cells = state.cells;
    this.#events = state.events;
    this.#answers = new Answers(calls, group);
    this.#denied = new DeniedFiles(state.denied, state.cells);
    this.#dirty = new DirtyFiles(state, calls);
    this.#held = heldRing(state, heldMax);
    this.#written = writtenRing(state);
    this.#status = new FileStatus(calls);
    this.#clock = new KernelClock(calls);
    this.#haste = new ScanHaste(calls, state);
    this.#glance = new OpenGlance(calls, { group, state, now: systemClock.now });
    this.#hear = hear;
    if (glance) this.#glance.learn(glance);
  }

  /** Whether the events taken since it was asked last hold nobody: then more of them can come together. */
  takeIsCalm(): boolean {
    const isCalm = !this.#hasHeld;
    this.#hasHeld = false;
    return isCalm;
  }

  /** Takes what the kernel has; false when there was nothing. */
  drain(): boolean {
    const { group } = this.#options;
    const length = this.#calls.read(group, this.#events, this.#events.byteLength);
    if (length <= 0) return false;
    Atomics.store(this.#cells, CELLS.bufferOffset, 0);
    Atomics.store(this.#cells, CELLS.bufferLength, length);
    this.#event.atUs = this.#clock.nowUs();
    for (let offset = 0; offset < length; offset += FAN_EVENT.bytes) {
      if (!this.#take(offset)) return false;
      Atomics.add(this.#cells, CELLS.sensorBeat, 1);
    }
    return true;
  }

  /** Whether files are put off, so that the thread must look again soon. */
  tidy(): boolean {
    if (this.#dirty.isPending) return true;
    this.#dirty.releaseFilesystems();
    return false;
  }

  /** Deals with an event; false when another thread took all of them over meanwhile. */
  #take(offset: number): boolean {
    const event = this.#event;
    const at = offset / 4;
    event.mask = this.#events[at + FAN_EVENT.maskAt / 4] ?? 0;
    event.fd = this.#events[at + FAN_EVENT.fdAt / 4] ?? -1;
    event.pid = this.#events[at + FAN_EVENT.pidAt / 4] ?? 0;
    if ((event.mask & FAN.Q_OVERFLOW) !== 0) Atomics.add(this.#cells, CELLS.overflows, 1);
    const lot = event.fd < 0 ? LOT.nothing : this.#lotOf(event);
    if (!this.#claim(offset)) return false;
    this.#cast(event, lot);
    Atomics.store(this.#cells, CELLS.inHand, 0);
    return true;
  }

  /** What becomes of an event. Nothing is done yet: it may still be taken over. */
  #lotOf(event: RingEvent): Lot {
    if (event.pid === this.#options.ownPid || this.#isExempt(event.pid)) return LOT.finish;
    if ((event.mask & FAN_HELD) === 0) return LOT.written;
    if (this.#isDenied(event.fd)) return LOT.refuse;
    return this.#isClean(event) ? LOT.letThrough : LOT.hold;
  }

  #cast(event: RingEvent, lot: Lot): void {
    if (lot === LOT.nothing) return;
    Atomics.add(this.#cells, CELLS.events, 1);
    if (lot === LOT.finish) this.#answers.finish(event, true);
    else if (lot === LOT.letThrough) this.#letThrough(event);
    else {
      if (lot === LOT.refuse) this.#refuse(event);
      else if (lot === LOT.hold) this.#hold(event);
      else if (!this.#written.push(event)) this.#spill(event.fd);
      Atomics.add(this.#cells, CELLS.work, 1);
      Atomics.notify(this.#cells, CELLS.work, 1);
    }
  }

  /**
   * Takes the event out of the reach of who answers in our place when we stand still. An end between
   * this and the answer leaves it in `inHand`.
   */
  #claim(offset: number): boolean {
    const cells = this.#cells;
    Atomics.store(cells, CELLS.inHand, this.#event.fd + 1);
    const next = offset + FAN_EVENT.bytes;
    if (Atomics.compareExchange(cells, CELLS.bufferOffset, offset, next) === offset) return true;
    Atomics.store(cells, CELLS.inHand, 0);
    return false;
  }

  #isClean({ fd, mask }: RingEvent): boolean {
    while (!this.#glance.isCurrent) {
      const order = this.#hear();
      if (!order) return false;
      this.#glance.learn(order);
    }
    return this.#glance.isClean(fd, mask);
  }

  /** Nobody is held longer than for the look: the file is remembered afterwards. */
  #letThrough({ fd, atUs }: RingEvent): void {
    this.#hasHeld = true;
    this.#answers.give(fd, true);
    Atomics.add(this.#cells, CELLS.allowed, 1);
    Atomics.add(this.#cells, CELLS.glanced, 1);
    recordLatency(this.#cells, elapsedUs(this.#clock.nowUs(), atUs | 0));
    this.#glance.settle(fd);
    this.#calls.close(fd);
  }

  /** Refuses at once; a scanner tells of it afterwards. */
  #refuse(event: RingEvent): void {
    this.#hasHeld = true;
    Atomics.add(this.#cells, CELLS.refused, 1);
    this.#answers.give(event.fd, false);
    event.mask |= REFUSED_BIT;
    if (!this.#written.push(event)) this.#calls.close(event.fd);
  }

  /** A held event waits for room: it is never let through for want of it. */
  #hold(event: RingEvent): void {
    this.#hasHeld = true;
    Atomics.add(this.#cells, CELLS.held, 1);
    while (!this.#held.push(event)) {
      if (Atomics.load(this.#cells, CELLS.sensorOrder) === ORDER.end) {
        Atomics.sub(this.#cells, CELLS.held, 1);
        this.#answers.finish(event, true);
        return;
      }
      const tail = Atomics.load(this.#cells, CELLS.heldTail);
      Atomics.wait(this.#cells, CELLS.heldTail, tail, ROOM_WAIT_MS);
      Atomics.add(this.#cells, CELLS.sensorBeat, 1);
    }
    this.#haste.raise();
  }

  /** Keeps a written file by its handle instead of a descriptor, of which there are few. */
  #spill(fd: number): void {
    const isKept = this.#status.read(fd) && this.#dirty.push(fd, this.#status);
    Atomics.add(this.#cells, isKept ? CELLS.spilled : CELLS.lost, 1);
    if (!isKept) this.#calls.close(fd);
  }

  #isDenied(fd: number): boolean {
    if (this.#denied.isEmpty) return false;
    return this.#status.read(fd) && this.#denied.has(this.#status);
  }

  #isExempt(pid: number): boolean {
    for (let index = 0; index < EXEMPT_PIDS_MAX; index += 1) {
      const exempt = Atomics.load(this.#cells, CELLS.exempt + index);
      if (exempt === 0) return false;
      if (exempt === pid) return true;
    }
    return false;
  }
}
