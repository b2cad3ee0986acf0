import type { SyncCheckpoint } from '@wardgrid/wire';
import type { CarriedResponse } from './messages.ts';

/** What an answer shows of the one that gave it. */
export type Honesty =
  | { readonly kind: 'honest' }
  /** It hands on old news while it says to be connected. */
  | { readonly kind: 'stale'; readonly detail: string }
  /** It says what the cloud did not say: nothing of it is taken. */
  | { readonly kind: 'lying'; readonly detail: string };

/** Turns that the cloud's word may take to come down the chain. */
const STALE_TURNS = 10;

/** What is known beside an answer. */
export interface Known {
  /** Null: what it handed on as the cloud's word is not; undefined: it handed on none. */
  readonly checkpoint: SyncCheckpoint | null | undefined;
  readonly nowMs: number;
  readonly syncIntervalMs: number;
  /** When the newest word of the cloud that came so far was said; or since when none was waited for. */
  readonly newestAt: number;
  /** A decision that the cloud is known to have made and that did not come down, and since when. */
  readonly owed: Owed | null;
}

/** A decision that is known of and did not come. */
export interface Owed {
  readonly g: number;
  readonly epoch: number;
  readonly since: number;
}

/** Compares what a relay says with what the tenant's key signed. */
export function honestyOf(carried: Pick<CarriedResponse, 'response'>, known: Known): Honesty {
  const lie = lieIn(carried, known);
  if (lie !== null) return { kind: 'lying', detail: lie };
  const delay = delayIn(known);
  return delay === null ? { kind: 'honest' } : { kind: 'stale', detail: delay };
}

function lieIn(
  { response }: Pick<CarriedResponse, 'response'>,
  { checkpoint }: Known,
): string | null {
  if (checkpoint === undefined) return null;
  if (checkpoint === null) return 'what it handed on as the word of the cloud is not signed by it';
  const told = Math.max(response.page?.upTo ?? 0, response.snapshot?.at ?? 0);
  const isTooMuch = checkpoint.epoch === response.epoch && told > checkpoint.g;
  return isTooMuch ? `it tells of decision ${told}, and the cloud has made ${checkpoint.g}` : null;
}

function delayIn({ checkpoint, nowMs, syncIntervalMs, newestAt, owed }: Known): string | null {
  const patienceMs = STALE_TURNS * syncIntervalMs;
  const ageMs = nowMs - Math.max(newestAt, checkpoint?.at ?? 0);
  if (ageMs > patienceMs) {
    return `the newest word of the cloud that it has is ${Math.round(ageMs / 1_000)} s old`;
  }
  const owedMs = owed ? nowMs - owed.since : 0;
  if (!owed || owedMs <= patienceMs) return null;
  return `it has known of decision ${owed.g} for ${Math.round(owedMs / 1_000)} s, and not told it`;
}

/** What is owed after an answer was taken: nothing any more when it came, else the same since the same time. */
export function owedAfter(
  owed: Owed | null,
  now: {
    readonly checkpoint: Pick<SyncCheckpoint, 'g' | 'epoch'> | undefined;
    readonly cursor: number;
    readonly epoch: number;
    readonly nowMs: number;
  },
): Owed | null {
  const { checkpoint, cursor, epoch, nowMs } = now;
  const isOwed = owed !== null && owed.epoch === epoch && owed.g > cursor;
  if (isOwed) return owed;
  if (!checkpoint || checkpoint.epoch !== epoch || checkpoint.g <= cursor) return null;
  return { g: checkpoint.g, epoch, since: nowMs };
}
