import {
  DEFAULT_PROTECTION,
  PolicyFieldName,
  ProtectionMode,
  ProtectionPolicy,
  Severity,
  type PolicyFields,
} from '@wardgrid/wire';
import { n, t, wordOr } from '../../messages/index.ts';
import { formatBytes } from '../../ui/format.ts';

/** By what kind of control a field is edited. */
export type FieldControl =
  | { readonly kind: 'choice'; readonly choices: readonly string[]; readonly words: string }
  | { readonly kind: 'number'; readonly min: number; readonly max: number }
  | { readonly kind: 'megabytes'; readonly min: number; readonly max: number }
  | { readonly kind: 'flag' | 'lines' | 'exclusions' | 'schedules' };

const MEGABYTE = 1_048_576;

/** The control of every field. Bounds repeat those of the wire, so that a browser says them early. */
export const fieldControls: Readonly<Record<PolicyFieldName, FieldControl>> = {
  mode: { kind: 'choice', choices: ProtectionMode.options, words: 'protection.mode' },
  malwareAction: {
    kind: 'choice',
    choices: ProtectionPolicy.shape.malwareAction.options,
    words: 'policy.malwareAction',
  },
  killFrom: { kind: 'choice', choices: ['never', ...Severity.options], words: 'policy.killFrom' },
  confidenceMin: { kind: 'number', min: 0, max: 100 },
  strictPaths: { kind: 'lines' },
  denyExecFromWorldWritable: { kind: 'flag' },
  denyOnTimeout: { kind: 'flag' },
  canaries: { kind: 'flag' },
  exclusions: { kind: 'exclusions' },
  schedules: { kind: 'schedules' },
  scanCpuPercentMax: { kind: 'number', min: 1, max: 100 },
  eventStoreBytesMax: { kind: 'megabytes', min: 1, max: 10_240 },
  eventStoreDaysMax: { kind: 'number', min: 1, max: 365 },
  quarantineBytesMax: { kind: 'megabytes', min: 1, max: 102_400 },
  quarantineDaysMax: { kind: 'number', min: 1, max: 3_650 },
};

/** The fields in the order in which people think of them. */
export const fieldNames = PolicyFieldName.options;

/** What a field begins with when a policy starts to decide it. */
export function initialValue(name: PolicyFieldName): PolicyFields[PolicyFieldName] {
  return name === 'exclusions' || name === 'schedules' ? [] : DEFAULT_PROTECTION[name];
}

/** The value of a field in words, for tables. */
export function valueWords(name: PolicyFieldName, value: unknown): string {
  const control = fieldControls[name];
  if (control.kind === 'choice') {
    const key = typeof value === 'string' ? value : 'never';
    return wordOr(`${control.words}.${key}`, wordOr(`severity.${key}`, key));
  }
  if (control.kind === 'flag') return value === true ? t('accounts.on') : t('accounts.off');
  if (Array.isArray(value)) return t('policy.entries', { count: value.length });
  if (typeof value !== 'number') return '–';
  return control.kind === 'megabytes' ? formatBytes(value) : n(value);
}

/** Bytes of so many binary megabytes, and back. */
export const megabytes = {
  toBytes: (count: number): number => count * MEGABYTE,
  fromBytes: (sizeBytes: number): number => Math.round(sizeBytes / MEGABYTE),
};
