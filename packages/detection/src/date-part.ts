import type { DatePart } from './rule.ts';

/** Seconds and milliseconds are told apart by size: this many seconds are the year 5138. */
const SECONDS_MAX = 100_000_000_000;

/** The part of a date, in UTC; NaN when the text is no date (RFC 3339, or seconds or milliseconds). */
export function datePartOf(text: string, part: DatePart): number {
  const number = Number(text);
  const isNumber = text.trim() !== '' && Number.isFinite(number);
  const epochMs = Math.abs(number) < SECONDS_MAX ? number * 1_000 : number;
  const date = new Date(isNumber ? epochMs : text);
  switch (part) {
    case 'minute':
      return date.getUTCMinutes();
    case 'hour':
      return date.getUTCHours();
    case 'day':
      return date.getUTCDate();
    case 'week':
      return isoWeekOf(date);
    case 'month':
      return date.getUTCMonth() + 1;
    case 'year':
      return date.getUTCFullYear();
  }
}

const DAY_MS = 86_400_000;

/** The week of ISO 8601: it belongs to the year of its Thursday. */
function isoWeekOf(date: Date): number {
  const weekday = (date.getUTCDay() + 6) % 7;
  const thursday = new Date(date.getTime() - (weekday - 3) * DAY_MS);
  const newYear = Date.UTC(thursday.getUTCFullYear(), 0, 1);
  return Math.floor((thursday.getTime() - newYear) / DAY_MS / 7) + 1;
}
