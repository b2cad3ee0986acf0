import { createPace, type Pace } from '../pace.ts';
import type { SweepAnswer, SweepCounts, SweepPlan } from './plan.ts';
import { createSchedule, type Outcome, type Schedule } from './schedule.ts';
import type { Attempt, Sockets } from './native-sockets.ts';

/** What the engine needs from its thread. It runs to the end without yielding. */
export interface EngineDeps {
  readonly sockets: Sockets;
  readonly nowMs: () => number;
  readonly isStopped: () => boolean;
  readonly onAnswer: (answer: SweepAnswer) => void;
  /** Called every few milliseconds with the counts so far. */
  readonly onCounts: (counts: SweepCounts) => void;
}

/** One retry tells loss from filtering; a second would double the time for what filters. */
const ATTEMPTS_MAX = 2;

/** Deadlines are looked through this often, a tenth of the shortest timeout; a wait lasts no longer. */
const LOOK_MS = 10;

/** Connections begun between two looks at the time and at answers. */
const BATCH = 64;

/** A task our own kernel refuses (no port, no memory) waits this long, and this often. */
const BUSY_WAIT_MS = 20;
const BUSY_MAX = 50;

/** Runs a plan on sockets until all is tried or it is told to stop. */
export function runEngine(plan: SweepPlan, deps: EngineDeps): SweepCounts {
  const engine = new Engine(plan, deps);
  while (!engine.isDone() && !deps.isStopped()) engine.turn();
  return engine.counts();
}

/** One connection under way a slot, in arrays, so that no connection allocates. */
interface Slots {
  /** Index of the host, or -1 when the slot is free. */
  readonly host: Int32Array;
  readonly port: Uint16Array;
  readonly attempt: Uint8Array;
  readonly busyCount: Uint8Array;
  /** 1 while our own kernel had refused the attempt and it waits to be begun again. */
  readonly isWaiting: Uint8Array;
  readonly beganMs: Float64Array;
  readonly dueMs: Float64Array;
}

function createSlots(count: number): Slots {
  return {
    host: new Int32Array(count).fill(-1),
    port: new Uint16Array(count),
    attempt: new Uint8Array(count),
    busyCount: new Uint8Array(count),
    isWaiting: new Uint8Array(count),
    beganMs: new Float64Array(count),
    dueMs: new Float64Array(count),
  };
}

class Engine {
  readonly #plan: SweepPlan;
  readonly #deps: EngineDeps;
  readonly #schedule: Schedule;
  readonly #slots: Slots;
  readonly #free: Int32Array;
  readonly #pace: Pace;
  /** In mode `life`: 1 for a host that has answered or is out of reach. */
  readonly #isSettled: Uint8Array;
  readonly #tally = { done: 0, open: 0, closed: 0, filtered: 0 };
  #freeCount: number;
  #nowMs: number;
  #lookedMs: number;

  constructor(plan: SweepPlan, deps: EngineDeps) {
    this.#plan = plan;
    this.#deps = deps;
    this.#schedule = createSchedule(plan);
    this.#slots = createSlots(plan.connectionsMax);
    this.#free = Int32Array.from({ length: plan.connectionsMax }, (_, slot) => slot);
    this.#freeCount = this.#free.length;
    this.#nowMs = deps.nowMs();
    this.#lookedMs = this.#nowMs;
    this.#pace = createPace(plan.packetsPerSecond, this.#nowMs);
    this.#isSettled = new Uint8Array(plan.mode === 'life' ? plan.hosts.length : 0);
  }

  isDone(): boolean {
    return this.#freeCount === this.#free.length && this.#schedule.isExhausted();
  }

  counts(): SweepCounts {
    return { ...this.#tally };
  }

  /** Begins what may begin, takes what has come, and now and then looks at the deadlines. */
  turn(): void {
    this.#nowMs = this.#deps.nowMs();
    const hasBegun = this.#fill();
    if (!this.isDone()) this.#harvest(hasBegun ? 0 : LOOK_MS);
    if (this.#nowMs - this.#lookedMs < LOOK_MS) return;
    this.#lookedMs = this.#nowMs;
    this.#expire();
    this.#deps.onCounts(this.counts());
  }

  #fill(): boolean {
    const room = this.#pace.take(Math.min(BATCH, this.#freeCount), this.#nowMs);
    for (let begun = 0; begun < room; begun += 1) {
      const hostIndex = this.#schedule.nextHost();
      if (hostIndex < 0) return false;
      this.#freeCount -= 1;
      const slot = this.#free[this.#freeCount] ?? 0;
      this.#slots.host[slot] = hostIndex;
      this.#slots.port[slot] = this.#schedule.takePort(hostIndex);
      this.#slots.attempt[slot] = 1;
      this.#slots.busyCount[slot] = 0;
      this.#begin(slot);
    }
    return room > 0;
  }

  #harvest(waitMs: number): void {
    const readyCount = this.#deps.sockets.wait(waitMs);
    this.#nowMs = this.#deps.nowMs();
    for (let position = 0; position < readyCount; position += 1) {
      const slot = this.#deps.sockets.readySlot(position);
      /* An event may be older than the slot's present connection: asking tells. */
      const isLive = (this.#slots.host[slot] ?? -1) >= 0 && this.#slots.isWaiting[slot] === 0;
      if (isLive) this.#judge(slot, this.#deps.sockets.check(slot));
    }
  }

  #expire(): void {
    const { host, dueMs } = this.#slots;
    for (let slot = 0; slot < host.length; slot += 1) {
      if ((host[slot] ?? -1) >= 0 && (dueMs[slot] ?? 0) <= this.#nowMs) this.#overdue(slot);
    }
  }

  #overdue(slot: number): void {
    if (this.#slots.isWaiting[slot] === 1) {
      this.#begin(slot);
      return;
    }
    /* The answer may lie in the kernel while we were busy: a look before the verdict. */
    const attempt = this.#deps.sockets.check(slot);
    const isLast = (this.#slots.attempt[slot] ?? 1) >= ATTEMPTS_MAX || this.#isLeft(slot);
    if (attempt !== 'pending') this.#judge(slot, attempt);
    else if (isLast) this.#end(slot, 'silent');
    else this.#retry(slot);
  }

  #begin(slot: number): void {
    const hostIndex = this.#slots.host[slot] ?? 0;
    const address = this.#plan.hosts[hostIndex] ?? 0;
    this.#slots.isWaiting[slot] = 0;
    this.#slots.beganMs[slot] = this.#plan.mode === 'life' ? this.#deps.nowMs() : this.#nowMs;
    this.#slots.dueMs[slot] = this.#nowMs + this.#schedule.timeoutMs(hostIndex);
    this.#judge(slot, this.#deps.sockets.begin(slot, address, this.#slots.port[slot] ?? 0));
  }

  #retry(slot: number): void {
    this.#slots.attempt[slot] = (this.#slots.attempt[slot] ?? 1) + 1;
    this.#deps.sockets.reset(slot);
    this.#begin(slot);
  }

  #judge(slot: number, attempt: Attempt): void {
    if (attempt === 'pending') return;
    if (attempt !== 'busy') {
      this.#end(slot, attempt);
      return;
    }
    const busyCount = (this.#slots.busyCount[slot] ?? 0) + 1;
    this.#slots.busyCount[slot] = busyCount;
    this.#slots.isWaiting[slot] = 1;
    this.#slots.dueMs[slot] = this.#nowMs + BUSY_WAIT_MS;
    this.#deps.sockets.reset(slot);
    if (busyCount > BUSY_MAX) this.#end(slot, 'unreachable');
  }

  #end(slot: number, outcome: Outcome): void {
    const hostIndex = this.#slots.host[slot] ?? 0;
    /* Reading the time costs: only a search for life, which reports round trips, needs it exact. */
    const nowMs = this.#plan.mode === 'life' ? this.#deps.nowMs() : this.#nowMs;
    const rttMs = Math.max(0, nowMs - (this.#slots.beganMs[slot] ?? nowMs));
    const attempt = this.#slots.attempt[slot] ?? 1;
    this.#schedule.settle(hostIndex, outcome, { rttMs, attempt });
    this.#count(outcome);
    /* A refused socket is as new; any other is closed, which ends an open connection by a reset. */
    if (outcome !== 'refused') this.#deps.sockets.reset(slot);
    this.#tell(slot, outcome, rttMs);
    this.#slots.host[slot] = -1;
    this.#free[this.#freeCount] = slot;
    this.#freeCount += 1;
  }

  #count(outcome: Outcome): void {
    this.#tally.done += 1;
    if (outcome === 'open') this.#tally.open += 1;
    else if (outcome === 'refused') this.#tally.closed += 1;
    else this.#tally.filtered += 1;
  }

  #tell(slot: number, outcome: Outcome, rttMs: number): void {
    const isOpen = outcome === 'open';
    const hostIndex = this.#slots.host[slot] ?? 0;
    const answer = (): SweepAnswer => ({
      host: this.#plan.hosts[hostIndex] ?? 0,
      port: this.#slots.port[slot] ?? 0,
      isOpen,
      rttMs,
    });
    if (this.#plan.mode === 'ports') {
      if (isOpen) this.#deps.onAnswer(answer());
      return;
    }
    if (outcome === 'silent' || this.#isLeft(slot)) return;
    this.#isSettled[hostIndex] = 1;
    this.#tally.done += this.#schedule.leave(hostIndex);
    if (outcome !== 'unreachable') this.#deps.onAnswer(answer());
  }

  #isLeft(slot: number): boolean {
    return this.#isSettled[this.#slots.host[slot] ?? 0] === 1;
  }
}
