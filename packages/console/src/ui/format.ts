import { systemClock } from '@wardgrid/base/system';
import { languageTag } from '../messages/index.ts';

const UNITS: readonly (readonly [Intl.RelativeTimeFormatUnit, number])[] = [
  ['year', 31_536_000_000],
  ['month', 2_592_000_000],
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
];

/** The shown time is as old as its last tick; what lies ahead by less than that is now. */
const JUST_NOW_MS = 20_000;

/** How long ago or ahead, in words: `3 minutes ago`. */
export function relativeTime(epochMs: number, nowMs = systemClock.now()): string {
  const aheadMs = epochMs - nowMs;
  const offsetMs = aheadMs > 0 && aheadMs < JUST_NOW_MS ? 0 : aheadMs;
  const [unit, unitMs] = UNITS.find(([, ms]) => Math.abs(offsetMs) >= ms) ?? ['second', 1_000];
  const format = new Intl.RelativeTimeFormat(languageTag(), { numeric: 'auto', style: 'short' });
  return format.format(Math.trunc(offsetMs / unitMs), unit);
}

/** A moment in the reader's own time zone. */
export function absoluteTime(epochMs: number): string {
  const format = new Intl.DateTimeFormat(languageTag(), {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  return format.format(epochMs);
}

/** A day in the reader's own time zone. */
export function dateOf(epochMs: number): string {
  return new Intl.DateTimeFormat(languageTag(), { dateStyle: 'medium' }).format(epochMs);
}

const SIZE_UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** A size in decimal units, as disks and networks are sold. */
export function formatBytes(sizeBytes: number): string {
  const power = sizeBytes < 1 ? 0 : Math.min(5, Math.floor(Math.log10(sizeBytes) / 3));
  const format = new Intl.NumberFormat(languageTag(), {
    style: 'unit',
    unit: SIZE_UNITS[power] ?? 'byte',
    unitDisplay: 'short',
    maximumFractionDigits: power < 3 ? 0 : 1,
  });
  return format.format(sizeBytes / 1000 ** power);
}

/** A duration by its two largest units: `3 d 4 h`. */
export function formatDuration(durationMs: number): string {
  const parts: string[] = [];
  let leftMs = Math.max(0, durationMs);
  for (const [unit, unitMs] of DURATION_UNITS) {
    const count = Math.floor(leftMs / unitMs);
    leftMs -= count * unitMs;
    if (count > 0 || (unit === 'second' && parts.length === 0)) parts.push(unitText(count, unit));
    if (parts.length === 2) break;
  }
  return parts.join(' ');
}

const DURATION_UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
  ['second', 1_000],
] as const;

function unitText(count: number, unit: string): string {
  return new Intl.NumberFormat(languageTag(), {
    style: 'unit',
    unit,
    unitDisplay: 'narrow',
  }).format(count);
}

/** A share in per cent. */
export function formatPercent(share: number): string {
  return new Intl.NumberFormat(languageTag(), {
    style: 'percent',
    maximumFractionDigits: 0,
  }).format(share);
}
