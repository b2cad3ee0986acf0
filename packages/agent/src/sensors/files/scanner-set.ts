import type { Clock } from '@wardgrid/base';
import type { ProtectionPolicy } from '@wardgrid/wire';
import { FileStatus } from '../../platform/linux/file-status.ts';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import type { GlanceRules } from '../../signatures/glance.ts';
import type { ScannerMessage } from './file-report.ts';
import { awaitEnd, startThread, type FileThread } from './file-threads.ts';
import type { Releases } from './releases.ts';
import { ScanWatch } from './scan-signs.ts';
import {
  CELLS,
  ORDER,
  SCANNER_CELLS,
  SCANNER_INTS,
  SCANNERS_MAX,
  type SharedState,
} from './shared-state.ts';
import { stateOf } from './verdict-cache.ts';

/** Files that made a scanner hang or fall are not scanned again in the same state. */
const POISON_MAX = 256;
/** A scanner that falls at once is not started in a tight loop. */
const RESTART_PAUSE_MS = 1_000;

/** No more than one is left alone with its file at a time, and not one after the other: each takes memory. */
const RELIEVED_MAX = 1;
const RELIEF_PAUSE_MS = 2_000;

/** What all scanners of a set do. */
export interface ScannerRules {
  readonly policy: ProtectionPolicy;
  readonly content: unknown;
}

/** What a set is made of. */
export interface ScannerSetOptions {
  readonly calls: SystemCalls;
  readonly state: SharedState;
  readonly group: number;
  readonly releases: Releases;
  readonly module: URL;
  readonly count: number;
  readonly after: Clock['after'];
  readonly onMessage: (message: ScannerMessage) => void;
  readonly onLost: (reason: string) => void;
}

interface Scanner {
  readonly index: number;
  readonly thread: FileThread;
  isGivenUp: boolean;
  /** It gives no sign, and another works in its place: it ends after the file in hand. */
  isRelieved: boolean;
}

/** Scanner threads with the same rules. New rules make a new set, which takes over without a gap. */
export class ScannerSet {
  readonly #options: ScannerSetOptions;
  readonly #rules: ScannerRules;
  readonly #scanners = new Map<number, Scanner>();
  readonly #poison: Set<string>;
  readonly #clock: KernelClock;
  readonly #watch: ScanWatch;
  #relievedAtMs = Number.NEGATIVE_INFINITY;
  #glance: GlanceRules | null = null;
  #isRetired = false;

  constructor(options: ScannerSetOptions, rules: ScannerRules, poison = new Set<string>()) {
    this.#options = options;
    this.#rules = rules;
    this.#poison = poison;
    this.#clock = new KernelClock(options.calls);
    this.#watch = new ScanWatch(options.state, this.#clock);
  }

  get poison(): Set<string> {
    return this.#poison;
  }

  /** By what files may be passed over without these scanners; null when they have to see all. */
  get glance(): GlanceRules | null {
    return this.#glance;
  }

  /** Whether anybody is there to answer. */
  get isAlive(): boolean {
    return this.#working().length > 0;
  }

  /** Starts all, one after the other: libyara starts up without a lock. @throws Error when one fails. */
  async start(): Promise<void> {
    for (let index = 0; index < this.#options.count; index += 1) {
      await this.#startOne().thread.ready;
    }
  }

  /**
   * Lets whoever is held by a scanner that gives no sign go, and has another work in its place. The file
   * is looked at to the end: whoever makes a scan slow gains time, not a verdict.
   */
  relieveSilent(isAllowed: (mask: number) => boolean): void {
    const { state, releases } = this.#options;
    for (const scanner of this.#working()) {
      if (!this.#watch.isSilent(scanner.index)) continue;
      releases.releaseHeldBy(scanner.index, isAllowed);
      /* One that is slow at what nobody waits for is in nobody's way. */
      if (Atomics.load(state.cells, CELLS.held) > 0 || this.#holds(scanner)) this.#relieve(scanner);
    }
  }

  /** Replaces scanners that work on one file longer than they may. */
  replaceHung(): void {
    for (const scanner of this.#scanners.values()) {
      if (scanner.isGivenUp || !this.#isHung(scanner.index)) continue;
      scanner.isGivenUp = true;
      this.#notePoison(scanner.index);
      this.#options.onLost('a scanner did not come back from a file');
      scanner.thread.terminate();
      if (!scanner.isRelieved) this.#startOne();
    }
  }

  /** Lets all end after the file in hand, for which they have `limitMs`. Resolves when they are gone. */
  async retire(limitMs: number): Promise<void> {
    this.#isRetired = true;
    const { state, after } = this.#options;
    for (const { index } of this.#scanners.values()) {
      Atomics.store(state.scanners, index * SCANNER_INTS + SCANNER_CELLS.order, ORDER.end);
    }
    Atomics.add(state.cells, CELLS.work, 1);
    Atomics.notify(state.cells, CELLS.work);
    const threads = [...this.#scanners.values()].map(({ thread }) => thread);
    await Promise.all(threads.map((thread) => awaitEnd(thread, limitMs, after)));
  }

  /** Those that take files. */
  #working(): readonly Scanner[] {
    return [...this.#scanners.values()].filter((one) => !one.isGivenUp && !one.isRelieved);
  }

  /** Whether it has a file in hand for which somebody was held. */
  #holds({ index }: Scanner): boolean {
    const at = index * SCANNER_INTS + SCANNER_CELLS.place;
    return Atomics.load(this.#options.state.scanners, at) > 0;
  }

  #relieve(scanner: Scanner): void {
    const nowMs = this.#clock.nowMs();
    const relieved = [...this.#scanners.values()].filter(({ isRelieved }) => isRelieved);
    const isSoon = nowMs - this.#relievedAtMs < RELIEF_PAUSE_MS;
    if (this.#isRetired || isSoon || relieved.length >= RELIEVED_MAX) return;
    this.#relievedAtMs = nowMs;
    scanner.isRelieved = true;
    const { scanners } = this.#options.state;
    const at = scanner.index * SCANNER_INTS;
    Atomics.store(scanners, at + SCANNER_CELLS.isRelieved, 1);
    Atomics.store(scanners, at + SCANNER_CELLS.order, ORDER.end);
    this.#options.onLost('a scanner gave no sign while somebody was held');
    this.#startOne();
  }

  #startOne(): Scanner {
    const { state, group, module } = this.#options;
    const index = takeIndex(state);
    const order = { state, group, index, ...this.#rules, poison: this.#poison };
    const thread = startThread(module, order, (message) => this.#hear(message as ScannerMessage));
    const scanner: Scanner = { index, thread, isGivenUp: false, isRelieved: false };
    this.#scanners.set(index, scanner);
    void thread.ended.then((reason) => this.#ended(scanner, reason));
    return scanner;
  }

  #hear(message: ScannerMessage): void {
    if (message.kind === 'engines') this.#glance = message.glance;
    this.#options.onMessage(message);
  }

  #ended(scanner: Scanner, reason: string | null): void {
    const { state, releases, after, onLost } = this.#options;
    this.#scanners.delete(scanner.index);
    if (!scanner.isGivenUp) this.#notePoison(scanner.index);
    releases.freeOf(scanner.index);
    freeIndex(state, scanner.index);
    if (this.#isRetired || scanner.isGivenUp || scanner.isRelieved) return;
    onLost(`a scanner ended: ${reason ?? 'for no reason'}`);
    after(RESTART_PAUSE_MS, () => {
      if (!this.#isRetired) this.#startOne();
    });
  }

  #isHung(index: number): boolean {
    const { scanners } = this.#options.state;
    const at = index * SCANNER_INTS;
    const sinceUs = Atomics.load(scanners, at + SCANNER_CELLS.sinceUs);
    const limitMs = Atomics.load(scanners, at + SCANNER_CELLS.limitMs);
    return sinceUs !== 0 && elapsedUs(this.#clock.nowUs(), sinceUs) > limitMs * 1_000;
  }

  /** Remembers the file that a scanner was lost over. */
  #notePoison(index: number): void {
    const { state, calls, releases } = this.#options;
    const at = index * SCANNER_INTS + SCANNER_CELLS.sinceUs;
    if (Atomics.load(state.scanners, at) === 0) return;
    const status = new FileStatus(calls);
    if (!status.read(releases.fdOf(index))) return;
    const [oldest] = this.#poison;
    if (this.#poison.size >= POISON_MAX && oldest !== undefined) this.#poison.delete(oldest);
    this.#poison.add(stateOf(status));
  }
}

/** Takes a free place among the scanners. Main thread only. */
function takeIndex({ scanners }: SharedState): number {
  for (let index = 0; index < SCANNERS_MAX; index += 1) {
    const at = index * SCANNER_INTS;
    if (Atomics.load(scanners, at + SCANNER_CELLS.isTaken) !== 0) continue;
    Atomics.store(scanners, at + SCANNER_CELLS.isTaken, 1);
    Atomics.store(scanners, at + SCANNER_CELLS.order, ORDER.work);
    Atomics.store(scanners, at + SCANNER_CELLS.sinceUs, 0);
    Atomics.store(scanners, at + SCANNER_CELLS.place, 0);
    return index;
  }
  throw new Error(`more than ${SCANNERS_MAX} scanners`);
}

function freeIndex({ scanners }: SharedState, index: number): void {
  // The number of its thread may be another's soon.
  Atomics.store(scanners, index * SCANNER_INTS + SCANNER_CELLS.isLow, 0);
  Atomics.store(scanners, index * SCANNER_INTS + SCANNER_CELLS.asksOthers, 0);
  Atomics.store(scanners, index * SCANNER_INTS + SCANNER_CELLS.isRelieved, 0);
  Atomics.store(scanners, index * SCANNER_INTS + SCANNER_CELLS.isTaken, 0);
}
