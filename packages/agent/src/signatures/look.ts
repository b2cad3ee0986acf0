import type { Clock } from '@wardgrid/base';
import type { FileHit, FileVerdict } from '../protect/parts.ts';

/** Most hits told of one file: what matches 64 rules is known well enough. */
const HITS_MAX = 64;

/** Why something was not looked at. */
export type MissReason =
  | 'deadline'
  | 'size'
  | 'unreadable'
  | 'changed'
  | 'engine-failed'
  | 'encrypted'
  | 'archive-format'
  | 'archive-method'
  | 'archive-depth'
  | 'archive-ratio'
  | 'archive-count'
  | 'archive-size'
  | 'archive-overlap'
  | 'archive-corrupt'
  | 'clamav-limit'
  | 'clamav-failed';

/** One look at one file, filled by all engines. */
export interface Look {
  readonly leftMs: () => number;
  /** The look goes on, with a step that may take so long: whoever waits sees that it does not hang. */
  readonly step: (expectedMs: number) => void;
  /** Adds what was found in the file, or in a member of it. */
  readonly add: (hits: readonly FileHit[], member: string | null) => void;
  readonly miss: (reason: MissReason) => void;
  /** Asks for the SHA-256 when the file is not simply clean: of a clean one nobody needs it. */
  readonly verdict: (sha256Of: () => string | null) => FileVerdict;
}

const CLEAN: FileVerdict = { kind: 'clean', hits: [], sha256: null, reason: null };

/** An empty look that should end within the budget. */
export function beginLook(
  clock: Pick<Clock, 'monotonic'>,
  budgetMs: number,
  step: Look['step'] = () => {},
): Look {
  const endsAt = clock.monotonic() + budgetMs;
  const hits = new Map<string, FileHit>();
  let reason: MissReason | null = null;
  return {
    leftMs: () => endsAt - clock.monotonic(),
    step,
    add(found, member) {
      for (const hit of found) {
        const key = `${hit.engine} ${hit.rule}`;
        if (hits.has(key) || hits.size >= HITS_MAX) continue;
        const matches = member === null ? hit.matches : [`member ${member}`, ...hit.matches];
        hits.set(key, { ...hit, matches });
      }
    },
    // The first reason is the one that kept the rest from being looked at.
    miss: (next) => void (reason ??= next),
    verdict(sha256Of) {
      if (hits.size === 0 && reason === null) return CLEAN;
      const kind = hits.size > 0 ? 'malicious' : 'incomplete';
      return { kind, hits: [...hits.values()], sha256: sha256Of(), reason };
    },
  };
}
