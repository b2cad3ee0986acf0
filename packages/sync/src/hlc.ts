/**
 * A moment of a hybrid logical clock (Kulkarni and others, 2014): 48 bits of milliseconds and 16 of a
 * counter as 16 lower-case hex digits, so that text order is time order.
 */
export type Hlc = string;

/** Before every other moment. */
export const HLC_ZERO: Hlc = '0'.repeat(16);

/** How far ahead of one's own clock another's moment is believed: further ahead it is a wrong clock. */
export const SKEW_MS_MAX = 60_000;

const COUNTER_DIGITS = 4;
const COUNTER_MAX = 0xffff;
const DIGITS = 16;
const MS_MAX = 2 ** 48 - 1;

/** The moment of these milliseconds and this counter; a counter that overflows moves on in time. */
export function hlcOf(epochMs: number, counter = 0): Hlc {
  const carried = counter > COUNTER_MAX;
  const ms = Math.min(MS_MAX, Math.max(0, Math.floor(epochMs)) + (carried ? 1 : 0));
  const count = carried ? 0 : counter;
  return (
    ms.toString(16).padStart(DIGITS - COUNTER_DIGITS, '0') +
    count.toString(16).padStart(COUNTER_DIGITS, '0')
  );
}

/** The milliseconds of a moment. */
export function msOf(hlc: Hlc): number {
  return Number.parseInt(hlc.slice(0, -COUNTER_DIGITS), 16);
}

function counterOf(hlc: Hlc): number {
  return Number.parseInt(hlc.slice(-COUNTER_DIGITS), 16);
}

/** The very next moment after another. */
export function hlcAfter(hlc: Hlc): Hlc {
  return hlcOf(msOf(hlc), counterOf(hlc) + 1);
}

/** The later of two moments. */
export function hlcMax(left: Hlc, right: Hlc): Hlc {
  return left > right ? left : right;
}

/** The moment of something written now: later than all before, whatever the wall clock says. */
export function hlcTick(last: Hlc, wallMs: number): Hlc {
  return hlcMax(hlcAfter(last), hlcOf(wallMs));
}

/** A moment from elsewhere, no further ahead than a clock may be wrong. Nothing is refused for it. */
export function hlcClamp(hlc: Hlc, wallMs: number): Hlc {
  const latest = hlcOf(wallMs + SKEW_MS_MAX);
  return hlc > latest ? latest : hlc;
}

/** One's own clock after a moment from elsewhere was seen. */
export function hlcObserve(last: Hlc, remote: Hlc, wallMs: number): Hlc {
  if (remote <= last) return last;
  return hlcMax(last, hlcClamp(remote, wallMs));
}
