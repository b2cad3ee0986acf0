import type { SensedEvent } from '../../../protect/parts.ts';

/** Numbers that the thread of changes shares with its owner. */
export const CHANGE_CELLS = { order: 0, pending: 1, dropped: 2, overflows: 3 } as const;

/** Batches under way to the main thread; it stands still when there are more. */
export const PENDING_BATCHES_MAX = 64;

/** What the thread is started with. */
export interface ChangeOrder {
  readonly cells: Int32Array;
  /** An event descriptor that wakes the thread to look at its order. */
  readonly wakeFd: number;
  readonly ownPid: number;
  readonly mountPoints: readonly string[] | null;
  /** Decoys, as paths for people. */
  readonly canaries: readonly string[];
  readonly isQueueBounded: boolean;
}

/** What the thread tells. */
export type ChangeMessage =
  | { readonly kind: 'ready' }
  | { readonly kind: 'events'; readonly events: readonly SensedEvent[] }
  /** Filesystems that cannot be watched, as `/mnt: ENODEV`. */
  | { readonly kind: 'marked'; readonly refused: readonly string[] }
  | { readonly kind: 'mounts-changed' }
  /** Changes were missed: whoever keeps a picture of the files must look again. */
  | { readonly kind: 'lost' };
