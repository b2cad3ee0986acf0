import type { ProtectionHealth, ProtectionState } from '@wardgrid/wire';
import { shownText } from '../../../platform/stored-text.ts';

/** What a health comes to. */
export interface JudgedProtection {
  readonly state: ProtectionState;
  /** Why it is not `on`, in words. */
  readonly reasons: readonly string[];
}

/** Engines that need nothing but the agent: without one, less is found than the policy promises. */
const OWN_ENGINES: ReadonlySet<string> = new Set(['sigma', 'behaviour', 'hash']);
/** Reasons that are kept: a device has no more parts than these. */
const REASONS_MAX = 20;

/** Whether a device protects as it should, and what is missing. */
export function judgeProtection(health: ProtectionHealth): JudgedProtection {
  if (health.mode === 'off') return { state: 'off', reasons: ['protection is turned off'] };
  const sensors = health.sensors.filter(({ state }) => state !== 'on');
  const engines = health.engines.filter(
    ({ name, state }) => state === 'off' && OWN_ENGINES.has(name),
  );
  const reasons = [...sensors, ...engines]
    .map(({ name, state, reason }) =>
      shownText(`${name} is ${state}: ${reason ?? 'no reason given'}`),
    )
    .slice(0, REASONS_MAX);
  const isBlind = sensors.filter(({ state }) => state === 'off').length === health.sensors.length;
  if (isBlind) return { state: 'off', reasons: reasons.length > 0 ? reasons : ['no sensor runs'] };
  return { state: reasons.length > 0 ? 'degraded' : 'on', reasons };
}
