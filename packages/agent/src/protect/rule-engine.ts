import { readFileSync } from 'node:fs';
import {
  createEngine,
  loadPack,
  type Engine,
  type FindingMemory,
  type RuleSighting,
} from '@wardgrid/detection';
import type { Clock, NewId } from '@wardgrid/base';
import type { ProtectionSettings } from '@wardgrid/wire';

/** What making an engine of rules needs. */
export interface RuleEngineOptions {
  readonly clock: Clock;
  readonly newId: NewId;
  /** The files of the `rules` parts of the content. */
  readonly packs: readonly string[];
  readonly settings: Pick<ProtectionSettings, 'switches' | 'exceptions'>;
  /** What an engine before remembered; undefined at the first start. */
  readonly snapshot: string | undefined;
  readonly memory: FindingMemory;
  readonly onSighting: (sighting: RuleSighting) => void;
}

/** The rules of this device's content at work. @throws DetectionError when a pack cannot be read. */
export function createRuleEngine(options: RuleEngineOptions): Engine {
  const { clock, newId, packs, settings, snapshot, memory, onSighting } = options;
  return createEngine({
    packs: packs.map((path) => loadPack(readFileSync(path, 'utf8'))),
    platform: 'linux',
    switches: settings.switches,
    exceptions: settings.exceptions,
    now: clock.now(),
    newId,
    microseconds: () => clock.monotonic() * 1_000,
    memory,
    onSighting,
    ...(snapshot === undefined ? {} : { snapshot }),
  });
}
