import { realpathSync } from 'node:fs';
import {
  DEFAULT_PROTECTION,
  Severity,
  type Exclusion,
  type ProtectionPolicy,
  type ProtectionSettings,
} from '@wardgrid/wire';

/** What a device runs while its controller has not said: it is protected from the first second. */
export const INITIAL_PROTECTION: ProtectionSettings = {
  policy: DEFAULT_PROTECTION,
  switches: [],
  exceptions: [],
  content: null,
};

/** Whether the processes of a finding are ended. Weak findings never kill, whatever their severity. */
export function isKilled(
  { mode, killFrom, confidenceMin }: ProtectionPolicy,
  finding: {
    readonly severity: Severity;
    readonly confidence: number;
    readonly isReportOnly: boolean;
  },
): boolean {
  if (mode === 'off' || mode === 'detect' || killFrom === null || finding.isReportOnly)
    return false;
  const rank = (severity: Severity): number => Severity.options.indexOf(severity);
  return rank(finding.severity) >= rank(killFrom) && finding.confidence >= confidenceMin;
}

/** Whether a file that signature engines surely call malicious is taken away. */
export function isSealed({ mode, malwareAction }: ProtectionPolicy): boolean {
  return mode !== 'off' && mode !== 'detect' && malwareAction === 'quarantine';
}

/** Whether nobody may open or run such a file, taken away or not. */
export function isRefused({ mode, malwareAction }: ProtectionPolicy): boolean {
  return mode !== 'off' && mode !== 'detect' && malwareAction !== 'report';
}

/** The id of the exclusion below: it is in no policy. */
const OWN_EXCLUSION_ID = '00000000-0000-7000-8000-000000000000';

/** The policy, and that the agent's own folder is left alone: it holds the strings that rules look for. */
export function withOwnFolder(policy: ProtectionPolicy, dataPath: string): ProtectionPolicy {
  const own: Exclusion = {
    id: OWN_EXCLUSION_ID,
    kind: 'path',
    // As the kernel tells it: the folder may lie behind a link.
    value: `${realpathSync(dataPath)}/**`,
    reason: 'what the agent keeps',
    expiresAt: null,
  };
  return { ...policy, exclusions: [...policy.exclusions, own] };
}
