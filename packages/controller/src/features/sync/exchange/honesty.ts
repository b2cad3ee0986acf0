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

/**
 * Compares what a relay says with what the tenant's key signed. `checkpoint` is null when what the relay
 * handed on as the cloud's word is not, and absent when it handed on none.
 */
export function honestyOf(
  { response }: Pick<CarriedResponse, 'response'>,
  given: {
    readonly checkpoint: SyncCheckpoint | null | undefined;
    readonly nowMs: number;
    readonly syncIntervalMs: number;
  },
): Honesty {
  const { checkpoint, nowMs, syncIntervalMs } = given;
  if (checkpoint === undefined) return { kind: 'honest' };
  if (checkpoint === null) {
    return {
      kind: 'lying',
      detail: 'what it handed on as the word of the cloud is not signed by it',
    };
  }
  const told = Math.max(response.page?.upTo ?? 0, response.snapshot?.at ?? 0);
  if (checkpoint.epoch === response.epoch && told > checkpoint.g) {
    const detail = `it tells of decision ${told}, and the cloud has made ${checkpoint.g}`;
    return { kind: 'lying', detail };
  }
  const ageMs = nowMs - checkpoint.at;
  if (ageMs <= STALE_TURNS * syncIntervalMs) return { kind: 'honest' };
  return {
    kind: 'stale',
    detail: `the newest word of the cloud that it has is ${Math.round(ageMs / 1_000)} s old`,
  };
}
