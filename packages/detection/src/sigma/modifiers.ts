import type { Path, Report } from './issues.ts';

const PLACES = ['contains', 'startswith', 'endswith'] as const;
const ENCODINGS = [
  'windash',
  'base64',
  'base64offset',
  'wide',
  'utf16',
  'utf16le',
  'utf16be',
] as const;
const COMPARISONS = ['lt', 'lte', 'gt', 'gte'] as const;
const DATE_PARTS = ['minute', 'hour', 'day', 'week', 'month', 'year'] as const;
const KINDS = ['re', 'cidr', 'exists', 'fieldref'] as const;
const REGEX_FLAGS = ['i', 'm', 's'] as const;
const OTHERS = ['all', 'cased', 'neq', 'expand'] as const;

/** A step that changes a text before it is looked for, in the order written. */
export type Encoding = (typeof ENCODINGS)[number];

/** What the modifiers of one key say. */
export interface Modifiers {
  readonly place: (typeof PLACES)[number] | null;
  readonly encodings: readonly Encoding[];
  readonly compare: (typeof COMPARISONS)[number] | null;
  readonly datePart: (typeof DATE_PARTS)[number] | null;
  readonly kind: (typeof KINDS)[number] | null;
  readonly regexFlags: string;
  readonly isAll: boolean;
  readonly isCased: boolean;
  readonly isNegated: boolean;
  readonly isExpanded: boolean;
}

/** A key of a selection, `field|modifier|modifier`. */
export interface SelectionKey {
  /** Empty: a keyword. */
  readonly field: string;
  readonly modifiers: Modifiers;
}

/** Reads a key; undefined when it was reported. */
export function parseKey(key: string, path: Path, report: Report): SelectionKey | undefined {
  const [field = '', ...names] = key.split('|');
  const known: readonly string[] = [
    ...PLACES,
    ...ENCODINGS,
    ...COMPARISONS,
    ...DATE_PARTS,
    ...KINDS,
    ...REGEX_FLAGS,
    ...OTHERS,
  ];
  const stranger = names.find((name) => !known.includes(name));
  if (stranger !== undefined) {
    report('modifier-unknown', path, `'${stranger}' is no modifier`);
    return undefined;
  }
  const conflict = conflictOf(names);
  if (conflict !== undefined) {
    report('modifier-conflict', path, conflict);
    return undefined;
  }
  const one = <Name extends string>(list: readonly Name[]): Name | null =>
    list.find((name) => names.includes(name)) ?? null;
  return {
    field,
    modifiers: {
      place: one(PLACES),
      encodings: names.flatMap((name) => ENCODINGS.filter((encoding) => encoding === name)),
      compare: one(COMPARISONS),
      datePart: one(DATE_PARTS),
      kind: one(KINDS),
      regexFlags: REGEX_FLAGS.filter((flag) => names.includes(flag)).join(''),
      isAll: names.includes('all'),
      isCased: names.includes('cased'),
      isNegated: names.includes('neq'),
      isExpanded: names.includes('expand'),
    },
  };
}

/** Most modifiers of one key: longer chains mean nothing. */
const MODIFIERS_MAX = 12;

function conflictOf(names: readonly string[]): string | undefined {
  if (names.length > MODIFIERS_MAX) return `more than ${MODIFIERS_MAX} modifiers`;
  const of = (list: readonly string[]) => list.filter((name) => names.includes(name));
  for (const list of [PLACES, COMPARISONS, DATE_PARTS, KINDS]) {
    const [one, other] = of(list);
    if (other !== undefined) return `'${one}' and '${other}' exclude each other`;
  }
  const [kind] = of(KINDS);
  const [numeric] = [...of(COMPARISONS), ...of(DATE_PARTS)];
  const [textual] = [...of(PLACES), ...of(ENCODINGS)];
  const [flag] = of(REGEX_FLAGS);
  const other = textual ?? kind;
  if (numeric !== undefined && other !== undefined) {
    return `'${numeric}' compares numbers, '${other}' does not`;
  }
  if (kind !== undefined && textual !== undefined && !isPlaced(kind, of(ENCODINGS))) {
    return `'${kind}' and '${textual}' exclude each other`;
  }
  return kind !== 're' && flag !== undefined ? `'${flag}' belongs to 're'` : undefined;
}

/** Only the comparison of two fields may say where one must stand in the other. */
function isPlaced(kind: string, encodings: readonly string[]): boolean {
  return kind === 'fieldref' && encodings.length === 0;
}
