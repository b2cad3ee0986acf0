/** What the guardian sees of the agent at one look. */
export interface Look {
  readonly atMs: number;
  /** The state of the process as in `/proc/PID/stat`; null when it could not be read. */
  readonly state: string | null;
  readonly beat: number;
}

/** How long the agent may be silent. */
export interface WatchLimits {
  /** How often the guardian looks. */
  readonly lookMs: number;
  /** How long the main thread may stand still. */
  readonly stallMs: number;
}

/** Why the agent must end. `stopped`: somebody sent it SIGSTOP; `stalled`: its main thread stands still. */
export type WatchEnd = 'stopped' | 'stalled';

/** Looks in a row at which a stopped agent is ended: somebody may only have stopped it for a moment. */
const STOPPED_LOOKS = 2;
/** A look that comes this much late says that the machine is at fault, not the agent. */
const LATE_FACTOR = 4;

/** Stopped by a signal (T) or by a debugger (t): either way everybody whom the agent holds waits. */
const STOPPED_STATES: ReadonlySet<string | null> = new Set(['T', 't']);

/**
 * Judges look after look whether the agent must be ended so that the kernel lets everybody go. It only
 * counts what it saw in time: a guardian that was itself held up knows nothing of the time between.
 */
export function createWatch(limits: WatchLimits): (look: Look) => WatchEnd | null {
  let last: Look | null = null;
  let stoppedLooks = 0;
  let silentMs = 0;
  return (look) => {
    const sinceMs = last === null ? Number.POSITIVE_INFINITY : look.atMs - last.atMs;
    const isLate = sinceMs > limits.lookMs * LATE_FACTOR;
    const isSilent = last !== null && last.beat === look.beat;
    last = look;
    if (isLate) {
      stoppedLooks = 0;
      silentMs = 0;
      return null;
    }
    silentMs = isSilent ? silentMs + sinceMs : 0;
    stoppedLooks = STOPPED_STATES.has(look.state) ? stoppedLooks + 1 : 0;
    if (stoppedLooks >= STOPPED_LOOKS) return 'stopped';
    return silentMs >= limits.stallMs ? 'stalled' : null;
  };
}
