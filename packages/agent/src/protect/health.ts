import type { Engine } from '@wardgrid/detection';
import type { EngineHealth, ProtectionHealth, SensorHealth } from '@wardgrid/wire';
import type { FileProtection } from '../sensors/files/index.ts';
import type { Content } from './content.ts';
import type { FileVerdicts } from './file-verdicts.ts';
import type { Sensor } from './parts.ts';

/** What the health of protection is read from. */
export interface HealthSource {
  readonly mode: ProtectionHealth['mode'];
  readonly policyVersion: number;
  readonly content: Content;
  /** Why the content that the settings name does not run; null when it does. */
  readonly contentTrouble: string | null;
  readonly rules: Pick<Engine, 'health'>;
  readonly files: Pick<FileProtection, 'health' | 'engines'> | null;
  /** Why there is no protection of files. */
  readonly filesTrouble: string | null;
  readonly sensors: readonly Pick<Sensor, 'health'>[];
  readonly verdicts: Pick<FileVerdicts, 'hits'>;
  readonly quarantined: number;
}

/** How protection is at this moment. */
export function healthOf(source: HealthSource): ProtectionHealth {
  const { mode, policyVersion, content, rules, files, quarantined } = source;
  const fileSensors = files?.health() ?? [noFiles(source.filesTrouble)];
  return {
    mode,
    policyVersion,
    contentDigest: content.digest,
    sensors: [...fileSensors, ...source.sensors.map((sensor) => sensor.health())],
    engines: [...rules.health().engines, ...fileEngines(source)].map((engine) => ({
      ...engine,
      reason: engine.reason ?? source.contentTrouble,
    })),
    quarantined,
  };
}

function noFiles(trouble: string | null): SensorHealth {
  return {
    name: 'file-access',
    state: 'off',
    source: 'none',
    reason: (trouble ?? 'files are not protected here').slice(0, 300),
    events: 0,
    dropped: 0,
    p50Us: null,
    p99Us: null,
    blindMs: 0,
    blindSpots: [],
  };
}

/** The engines inside the scanners, as those say, and what they found. */
function fileEngines({ content, files, verdicts }: HealthSource): EngineHealth[] {
  const evaluated = files?.health().find(({ name }) => name === 'file-access')?.events ?? 0;
  const { yara, hashes } = content.signatures;
  // EICAR's test file is known to the hash engine without any list; ClamAV's are its own to count.
  const counts = {
    yara: yara.reduce((sum, { text }) => sum + rulesIn(text), 0),
    hash: hashes.length + 1,
    clamav: 0,
  };
  return (files?.engines() ?? []).map(({ engine, isOn, detail }) => ({
    name: engine,
    state: isOn ? 'on' : 'off',
    reason: isOn ? null : detail.slice(0, 300),
    rules: counts[engine],
    evaluated,
    matched: verdicts.hits(engine),
    notEvaluable: 0,
  }));
}

const YARA_RULE = /^[ \t]*(?:(?:private|global)[ \t]+)*rule[ \t]+\w/gm;

function rulesIn(text: string): number {
  return text.match(YARA_RULE)?.length ?? 0;
}
