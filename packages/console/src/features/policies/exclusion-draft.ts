import type { Exclusion } from '@wardgrid/wire';

/** An exclusion as it is being typed. */
interface Draft {
  readonly kind: Exclusion['kind'];
  readonly value: string;
  readonly reason: string;
  readonly days: string;
}

const DAY_MS = 86_400_000;
/** Ten years: who means longer leaves the field empty. */
export const DAYS_MAX = 3_650;

/** An exclusion that nobody thinks of again is a hole: a quarter of a year, unless said otherwise. */
export const EMPTY_DRAFT: Draft = { kind: 'path', value: '', reason: '', days: '90' };

const SHA256 = /^[0-9a-f]{64}$/;
const WHOLE = /^\d{1,4}$/;

/** Days as they were typed: null for ever, undefined when they are no number of days. */
export function daysOf(text: string): number | null | undefined {
  const days = text.trim();
  if (days === '') return null;
  if (!WHOLE.test(days)) return undefined;
  return Number(days) >= 1 && Number(days) <= DAYS_MAX ? Number(days) : undefined;
}

/** The exclusion of a draft, when it is complete. */
export function exclusionOf(
  { kind, value, reason, days: typed }: Draft,
  nowMs: number,
): Omit<Exclusion, 'id'> | undefined {
  const days = daysOf(typed);
  if (days === undefined || value.trim() === '' || reason.trim() === '') return undefined;
  const text = kind === 'hash' ? value.trim().toLowerCase() : value.trim();
  if (kind === 'hash' && !SHA256.test(text)) return undefined;
  const expiresAt = days === null ? null : nowMs + days * DAY_MS;
  return { kind, value: text, reason: reason.trim(), expiresAt };
}
