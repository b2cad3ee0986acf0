import { rootNodeOf, type SyncCheckpoint } from '@wardgrid/wire';
import type { Membership } from '../../../platform/membership.ts';
import type { Platform } from '../../../platform/services.ts';
import { CLOCK_SKEW_MS_MAX, readClock, type FourTimes } from './clock-offset.ts';
import type { ExchangeDeps } from './deps.ts';
import type { UpstreamPeer } from './talk.ts';
import type { UplinkMemory } from './uplink-repository.ts';

/** What the uplink keeps of its clock. */
interface ClockKeeper {
  readonly platform: Platform;
  readonly deps: Pick<ExchangeDeps, 'raise'>;
  memory: UplinkMemory;
  /** Whether a person was told that the clock is off. */
  skewTold: boolean;
}

interface Partner {
  readonly membership: Membership;
  readonly upstream: UpstreamPeer;
}

/** A word of the cloud this young says what time it is there. */
const WORD_AGE_MS_MAX = 10 * 60_000;

/**
 * Puts the own clock right by what the upstream's shows. Of a relay this is believed as far as the cloud's
 * own signature agrees: who relays must not tell those below that a licence has not expired yet.
 */
export async function noteClock(
  keeper: ClockKeeper,
  partner: Partner,
  given: FourTimes & { readonly word: SyncCheckpoint | null | undefined },
): Promise<void> {
  const { chainTime } = keeper.platform;
  const { offsetMs, errorMs } = readClock(given);
  // The clock was set while the answer was on its way: nothing can be read from it.
  if (errorMs > CLOCK_SKEW_MS_MAX || given.t3 < given.t0) return;
  const isCloud = partner.upstream.nodeId === rootNodeOf(partner.membership.tenantId);
  const isProved = isCloud || Math.abs((given.word?.at ?? 0) - given.t1) <= WORD_AGE_MS_MAX;
  const wholeMs = offsetMs + chainTime.offsetMs();
  const isOff = Math.abs(wholeMs) - errorMs > CLOCK_SKEW_MS_MAX;
  if (isProved) chainTime.correct(isOff ? wholeMs : 0);
  keeper.memory = { ...keeper.memory, clockOffsetMs: wholeMs, clockMeasuredAt: given.t3 };
  if (!isOff) keeper.skewTold = false;
  else if (!keeper.skewTold) keeper.skewTold = await tellSkew(keeper, partner, wholeMs);
}

/** Whether a person was told. */
function tellSkew(
  { deps, platform }: ClockKeeper,
  { membership, upstream }: Partner,
  offsetMs: number,
): Promise<boolean> {
  return deps.raise({
    tenantId: membership.tenantId,
    scope: membership.scope,
    kind: 'clock-skew',
    nodeId: platform.keys.controllerId,
    detail: `its clock is ${skewWords(offsetMs)} '${upstream.name}'`,
  });
}

function skewWords(offsetMs: number): string {
  const seconds = Math.round(Math.abs(offsetMs) / 1_000);
  return offsetMs > 0 ? `${seconds} s ahead of` : `${seconds} s behind`;
}
