import { randomBytes } from 'node:crypto';
import { rmSync, statSync, writeFileSync } from 'node:fs';

/** Room kept free for what must be written on a full disk: receipts, orders, the ends of jobs. */
const RESERVE_BYTES = 256 * 1_024;

/** Room on the disk that can be given back when there is no other. */
export interface DiskReserve {
  /** Gives the room back; false when it already was. */
  readonly release: () => boolean;
  /** Takes the room again where it is not held; whether it is held now. */
  readonly restore: () => boolean;
}

/** A reserve that lies in a file. Its bytes are random, so that no file system folds them away. */
export function createFileReserve(path: string): DiskReserve {
  let isHeld = false;

  function release(): boolean {
    const wasHeld = isHeld;
    isHeld = false;
    rmSync(path, { force: true });
    return wasHeld;
  }

  function restore(): boolean {
    if (isHeld) return true;
    try {
      if (sizeOf(path) !== RESERVE_BYTES) {
        writeFileSync(path, randomBytes(RESERVE_BYTES), { mode: 0o600 });
      }
      isHeld = true;
    } catch {
      // What was written of it takes room that others need more.
      rmSync(path, { force: true });
    }
    return isHeld;
  }

  restore();
  return { release, restore };
}

/** For a database in memory, and for whoever only reads. */
export const noReserve: DiskReserve = { release: () => false, restore: () => true };

function sizeOf(path: string): number {
  return statSync(path, { throwIfNoEntry: false })?.size ?? 0;
}
