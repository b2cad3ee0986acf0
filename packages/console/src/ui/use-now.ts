import { systemClock } from '@wardgrid/base/system';
import { useSyncExternalStore } from 'react';

/** Relative times are drawn anew this often. */
const TICK_MS = 15_000;

const listeners = new Set<() => void>();
let nowMs = systemClock.now();
let cancel: (() => void) | undefined;

function tick(): void {
  nowMs = systemClock.now();
  for (const listener of listeners) listener();
  cancel = listeners.size > 0 ? systemClock.after(TICK_MS, tick) : undefined;
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  cancel ??= systemClock.after(TICK_MS, tick);
  return () => listeners.delete(listener);
}

/** The time now, shared by all that show relative times: one timer for the page. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => nowMs);
}
