/**
 * What a sweep is asked. `ports` tries every port of every host; `life` only wants to know which
 * hosts answer at all, and is done with a host at its first answer.
 */
export interface SweepPlan {
  readonly mode: 'ports' | 'life';
  /** IPv4 addresses as numbers. */
  readonly hosts: Uint32Array;
  readonly ports: Uint16Array;
  readonly connectionsMax: number;
  readonly packetsPerSecond: number;
}

/** An answer: an open port, or in mode `life` the first sign that the host is there. */
export interface SweepAnswer {
  readonly host: number;
  readonly port: number;
  readonly isOpen: boolean;
  readonly rttMs: number;
}

/** How many ports a sweep found in each state; `done` is their sum, in mode `life` counting hosts left early. */
export interface SweepCounts {
  readonly done: number;
  readonly open: number;
  readonly closed: number;
  /** No answer to two tries, or an answer from someone else on the way. */
  readonly filtered: number;
}

/** What a running sweep tells. */
export interface SweepEvents {
  readonly onAnswer: (answer: SweepAnswer) => void;
  readonly onCounts: (counts: SweepCounts) => void;
}

/** One way of making many connections. It ends when all is tried or the signal fires. */
export type Sweep = (
  plan: SweepPlan,
  signal: AbortSignal,
  events: SweepEvents,
) => Promise<SweepCounts>;
