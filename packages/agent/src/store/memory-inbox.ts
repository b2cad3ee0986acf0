import type { InboxEntry, InboxReads } from './store.ts';

/** The inbox of a memory store. */
export interface MemoryInbox {
  readonly add: (entries: readonly InboxEntry[]) => void;
  readonly reads: InboxReads;
  /** False when no such job was there to start. */
  readonly start: (jobId: string) => boolean;
  /** False when no such job was there to end. */
  readonly finish: (jobId: string) => boolean;
  /** Forgets what ended and expired; gives the highest sequence of each controller among it. */
  readonly prune: (nowMs: number) => ReadonlyMap<string, number>;
  /** Names the controller that orders came from before any was named. */
  readonly claim: (controllerId: string) => void;
  readonly startOver: () => void;
}

/** Orders in memory. */
export function createMemoryInbox(): MemoryInbox {
  let inbox: readonly InboxEntry[] = [];

  function change(isMeant: (entry: InboxEntry) => boolean, to: Partial<InboxEntry>): boolean {
    if (!inbox.some(isMeant)) return false;
    inbox = inbox.map((entry) => (isMeant(entry) ? { ...entry, ...to } : entry));
    return true;
  }

  return {
    add(entries) {
      if (entries.length === 0) return;
      inbox = [...inbox, ...entries];
      for (const { targetId } of entries) {
        if (targetId === null) continue;
        change(({ jobId, state }) => jobId === targetId && state === 'taken', ENDED);
      }
    },
    reads: {
      inboxEntries: (jobId) => inbox.filter((entry) => entry.jobId === jobId),
      inboxCount: () => inbox.length,
      hasCancelOf: (jobId) => inbox.some((entry) => entry.targetId === jobId),
      jobsIn: (state) =>
        inbox
          .flatMap((entry) => (entry.state === state && entry.order ? [entry.order] : []))
          .toSorted((left, right) => left.sequence - right.sequence),
    },
    start: (jobId) =>
      change((entry) => entry.jobId === jobId && entry.state === 'taken', { state: 'started' }),
    finish: (jobId) => change((entry) => entry.jobId === jobId && entry.order !== null, ENDED),
    prune(nowMs) {
      const isGone = (entry: InboxEntry): boolean =>
        entry.state === 'finished' && entry.expiresAt < nowMs;
      const gone = inbox.filter(isGone);
      if (gone.length > 0) inbox = inbox.filter((entry) => !isGone(entry));
      const highest = new Map<string, number>();
      for (const { controllerId, sequence } of gone) {
        highest.set(controllerId, Math.max(sequence, highest.get(controllerId) ?? 0));
      }
      return highest;
    },
    claim: (controllerId) => void change((entry) => entry.controllerId === '', { controllerId }),
    startOver() {
      inbox = [];
    },
  };
}

/** An ended order needs no content any more. */
const ENDED: Partial<InboxEntry> = { state: 'finished', order: null };
