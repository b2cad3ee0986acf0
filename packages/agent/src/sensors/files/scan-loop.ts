import { FAN, FAN_HELD } from '../../platform/linux/fanotify.ts';
import { elapsedUs, KernelClock } from '../../platform/linux/kernel-clock.ts';
import { entityIdOf, readBootId, readProcessStat } from '../../platform/linux/process-files.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import { Answers } from './answers.ts';
import { DeniedFiles } from './denied-files.ts';
import { DirtyFiles } from './dirty-files.ts';
import type { EventRing } from './event-ring.ts';
import type { Examiner, Judgement, Sighted } from './examiner.ts';
import type { FileReport, ScannerMessage } from './file-report.ts';
import { recordLatency } from './latency.ts';
import { pathOf, pathText } from './path-text.ts';
import { readProcessFacts, type ProcessFacts } from './process-facts.ts';
import { heldRing, writtenRing } from './rings.ts';
import { LOW_BYTES_MAX, ScanPriority } from './scan-priority.ts';
import type { ScanSigns } from './scan-signs.ts';
import {
  CELLS,
  deadlineMsOf,
  OPEN_HITS_MAX,
  ORDER,
  REFUSED_BIT,
  SCANNER_CELLS,
  SCANNER_INTS,
  SLOT,
  type SharedState,
} from './shared-state.ts';

/** A scan that nobody waits for: short, since somebody who is held may come meanwhile. */
const WRITTEN_BUDGET_MS = 1_000;
/** A written file that waited so long is scanned with the priority of everybody. */
const LATE_MS = 1_000;
/** What is left of a deadline to answer in. */
const ANSWER_MARGIN_MS = 100;
const BUDGET_MS_MIN = 50;
/** How much longer than its budget a scan may take before its thread is given up. */
const OVERTIME_MS = 1_000;

/** The sensor refused the file without a scan. */
const REFUSED: Judgement = {
  isAllowed: false,
  reason: 'denied',
  isDecisive: false,
  verdict: { kind: 'clean', hits: [], sha256: null, reason: null },
};

/** What a scanner thread works with. */
export interface ScanLoopOptions {
  readonly calls: SystemCalls;
  readonly state: SharedState;
  readonly group: number;
  /** Which of the scanners this is. */
  readonly index: number;
  readonly examiner: Examiner;
  readonly signs: ScanSigns;
  readonly send: (message: ScannerMessage) => void;
  /** Called when engines have looked at a file. */
  readonly onScanned: () => void;
}

/** Takes events, answers them and tells what was found: held ones first, then written, then put off. */
export class ScanLoop {
  readonly #options: ScanLoopOptions;
  readonly #cells: Int32Array;
  readonly #held: EventRing;
  readonly #written: EventRing;
  readonly #dirty: DirtyFiles;
  readonly #denied: DeniedFiles;
  readonly #answers: Answers;
  readonly #clock: KernelClock;
  readonly #priority: ScanPriority;
  /** Whether the written file in hand has waited long: a machine without rest must not put scans off. */
  #isLate = false;
  readonly #bootId = readBootId('/');
  /** Who starts the file in hand, by the name that no later process has; null when it is not known. */
  #starter: string | null = null;

  constructor(options: ScanLoopOptions) {
    const { calls, state, group, index } = options;
    this.#options = options;
    this.#priority = new ScanPriority(calls, state, index);
    this.#cells = state.cells;
    this.#held = heldRing(state);
    this.#written = writtenRing(state);
    this.#dirty = new DirtyFiles(state, calls);
    this.#denied = new DeniedFiles(state.denied, state.cells);
    this.#answers = new Answers(calls, group);
    this.#clock = new KernelClock(calls);
  }

  /** Works until told to end. */
  run(): void {
    const { state, index } = this.#options;
    const orderAt = index * SCANNER_INTS + SCANNER_CELLS.order;
    while (Atomics.load(state.scanners, orderAt) !== ORDER.end) {
      const work = Atomics.load(this.#cells, CELLS.work);
      if (!this.step()) Atomics.wait(this.#cells, CELLS.work, work);
    }
  }

  /** Does one thing; false when there was nothing to do. */
  step(): boolean {
    const held = this.#held.claim();
    if (held >= 0) {
      this.#takeHeld(held);
      return true;
    }
    const written = this.#written.claim();
    if (written >= 0) {
      this.#takeWritten(written);
      return true;
    }
    return this.#takeDirty();
  }

  #takeHeld(slot: number): void {
    this.#priority.raise();
    const sighted = sightedIn(this.#held, slot);
    const atUs = this.#held.slots[slot + SLOT.atUs] ?? 0;
    const waitedMs = elapsedUs(this.#clock.nowUs(), atUs) / 1_000;
    /* Who was let go meanwhile waits no longer: the file is looked at as one that was written. */
    const isLetGo = this.#held.isAnswered(slot);
    const left = deadlineMsOf(sighted.mask) - waitedMs - ANSWER_MARGIN_MS;
    const budgetMs = isLetGo ? WRITTEN_BUDGET_MS : Math.max(BUDGET_MS_MIN, Math.floor(left));
    this.#options.signs.begin(isLetGo ? 0 : waitedMs);
    this.#starter = isLetGo ? null : this.#starterOf(sighted);
    const judgement = this.#judge(sighted, slot + 1, budgetMs);
    /* While it is held, the process can be read; afterwards it may be gone. */
    const report = judgement.reason === null ? null : this.#reportOf(sighted, judgement);
    const isOurs = this.#held.beginAnswer(slot);
    if (isOurs) {
      this.#answers.give(sighted.fd, judgement.isAllowed);
      this.#held.answered(slot);
      Atomics.sub(this.#cells, CELLS.held, 1);
      Atomics.add(this.#cells, judgement.isAllowed ? CELLS.allowed : CELLS.refused, 1);
      recordLatency(this.#cells, elapsedUs(this.#clock.nowUs(), atUs));
    }
    this.#options.examiner.settle(sighted.fd);
    this.#finish(sighted, report, isOurs && !judgement.isAllowed);
    this.#held.free(slot);
    this.#rest();
  }

  #takeWritten(slot: number): void {
    const sighted = sightedIn(this.#written, slot);
    const atUs = this.#written.slots[slot + SLOT.atUs] ?? 0;
    this.#isLate = elapsedUs(this.#clock.nowUs(), atUs) > LATE_MS * 1_000;
    if ((sighted.mask & REFUSED_BIT) !== 0) this.#reportRefused(sighted);
    else this.#examine(sighted, -(slot + 1));
    this.#written.free(slot);
    this.#rest();
  }

  #takeDirty(): boolean {
    const fd = this.#dirty.openNext();
    if (fd >= 0) {
      this.#isLate = true;
      this.#examine({ fd, mask: FAN.CLOSE_WRITE, pid: 0 }, 0);
      this.#rest();
    }
    return fd !== -1;
  }

  #examine(sighted: Sighted, place: number): void {
    this.#options.signs.begin(0);
    this.#starter = null;
    const judgement = this.#judge(sighted, place, WRITTEN_BUDGET_MS);
    const { status } = this.#options.examiner;
    if (judgement.verdict.kind === 'clean' && !this.#denied.isEmpty && this.#denied.has(status)) {
      const { device, inode, birthNs } = status;
      this.#options.send({ kind: 'cleaned', file: { device, inode, birthNs } });
    }
    const report = judgement.reason === null ? null : this.#reportOf(sighted, judgement);
    this.#options.examiner.settle(sighted.fd);
    this.#finish(sighted, report, false);
  }

  #judge(sighted: Sighted, place: number, budgetMs: number): Judgement {
    const { state, index, examiner } = this.#options;
    const at = index * SCANNER_INTS;
    Atomics.store(state.scanners, at + SCANNER_CELLS.place, place);
    Atomics.store(state.scanners, at + SCANNER_CELLS.limitMs, budgetMs + OVERTIME_MS);
    Atomics.store(state.scanners, at + SCANNER_CELLS.sinceUs, this.#clock.nowUs() | 1);
    const before = examiner.scannedCount;
    const onScan = isWaitedFor(sighted) ? undefined : this.#setPriority;
    const judgement = examiner.judge(sighted, budgetMs, onScan);
    const wasScanned = examiner.scannedCount > before;
    Atomics.add(this.#cells, wasScanned ? CELLS.scanned : CELLS.cached, 1);
    if (wasScanned) this.#options.onScanned();
    return judgement;
  }

  /** Nobody waits for the scan of a small file that was just written, unless somebody comes now. */
  readonly #setPriority = (sizeBytes: number): void => {
    if (this.#isLate || sizeBytes > LOW_BYTES_MAX) this.#priority.raise();
    else this.#priority.lower();
    if (this.#held.hasSome) this.#priority.raise();
  };

  /** Says that this thread works on nothing. */
  #rest(): void {
    const { state, index } = this.#options;
    Atomics.store(state.scanners, index * SCANNER_INTS + SCANNER_CELLS.sinceUs, 0);
  }

  /** Tells what there is to tell, and closes the descriptor or hands it on. */
  #finish({ fd }: Sighted, report: FileReport | null, wasBlocked: boolean): void {
    const isKept = report !== null && report.isDecisive && this.#keepOpen();
    if (report) {
      const told = { ...report, wasBlocked, fd: isKept ? fd : null };
      this.#options.send({ kind: 'report', report: told });
    }
    if (!isKept) this.#options.calls.close(fd);
  }

  #reportRefused(sighted: Sighted): void {
    const isRead = this.#options.examiner.status.read(sighted.fd);
    this.#finish(sighted, isRead ? this.#reportOf(sighted, REFUSED) : null, true);
  }

  #keepOpen(): boolean {
    if (Atomics.add(this.#cells, CELLS.openHits, 1) < OPEN_HITS_MAX) return true;
    Atomics.sub(this.#cells, CELLS.openHits, 1);
    return false;
  }

  /** Read while it is held: once it was let go its number may be another's. */
  #starterOf({ mask, pid }: Sighted): string | null {
    if ((mask & FAN.OPEN_EXEC_PERM) === 0) return null;
    const stat = readProcessStat(`/proc/${pid}`);
    return stat && entityIdOf(this.#bootId, pid, stat.startTicks);
  }

  #processOf(pid: number): ProcessFacts {
    const facts = readProcessFacts(pid);
    if (this.#starter === null) return facts;
    return { ...facts, fields: { ...facts.fields, 'process.entity_id': this.#starter } };
  }

  #reportOf({ fd, mask, pid }: Sighted, judgement: Judgement): FileReport {
    const { status } = this.#options.examiner;
    const { device, inode, birthNs, sizeBytes, mode, uid, gid } = status;
    const path = pathOf(fd);
    return {
      device,
      inode,
      birthNs,
      sizeBytes,
      mode,
      uid,
      gid,
      trigger: triggerOf(mask),
      reason: judgement.reason ?? 'denied',
      verdict: judgement.verdict,
      isDecisive: judgement.isDecisive,
      wasBlocked: false,
      path: path ? pathText(path) : null,
      mtimeMs: Number(status.mtimeNs / 1_000_000n),
      process: this.#processOf(pid),
      fd: null,
    };
  }
}

function sightedIn(ring: EventRing, slot: number): Sighted {
  return {
    fd: ring.slots[slot + SLOT.fd] ?? -1,
    mask: ring.slots[slot + SLOT.mask] ?? 0,
    pid: ring.slots[slot + SLOT.pid] ?? 0,
  };
}

function isWaitedFor({ mask }: Sighted): boolean {
  return (mask & FAN_HELD) !== 0;
}

function triggerOf(mask: number): FileReport['trigger'] {
  if ((mask & (FAN.OPEN_EXEC_PERM | FAN.OPEN_EXEC)) !== 0) return 'exec';
  return (mask & FAN.OPEN_PERM) !== 0 ? 'open' : 'write';
}
