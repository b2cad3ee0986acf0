import type { ProtectionPolicy } from '@wardgrid/wire';
import { FAN } from '../../platform/linux/fanotify.ts';
import { FileStatus } from '../../platform/linux/file-status.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import type { FileScanner, FileVerdict, ScannedFile } from '../../protect/parts.ts';
import { createExclusions, type Exclusions } from './exclusions.ts';
import { FileCache } from './file-cache.ts';
import type { ReportReason } from './file-report.ts';
import { cacheMaskOf, isOpenStrict, levelOf } from './levels.ts';
import { pathOf, pathText, readLink } from './path-text.ts';
import { liesHere, runsHere } from './lies-here.ts';
import { liesInWorldWritable } from './world-writable.ts';

/** A file as it came: by an event or from the list of dirty files. */
export interface Sighted {
  readonly fd: number;
  readonly mask: number;
  /** 0 when it is no longer known who. */
  readonly pid: number;
}

/** What is done with a sighted file. */
export interface Judgement {
  readonly isAllowed: boolean;
  /** Why it is spoken of; null when there is nothing to say. */
  readonly reason: ReportReason | null;
  readonly isDecisive: boolean;
  readonly verdict: FileVerdict;
}

const CLEAN: FileVerdict = { kind: 'clean', hits: [], sha256: null, reason: null };
const POISONED: FileVerdict = { ...CLEAN, kind: 'incomplete', reason: 'scanner-lost' };
/** Another scanner has it in hand and gives no sign: what that one finds comes later. */
const STUCK: FileVerdict = { ...CLEAN, kind: 'incomplete', reason: 'deadline' };
const ALLOWED: Judgement = { isAllowed: true, reason: null, isDecisive: false, verdict: CLEAN };
const MISPLACED: Judgement = { ...ALLOWED, isAllowed: false, reason: 'world-writable' };

/** Told of the size of a file before its content is looked at. */
type OnScan = (sizeBytes: number) => void;

/** What an examiner is made of. */
export interface ExaminerOptions {
  readonly calls: SystemCalls;
  readonly group: number;
  readonly policy: ProtectionPolicy;
  readonly scanner: FileScanner;
  /** States of files that made a scanner hang or fall. */
  readonly poison: ReadonlySet<string>;
  /** Told of a file before engines look at it; false when it is stuck elsewhere. */
  readonly enter: (status: FileStatus) => boolean;
  readonly now: () => number;
}

/** Judges files by policy, caches and signatures. It opens nothing: whoever is held would wait on. */
export class Examiner {
  readonly status: FileStatus;
  readonly #options: ExaminerOptions;
  readonly #cache: FileCache;
  readonly #exclusions: Exclusions;
  #scannedCount = 0;
  /** What was said of the content of the file in hand, and has still to be remembered. */
  #unsettled: { readonly state: string; readonly verdict: FileVerdict } | null = null;

  constructor(options: ExaminerOptions) {
    const { calls, group, policy, now } = options;
    this.#options = options;
    this.status = new FileStatus(calls);
    this.#cache = new FileCache(calls, { group, now, cacheMask: cacheMaskOf(policy) });
    this.#exclusions = createExclusions(policy.exclusions);
  }

  /** How many files the signature engines looked at. */
  get scannedCount(): number {
    return this.#scannedCount;
  }

  /** Judges a file; a scan takes at most `budgetMs`, and `onScan` is told before. Call `settle` once it is answered. */
  judge(sighted: Sighted, budgetMs: number, onScan?: OnScan): Judgement {
    const { fd, mask } = sighted;
    this.#unsettled = null;
    if ((mask & FAN.CLOSE_WRITE) !== 0) this.#cache.forget(fd);
    if (!this.status.read(fd) || !this.status.isRegular) return ALLOWED;
    if (this.#isMisplaced(sighted)) return MISPLACED;
    if (this.status.sizeBytes === 0 || this.#isLeftAlone(sighted)) return ALLOWED;
    if (this.#isFreeOpen(sighted)) {
      this.#cache.ignore(fd, BigInt(FAN.OPEN_PERM));
      return ALLOWED;
    }
    return this.#judgeContent(sighted, budgetMs, onScan);
  }

  #judgeContent({ fd, mask }: Sighted, budgetMs: number, onScan?: OnScan): Judgement {
    const { state, verdict: known } = this.#cache.find(this.status);
    const isPoison = this.#options.poison.has(state);
    if (!known && !isPoison) onScan?.(this.status.sizeBytes);
    const verdict = known ?? (isPoison ? POISONED : this.#scan(fd, budgetMs));
    if (verdict !== STUCK) this.#unsettled = { state, verdict };
    const isDecisive = this.#isDecisive(verdict);
    const reason = known ? null : reasonOf(verdict);
    const isRefused = isDecisive || (this.#isTimeoutRefused(verdict) && isExec(mask));
    return { isAllowed: !isRefused, reason, isDecisive, verdict };
  }

  /**
   * Remembers what was said of the file that was just judged, by the same descriptor. It takes as long as
   * a small scan, so that nobody is held for it. Again for a known one: the kernel may have dropped its mark.
   */
  settle(fd: number): void {
    if (this.#unsettled) this.#cache.remember(fd, this.status, this.#unsettled);
    this.#unsettled = null;
  }

  #scan(fd: number, budgetMs: number): FileVerdict {
    if (!this.#options.enter(this.status)) return STUCK;
    const { sizeBytes, device, inode, mtimeNs, ctimeNs } = this.status;
    const file: ScannedFile = {
      fd,
      sizeBytes,
      device,
      inode,
      mtimeNs,
      ctimeNs,
      get path() {
        const bytes = pathOf(fd);
        return bytes ? pathText(bytes) : '';
      },
    };
    this.#scannedCount += 1;
    return this.#options.scanner.scan(file, budgetMs);
  }

  #isDecisive(verdict: FileVerdict): boolean {
    const { policy, now } = this.#options;
    if (verdict.kind !== 'malicious') return false;
    if (verdict.sha256 && this.#exclusions.isHashExcluded(verdict.sha256, now())) return false;
    return verdict.hits.some(({ confidence }) => confidence >= policy.confidenceMin);
  }

  #isTimeoutRefused(verdict: FileVerdict): boolean {
    const { policy } = this.#options;
    if (!policy.denyOnTimeout || levelOf(policy) !== 'strict') return false;
    return verdict.kind === 'incomplete' && verdict.reason === 'deadline';
  }

  #isMisplaced({ fd, mask, pid }: Sighted): boolean {
    if (!this.#options.policy.denyExecFromWorldWritable) return false;
    return (mask & FAN.OPEN_EXEC_PERM) !== 0 && liesInWorldWritable(pathOf(fd), pid);
  }

  #isLeftAlone({ fd, pid }: Sighted): boolean {
    const exclusions = this.#exclusions;
    if (!exclusions.hasPaths && !exclusions.hasProcesses) return false;
    const nowMs = this.#options.now();
    const path = exclusions.hasPaths ? pathOf(fd) : null;
    if (path && exclusions.isPathExcluded(path.toString(), nowMs) && liesHere(path, this.status)) {
      return true;
    }
    const executable = exclusions.hasProcesses && pid > 0 ? readLink(`/proc/${pid}/exe`) : null;
    if (!executable || !exclusions.isProcessExcluded(executable.toString(), nowMs)) return false;
    return runsHere(executable, pid);
  }

  /** An open that only waits because a strict path lies on the same filesystem. */
  #isFreeOpen({ fd, mask }: Sighted): boolean {
    const { policy } = this.#options;
    if ((mask & FAN.OPEN_PERM) === 0 || isExec(mask) || levelOf(policy) === 'strict') return false;
    const path = pathOf(fd);
    return !isOpenStrict(policy, path ? path.toString() : null);
  }
}

function isExec(mask: number): boolean {
  return (mask & (FAN.OPEN_EXEC_PERM | FAN.OPEN_EXEC)) !== 0;
}

function reasonOf(verdict: FileVerdict): ReportReason | null {
  if (verdict.kind === 'clean') return null;
  return verdict.kind === 'malicious' ? 'malware' : 'incomplete';
}
