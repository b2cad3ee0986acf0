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

/** The policy with more exclusions than a person wrote: files that were put back on purpose. */
export function withExclusions(
  policy: ProtectionPolicy,
  more: readonly Exclusion[],
): ProtectionPolicy {
  return more.length === 0 ? policy : { ...policy, exclusions: [...policy.exclusions, ...more] };
}
