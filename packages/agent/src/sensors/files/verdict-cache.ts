import type { FileVerdict } from '../../protect/parts.ts';
import type { FileStatus } from '../../platform/linux/file-status.ts';

/** Verdicts kept by one scanner: about 300 bytes each. */
const VERDICTS_MAX = 16_384;
/**
 * A file that changed so shortly ago may change again with the same times: older kernels count them
 * in steps of up to 10 ms, and FAT in steps of two seconds.
 */
const SETTLED_NS = 20_000_000n;
const SETTLED_WHOLE_NS = 2_100_000_000n;
const NS_PER_SECOND = 1_000_000_000n;
const NS_PER_MS = 1_000_000n;

/** A file in one state of its content: `dev:ino:size:mtime:ctime`; the change time cannot be set back. */
export function stateOf(status: FileStatus): string {
  const { device, inode, sizeBytes, mtimeNs, ctimeNs } = status;
  return `${device}:${inode}:${sizeBytes}:${mtimeNs}:${ctimeNs}`;
}

/** Whether the file has not changed for so long that its times would tell another change. */
export function isSettled(status: FileStatus, nowMs: number): boolean {
  const nowNs = BigInt(Math.floor(nowMs)) * NS_PER_MS;
  const isWhole = status.ctimeNs % NS_PER_SECOND === 0n;
  const settledNs = isWhole ? SETTLED_WHOLE_NS : SETTLED_NS;
  /* A clock that was set back makes times of the future: never settled. */
  return nowNs - status.ctimeNs > settledNs && nowNs - status.mtimeNs > settledNs;
}

/** What was said of files, the longest unused first out. It lives as long as its scanner's content. */
export class VerdictCache {
  readonly #verdicts = new Map<string, FileVerdict>();

  get(state: string): FileVerdict | undefined {
    const verdict = this.#verdicts.get(state);
    if (!verdict) return undefined;
    this.#verdicts.delete(state);
    this.#verdicts.set(state, verdict);
    return verdict;
  }

  set(state: string, verdict: FileVerdict): void {
    const [oldest] = this.#verdicts.keys();
    if (this.#verdicts.size >= VERDICTS_MAX && oldest !== undefined) this.#verdicts.delete(oldest);
    this.#verdicts.set(state, verdict);
  }
}
