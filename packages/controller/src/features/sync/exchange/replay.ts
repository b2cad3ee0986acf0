/** Remembers requests for as long as they could be played again. */
export interface ReplayCache {
  /** False when the caller's request was seen before. */
  readonly isNew: (nodeId: string, rid: string, nowMs: number) => boolean;
}

/**
 * Requests remembered at once: ten minutes of two thousand controllers that exchange every few seconds.
 * Beyond it the oldest go, and a request that is played again does no more than a request that was sent
 * twice: nothing.
 */
const REMEMBERED_MAX = 200_000;

export function createReplayCache(lifeMs: number): ReplayCache {
  const seen = new Map<string, number>();
  return {
    isNew(nodeId, rid, nowMs) {
      for (const [key, at] of seen) {
        if (nowMs - at <= lifeMs && seen.size < REMEMBERED_MAX) break;
        seen.delete(key);
      }
      const key = `${nodeId} ${rid}`;
      if (seen.has(key)) return false;
      seen.set(key, nowMs);
      return true;
    },
  };
}
