import type { DeviceFinding, ScopedRuleException } from '@wardgrid/wire';

type Selection = ScopedRuleException['selection'];

/** A selection in one line: `Image|endswith: /backup · User: root`. */
export function selectionText(selection: Selection): string {
  return Object.entries(selection)
    .map(([key, value]) => `${key}: ${Array.isArray(value) ? value.join(' | ') : value}`)
    .join(' · ');
}

/** What was wrong with the text of a selection. */
export interface SelectionFault {
  /** Counted from 1. */
  readonly line: number;
}

/**
 * The selection of a text with one `field: value` a line; the same field on several lines takes any of
 * their values. A line without a field or a value is a fault.
 */
export function parseSelection(
  text: string,
):
  | { readonly kind: 'read'; readonly selection: Selection }
  | ({ readonly kind: 'fault' } & SelectionFault) {
  const values = new Map<string, string[]>();
  for (const [index, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue;
    const colon = line.indexOf(':');
    const field = line.slice(0, colon).trim();
    const value = line.slice(colon + 1).trim();
    if (colon < 1 || field === '' || value === '') return { kind: 'fault', line: index + 1 };
    values.set(field, [...(values.get(field) ?? []), value]);
  }
  const entries = [...values].map(([field, all]): [string, string | string[]] => [
    field,
    all.length === 1 ? (all[0] ?? '') : all,
  ]);
  return { kind: 'read', selection: Object.fromEntries(entries) };
}

/** The fields that tell one event of a rule from another, narrowest first. */
const TELLING = [
  'file.hash.sha256',
  'process.executable',
  'process.parent.executable',
  'process.command_line',
  'file.path',
  'destination.ip',
  'user.name',
] as const;
/** Fields proposed at once: more would match this one event alone. */
const TELLING_MAX = 3;

/** A first selection for an exception from a detection: what it was, one field a line. */
export function selectionOf({ event }: Pick<DeviceFinding, 'event'>): string {
  if (event === null) return '';
  return TELLING.flatMap((field) => {
    const value = event.fields[field];
    return typeof value === 'string' && !value.includes('\n') ? [`${field}: ${value}`] : [];
  })
    .slice(0, TELLING_MAX)
    .join('\n');
}
