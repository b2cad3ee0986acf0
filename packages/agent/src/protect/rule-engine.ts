import type { DeviceEvent, EngineHealth, ProtectionSettings } from '@wardgrid/wire';
import type { ToldFinding } from './finding-book.ts';

/** A finding of a rule. */
export interface RuleFinding extends ToldFinding {
  /** The rule reports, and nothing acts on it. */
  readonly isReportOnly: boolean;
  /** Told before under the same id. */
  readonly isRepeat: boolean;
}

/** Rules at work: events in, findings out. The part of the detection engine that protection uses. */
export interface RuleEngine {
  readonly accept: (event: DeviceEvent) => readonly RuleFinding[];
  readonly tick: (now: number) => readonly RuleFinding[];
  readonly configure: (
    settings: Pick<ProtectionSettings, 'switches' | 'exceptions'>,
    now: number,
  ) => void;
  readonly health: () => { readonly engines: readonly EngineHealth[] };
  readonly snapshot: () => string;
}

/** Makes an engine of compiled rules. @throws when they cannot be read. */
export type CreateRuleEngine = (given: {
  /** The texts of the `rules` parts of the content. */
  readonly packs: readonly string[];
  readonly settings: Pick<ProtectionSettings, 'switches' | 'exceptions'>;
  /** What an engine before remembered; undefined at the first start. */
  readonly snapshot: string | undefined;
}) => RuleEngine;

/** What stands in for rules while there are none. */
export const NO_RULES: RuleEngine = {
  accept: () => [],
  tick: () => [],
  configure: () => undefined,
  health: () => ({ engines: [] }),
  snapshot: () => '',
};
