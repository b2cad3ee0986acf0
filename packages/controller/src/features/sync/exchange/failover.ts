import type { UpstreamState } from '@wardgrid/wire';

/*
 * Whom a controller talks with: its parent; when that is silent the next one up, and in the end the
 * cloud; and its parent again when it has answered for a while. Nothing is transferred when it changes:
 * the cursor is the cloud's number whoever serves it. Pure: told what happened and when.
 */

/** The times that failover goes by. */
export interface FailoverTimers {
  /** How long an upstream may be silent. */
  readonly failoverAfterMs: number;
  /** How soon one that was silent is asked again; doubled with every failure. */
  readonly probeIntervalMs: number;
  /** How long it must have answered before it is used again. */
  readonly dwellMs: number;
}

/** Failures in a row after which an upstream is given up, however quickly they came. */
const FAILURES_MAX = 3;
/** Asking again is doubled so often: sixty seconds to a quarter of an hour. */
const PROBE_FACTOR_MAX = 15;

/** One of those above. */
export interface Rung {
  isReachable: boolean | null;
  lastTriedAt: number | null;
  failure: string | null;
  failures: number;
  /** Since when it answers without a break; null while it does not. */
  answersSince: number | null;
  /** When it is asked again, while another is in use. */
  nextProbeAt: number;
}

/** Where a controller stands with those above, nearest first. */
export interface Failover {
  readonly rungs: readonly Rung[];
  /** The one in use. */
  readonly current: () => number;
  readonly state: () => UpstreamState;
  readonly since: () => number;
  readonly succeeded: (nowMs: number) => void;
  /** The one in use did not answer. */
  readonly failed: (nowMs: number, failure: string) => void;
  /** The one in use is not to be relied on: it is given up at once, and for long. */
  readonly distrusted: (nowMs: number, failure: string) => void;
  /** A nearer one that is to be asked whether it answers again; null when none is due. */
  readonly dueProbe: (nowMs: number) => number | null;
  readonly nextProbeAt: () => number | null;
  readonly probed: (index: number, nowMs: number, failure: string | null) => void;
}

/** What changes with time. */
interface Standing {
  readonly rungs: readonly Rung[];
  readonly timers: FailoverTimers;
  current: number;
  since: number;
  hasSucceeded: boolean;
  silentSince: number;
  isCutOff: boolean;
}

export function createFailover(count: number, timers: FailoverTimers, startedAt: number): Failover {
  const standing: Standing = {
    rungs: Array.from({ length: count }, newRung),
    timers,
    current: 0,
    since: startedAt,
    hasSucceeded: false,
    silentSince: startedAt,
    isCutOff: false,
  };
  const { rungs } = standing;
  return {
    rungs,
    current: () => standing.current,
    since: () => standing.since,
    state: () => stateOf(standing),
    succeeded: (nowMs) => succeeded(standing, nowMs),
    failed: (nowMs, failure) => failed(standing, nowMs, failure),
    distrusted: (nowMs, failure) => distrusted(standing, nowMs, failure),
    dueProbe(nowMs) {
      const index = nearer(standing).findIndex((rung) => rung.nextProbeAt <= nowMs);
      return index === -1 ? null : index;
    },
    nextProbeAt() {
      const times = nearer(standing).map((rung) => rung.nextProbeAt);
      return times.length === 0 ? null : Math.min(...times);
    },
    probed(index, nowMs, failure) {
      const rung = rungs[index];
      if (rung && failure === null) foundAgain(standing, { rung, index }, nowMs);
      if (!rung || failure === null) return;
      fell(rung, nowMs, failure);
      const factor = Math.min(2 ** (rung.failures - 1), PROBE_FACTOR_MAX);
      rung.nextProbeAt = nowMs + timers.probeIntervalMs * factor;
    },
  };
}

function newRung(): Rung {
  return {
    isReachable: null,
    lastTriedAt: null,
    failure: null,
    failures: 0,
    answersSince: null,
    nextProbeAt: 0,
  };
}

/** Those nearer than the one in use. */
function nearer({ rungs, current }: Standing): readonly Rung[] {
  return rungs.slice(0, current);
}

function stateOf({ isCutOff, hasSucceeded, current, rungs }: Standing): UpstreamState {
  if (isCutOff) return 'cut-off';
  if (!hasSucceeded) return 'connecting';
  if (current === 0) return 'parent';
  return current === rungs.length - 1 ? 'direct' : 'ancestor';
}

function succeeded(standing: Standing, nowMs: number): void {
  const rung = standing.rungs[standing.current];
  if (rung) answered(rung, nowMs);
  if (standing.isCutOff || !standing.hasSucceeded) standing.since = nowMs;
  standing.isCutOff = false;
  standing.hasSucceeded = true;
  standing.silentSince = nowMs;
}

function failed(standing: Standing, nowMs: number, failure: string): void {
  const { rungs, current, timers } = standing;
  const rung = rungs[current];
  if (!rung) return;
  fell(rung, nowMs, failure);
  const isSilent = nowMs - standing.silentSince >= timers.failoverAfterMs;
  if (rung.failures < FAILURES_MAX && !isSilent) return;
  rung.nextProbeAt = nowMs + timers.probeIntervalMs;
  rung.failures = 0;
  useNext(standing, nowMs);
}

function distrusted(standing: Standing, nowMs: number, failure: string): void {
  const rung = standing.rungs[standing.current];
  if (!rung) return;
  fell(rung, nowMs, failure);
  rung.nextProbeAt = nowMs + standing.timers.probeIntervalMs * PROBE_FACTOR_MAX;
  useNext(standing, nowMs);
}

function useNext(standing: Standing, nowMs: number): void {
  const { rungs, current } = standing;
  const isLast = current === rungs.length - 1;
  if (isLast && !standing.isCutOff) {
    standing.isCutOff = true;
    standing.since = nowMs;
  }
  use(standing, isLast ? 0 : current + 1, nowMs);
}

function foundAgain(
  standing: Standing,
  { rung, index }: { readonly rung: Rung; readonly index: number },
  nowMs: number,
): void {
  const { dwellMs, probeIntervalMs } = standing.timers;
  answered(rung, nowMs);
  const dwelt = nowMs - (rung.answersSince ?? nowMs);
  if (dwelt >= dwellMs) use(standing, index, nowMs);
  else rung.nextProbeAt = nowMs + Math.min(probeIntervalMs, dwellMs - dwelt);
}

function use(standing: Standing, index: number, nowMs: number): void {
  if (index !== standing.current) standing.since = nowMs;
  standing.current = index;
  standing.silentSince = nowMs;
  const rung = standing.rungs[index];
  if (rung) rung.failures = 0;
}

function answered(rung: Rung, nowMs: number): void {
  rung.isReachable = true;
  rung.lastTriedAt = nowMs;
  rung.failure = null;
  rung.failures = 0;
  rung.answersSince ??= nowMs;
}

function fell(rung: Rung, nowMs: number, failure: string): void {
  rung.isReachable = false;
  rung.lastTriedAt = nowMs;
  rung.failure = failure;
  rung.failures += 1;
  rung.answersSince = null;
}
