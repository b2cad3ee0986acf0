import { messageOf, type Clock, type Log, type Random } from '@wardgrid/base';
import { ProblemError } from '@wardgrid/wire';

/** How long a controller is waited for; the other times follow from this one. */
export interface FailoverTimes {
  /** A controller that says nothing for this long, and up to as long again, is lost. */
  readonly patienceMs: number;
}

/** The devices of a dead controller do not all come to the next one at once: spread over a patience. */
const SPREAD_SHARE = 1;
/** A stand-in that is lost is left sooner: the device is on its way already. */
const STAND_IN_SHARE = 0.25;
/** One failure may be a broken connection; a lost controller fails again. */
const FAILURES_MIN = 2;
/** In patiences: how long a stand-in is kept at least, so that no device goes to and fro. */
const DWELL = 8;
/** In patiences: how soon a nearer controller is tried again, and how seldom at last. */
const PROBE_FIRST = 4;
const PROBE_LAST = 60;
/** Devices that came together do not go back together: a quarter either way. */
const JITTER_SHARE = 0.25;

/** What deciding between controllers needs. */
export interface FailoverOptions {
  readonly clock: Pick<Clock, 'monotonic'>;
  readonly random: Pick<Random, 'fraction'>;
  readonly times: FailoverTimes;
}

/** Decides when to leave a controller and when to look for a nearer one; knows no addresses. */
export interface Failover {
  /** The one in use answered. */
  readonly succeeded: () => void;
  /** The one in use did not serve this device; true when it is to be left. */
  readonly failed: (error: unknown, isNearest: boolean) => boolean;
  /** Another one is in use now. */
  readonly turned: () => void;
  /** Whether nearer ones are to be tried now. */
  readonly isProbeDue: () => boolean;
  /** None of the nearer ones would have us. */
  readonly probeFailed: () => void;
}

/** Nothing happens by itself: whoever talks with the controllers says what happened, and asks. */
export function createFailover({ clock, random, times }: FailoverOptions): Failover {
  const { patienceMs } = times;
  let failures = 0;
  let failingSinceMs = 0;
  let spreadMs = 0;
  let probes = 0;
  let probeAtMs = 0;

  const jittered = (ms: number): number =>
    ms * (1 - JITTER_SHARE + 2 * JITTER_SHARE * random.fraction());

  function turned(): void {
    failures = 0;
    probes = 0;
    // The dwell is longer than the first interval of probes: it is the first probe's.
    probeAtMs = clock.monotonic() + jittered(patienceMs * DWELL);
  }

  turned();
  return {
    turned,
    succeeded: () => void (failures = 0),
    failed(error, isNearest) {
      const isLost = isAway(error) || (isNearest && isStranger(error));
      if (!isLost && isNearest) return false;
      // A stand-in that answers and does not serve us will not serve us the next time; a busy one may.
      if (!isLost) return !isBusy(error);
      if (failures === 0) {
        failingSinceMs = clock.monotonic();
        spreadMs = patienceMs * SPREAD_SHARE * random.fraction();
      }
      failures += 1;
      const allowedMs = isNearest ? patienceMs + spreadMs : patienceMs * STAND_IN_SHARE;
      return failures >= FAILURES_MIN && clock.monotonic() - failingSinceMs >= allowedMs;
    },
    isProbeDue: () => clock.monotonic() >= probeAtMs,
    probeFailed() {
      const waitMs = patienceMs * Math.min(PROBE_LAST, PROBE_FIRST * 2 ** probes);
      probes += 1;
      probeAtMs = clock.monotonic() + jittered(waitMs);
    },
  };
}

/** Whether an error says that nobody serves there now; any other answer of a controller is an answer. */
function isAway(error: unknown): boolean {
  return !(error instanceof ProblemError) || error.problem.status >= 500;
}

/**
 * Whether a controller does not know the device, or no longer: it lies in another one's place now, and
 * those above know in whose.
 */
export function isStranger(error: unknown): boolean {
  return error instanceof ProblemError && error.code === 'device-assertion-invalid';
}

function isBusy(error: unknown): boolean {
  return error instanceof ProblemError && error.retryAfterSeconds !== null;
}

/** Says that a device turned to another controller. */
export function sayTurn(
  log: Log,
  turn: { readonly controllerId: string; readonly url: string; readonly cause: unknown },
): void {
  const { controllerId, url, cause } = turn;
  const reason = cause === null ? 'a nearer one is back' : messageOf(cause);
  log.warn('turned to another controller', { controllerId, url, reason });
}
