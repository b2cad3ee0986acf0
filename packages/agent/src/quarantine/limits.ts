import { statfsSync } from 'node:fs';
import { QuarantineError } from './errors.ts';
import type { ItemStore } from './item-store.ts';
import type { Manifest } from './manifest.ts';

/** How much may be sealed, and for how long. From the policy. */
export interface QuarantineLimits {
  readonly bytesMax: number;
  readonly daysMax: number;
}

/** Items at most, whatever their size: a flood of small files must not fill the memory with manifests. */
const ITEMS_MAX = 10_000;
/** Room that sealing leaves to everybody else on the disk of the store. */
const DISK_RESERVE_BYTES = 64 * 1_024 * 1_024;
const DAY_MS = 86_400_000;

/** Lets go of what is too old and, for what comes, of the oldest. */
export interface Limiter {
  /** @throws QuarantineError `store-full` when the store could not take it even if it were empty. */
  readonly makeRoom: (bytes: number) => void;
  readonly expireOld: (nowMs: number) => void;
}

/** The bounds of a store; `expire` ends one item. */
export function createLimiter(
  items: ItemStore,
  limits: () => QuarantineLimits,
  expire: (item: Manifest) => void,
): Limiter {
  const sealed = (): Manifest[] =>
    items
      .all()
      .filter(({ phase, state }) => phase === 'done' && state === 'sealed')
      .toSorted((left, right) => left.sealedAt - right.sealedAt);
  const isOver = (bytes: number): boolean =>
    items.sizeBytes() + bytes > limits().bytesMax || items.all().length > ITEMS_MAX;
  return {
    makeRoom(bytes) {
      if (bytes > limits().bytesMax) {
        throw new QuarantineError('store-full', 'it is larger than the whole quarantine may be');
      }
      for (const oldest of sealed()) {
        if (!isOver(bytes)) break;
        expire(oldest);
      }
      if (isOver(bytes)) throw new QuarantineError('store-full', 'the quarantine is full');
      const { bavail, bsize } = statfsSync(items.path);
      if (bavail * bsize < DISK_RESERVE_BYTES) {
        throw new QuarantineError('store-full', 'the disk of the quarantine is full');
      }
    },
    expireOld(nowMs) {
      for (const item of sealed()) {
        if (nowMs - item.sealedAt > limits().daysMax * DAY_MS) expire(item);
      }
    },
  };
}
