import type { Clock } from '@wardgrid/base';
import { systemCalls } from './system-calls.ts';

/** Clocks of the kernel: `boot` also counts the time a machine slept (clock_gettime(2)). */
const CLOCKS = { monotonic: 1, boot: 7 } as const;
/** Below this a difference is rounding, above it somebody set the clock. */
const CLOCK_STEP_MS = 50;
/** How soon a clock that was set is noticed: asking for every event would cost more than the event. */
const LOOK_MS = 1_000;

const timespec = Buffer.alloc(16);

/** Milliseconds since the machine was booted; what the kernel stamps processes and events with. */
export function readBootClockMs(name: keyof typeof CLOCKS = 'boot'): number {
  const calls = systemCalls();
  calls.check('clock_gettime', calls.clock_gettime(CLOCKS[name], timespec));
  const seconds = Number(timespec.readBigInt64LE(0));
  return seconds * 1_000 + Number(timespec.readBigInt64LE(8)) / 1e6;
}

/** Turns what the kernel stamps into epoch milliseconds. */
export interface BootTime {
  /** When the machine booted. Stays the same until somebody sets the clock, so that a process does
      not seem to start twice. */
  readonly bootedAt: () => number;
  /** Now, finer than a millisecond, for delays against stamps. */
  readonly now: () => number;
}

/** The boot time of this machine by a clock. */
export function createBootTime(clock: Pick<Clock, 'now'>): BootTime {
  let lookedAt = clock.now();
  let bootedAt = lookedAt - readBootClockMs();
  const refreshed = (): number => {
    const now = clock.now();
    if (Math.abs(now - lookedAt) < LOOK_MS) return bootedAt;
    lookedAt = now;
    const fresh = now - readBootClockMs();
    if (Math.abs(fresh - bootedAt) > CLOCK_STEP_MS) bootedAt = fresh;
    return bootedAt;
  };
  return { bootedAt: refreshed, now: () => refreshed() + readBootClockMs() };
}
