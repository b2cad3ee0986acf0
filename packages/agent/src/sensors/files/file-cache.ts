import type { FileStatus } from '../../platform/linux/file-status.ts';
import { FAN_MARK } from '../../platform/linux/fanotify.ts';
import type { SystemCalls } from '../../platform/linux/system-calls.ts';
import type { FileVerdict } from '../../protect/parts.ts';
import { isSettled, stateOf, VerdictCache } from './verdict-cache.ts';

const F_SETSIG = 10;
const F_SETLEASE = 1_024;
const [F_RDLCK, F_UNLCK] = [0n, 2n];
/** Ignored unless asked for: the kernel's usual signal to who holds a lease would end the agent. */
const SIGURG = 23n;

/** What a cache is made of. */
export interface FileCacheOptions {
  readonly group: number;
  /** Events that the kernel need not send again for a clean file. */
  readonly cacheMask: number;
  readonly now: () => number;
}

/**
 * Two levels that remember verdicts: an ignore mark in the kernel, after which nobody waits at all,
 * and a table by the state of the file. Both only while nobody can be writing the file.
 */
export class FileCache {
  readonly #calls: SystemCalls;
  readonly #options: FileCacheOptions;
  readonly #cacheMask: bigint;
  readonly #verdicts = new VerdictCache();

  constructor(calls: SystemCalls, options: FileCacheOptions) {
    this.#calls = calls;
    this.#options = options;
    this.#cacheMask = BigInt(options.cacheMask);
  }

  /** The verdict on a file in the state that was just read. */
  find(status: FileStatus): { readonly state: string; readonly verdict: FileVerdict | undefined } {
    const state = stateOf(status);
    return { state, verdict: this.#verdicts.get(state) };
  }

  /** Remembers what was said of the file while it was in the given state. */
  remember(fd: number, status: FileStatus, given: { state: string; verdict: FileVerdict }): void {
    /* What was just written is not remembered: so nobody need be asked whether he writes it still. */
    if (!isSettled(status, this.#options.now())) return;
    whileUnwritten(this.#calls, fd, () => {
      const isSame = status.read(fd) && stateOf(status) === given.state;
      if (!isSame || !isSettled(status, this.#options.now())) return;
      this.#verdicts.set(given.state, given.verdict);
      if (given.verdict.kind === 'clean') this.ignore(fd, this.#cacheMask);
    });
  }

  /** Asks the kernel not to send events of the file again until it is written. */
  ignore(fd: number, mask = this.#cacheMask): void {
    ignoreFile(this.#calls, this.#options.group, { fd, mask });
  }

  /** Forgets in the kernel: a write through a mapping leaves the mark, so its end removes it. */
  forget(fd: number): void {
    if (this.#cacheMask === 0n) return;
    const flags = FAN_MARK.REMOVE | FAN_MARK.IGNORED_MASK;
    this.#calls.fanotify_mark(this.#options.group, flags, this.#cacheMask, fd, null);
  }
}

/**
 * Does something while a read lease proves that nobody has the file open or mapped for writing, and
 * keeps everybody from beginning to; nothing when somebody has.
 */
export function whileUnwritten({ fcntl }: SystemCalls, fd: number, work: () => void): void {
  fcntl(fd, F_SETSIG, SIGURG);
  if (fcntl(fd, F_SETLEASE, F_RDLCK) !== 0) return;
  work();
  fcntl(fd, F_SETLEASE, F_UNLCK);
}

/** Asks the kernel not to send events of a file to a group until it is written. */
export function ignoreFile(
  calls: SystemCalls,
  group: number,
  { fd, mask }: { readonly fd: number; readonly mask: bigint },
): void {
  if (mask === 0n) return;
  const flags = FAN_MARK.ADD | FAN_MARK.IGNORED_MASK | FAN_MARK.EVICTABLE;
  calls.fanotify_mark(group, flags, mask, fd, null);
}
