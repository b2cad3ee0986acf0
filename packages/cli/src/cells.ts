import { visibleText } from '@wardgrid/base';
import { PERSON_PLACE_MARK } from './contract-words.ts';

/** What a value means, where its type does not tell. */
export type CellKind = 'plain' | 'person' | 'bytes' | 'percent' | 'milliseconds';

/** A JSON object. */
export type Row = Readonly<Record<string, unknown>>;

/** Whether a value is an object with members. */
export function isRow(value: unknown): value is Row {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The value at a path of members (`counts.devices`), or undefined. */
export function valueAt(row: unknown, path: string): unknown {
  let value = row;
  for (const member of path.split('.')) {
    value = isRow(value) && Object.hasOwn(value, member) ? value[member] : undefined;
  }
  return value;
}

const INSTANT = /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})\.\d{3}Z$/;

/** The text of a value for people, on one line, with nothing in it that a terminal would obey. */
export function cellText(value: unknown, kind: CellKind = 'plain'): string {
  if (value === null || value === undefined || value === '') return '-';
  if (typeof value === 'string' && kind === 'person') return visibleText(personText(value));
  if (typeof value === 'string') return visibleText(value.replace(INSTANT, '$1 $2Z'));
  if (typeof value === 'boolean') return value ? 'yes' : 'no';
  if (typeof value === 'number') return numberText(value, kind);
  if (Array.isArray(value)) return listText(value);
  return visibleText(JSON.stringify(value));
}

function numberText(value: number, kind: CellKind): string {
  switch (kind) {
    case 'bytes':
      return bytesText(value);
    case 'percent':
      return `${Math.round(value)} %`;
    case 'milliseconds':
      return `${Math.round(value * 10) / 10} ms`;
    case 'plain':
    case 'person':
      return String(value);
  }
}

/** Of somebody whose account the reader does not see, where they belong. */
export function personText(name: string): string {
  if (!name.startsWith(PERSON_PLACE_MARK)) return name;
  const place = name.slice(PERSON_PLACE_MARK.length);
  return place === '' ? 'somebody else' : `somebody of ${place}`;
}

function listText(values: readonly unknown[]): string {
  return values.length === 0 ? '-' : values.map((value) => cellText(value)).join(', ');
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;

function bytesText(sizeBytes: number): string {
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1_024 && unit < UNITS.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${unit === 0 ? size : size.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** What a member's name says of its values: `memoryUsedBytes`, `cpuPercent`, `rttMs`. */
export function kindOfName(name: string): CellKind {
  if (name === 'by' || name.endsWith('By')) return 'person';
  if (name.endsWith('Bytes')) return 'bytes';
  if (name.endsWith('Percent')) return 'percent';
  return name.endsWith('Ms') ? 'milliseconds' : 'plain';
}

/** The words of a member's name: `last seen at` of `lastSeenAt`. */
export function wordsOfName(name: string): string {
  return name
    .replaceAll('.', ' ')
    .replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
    .replace(/^is /, '')
    .replace(/ ms$/, '');
}
