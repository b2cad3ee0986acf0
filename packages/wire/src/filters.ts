/** What a filter may compare a field with. */
export type FieldKind = 'text' | 'number' | 'time' | 'choice' | 'flag' | 'address';

/** One field of a list: how it may be filtered and sorted. The allow-list of the filter grammar. */
export interface Field {
  readonly kind: FieldKind;
  /** The words a `choice` may take. */
  readonly choices?: readonly string[];
  readonly isSortable?: boolean;
}

/** The fields of a list by name. */
export type Fields = Readonly<Record<string, Field>>;

export type FilterOperator = 'is' | 'below' | 'above' | 'at-most' | 'at-least';

/** One condition. All conditions of a filter must hold; several values of one term are alternatives. */
export type FilterTerm =
  | { readonly kind: 'words'; readonly value: string; readonly isNegated: boolean }
  | {
      readonly kind: 'field';
      readonly field: string;
      readonly operator: FilterOperator;
      /** At least one. Texts may hold `*`; times are epoch milliseconds as decimal text. */
      readonly values: readonly string[];
      readonly isNegated: boolean;
    };

/** What is wrong with a filter, where (UTF-16 offset), and what was perhaps meant. */
export interface FilterIssue {
  readonly offset: number;
  readonly detail: string;
}

export type FilterResult =
  | { readonly kind: 'filter'; readonly terms: readonly FilterTerm[] }
  | { readonly kind: 'issues'; readonly issues: readonly FilterIssue[] };

/** Most conditions in one filter; more would make an unbounded query. */
const TERMS_MAX = 24;
/** Most alternatives in one term. */
const VALUES_MAX = 50;

/**
 * Parses the one filter grammar of console, API, CLI, saved views and dynamic groups:
 * `status:online health:<50 os:"Windows 11*" tag:vip,lab -organization:"Acme" lastSeen:>7d words`.
 * `nowMs` anchors ages: `lastSeen:>7d` means longer ago than seven days.
 */
export function parseFilter(text: string, fields: Fields, nowMs: number): FilterResult {
  const issues: FilterIssue[] = [];
  const terms: FilterTerm[] = [];
  for (const token of tokensOf(text)) {
    if (terms.length + issues.length >= TERMS_MAX) {
      issues.push({ offset: token.offset, detail: `at most ${TERMS_MAX} conditions` });
      break;
    }
    const term = termOf(token, fields, nowMs);
    if ('detail' in term) issues.push(term);
    else terms.push(term);
  }
  return issues.length > 0 ? { kind: 'issues', issues } : { kind: 'filter', terms };
}

interface Token {
  readonly offset: number;
  readonly text: string;
}

/** Splits at spaces outside double quotes. A quote that is never closed runs to the end. */
function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  for (const match of text.matchAll(/(?:[^\s"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/g)) {
    tokens.push({ offset: match.index, text: match[0] });
  }
  return tokens;
}

function termOf(token: Token, fields: Fields, nowMs: number): FilterTerm | FilterIssue {
  const isNegated = token.text.startsWith('-') && token.text.length > 1;
  const body = isNegated ? token.text.slice(1) : token.text;
  const colon = /^[A-Za-z][A-Za-z0-9]*:/.exec(body)?.[0];
  if (!colon) return { kind: 'words', value: unquote(body), isNegated };
  const name = colon.slice(0, -1);
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) return { offset: token.offset, detail: unknownField(name, fields) };
  return comparisonOf(
    { name, field, isNegated, nowMs, offset: token.offset },
    body.slice(colon.length),
  );
}

interface Place {
  readonly name: string;
  readonly field: Field;
  readonly isNegated: boolean;
  readonly nowMs: number;
  readonly offset: number;
}

function comparisonOf(place: Place, text: string): FilterTerm | FilterIssue {
  const { name, field, offset } = place;
  const [operator, rest] = operatorOf(text);
  const texts = splitValues(rest);
  if (texts.length === 0 || texts.length > VALUES_MAX) {
    return { offset, detail: `'${name}' needs 1 to ${VALUES_MAX} values` };
  }
  if (operator !== 'is' && field.kind !== 'number' && field.kind !== 'time') {
    return { offset, detail: `'${name}' cannot be compared with < or >` };
  }
  const values: string[] = [];
  for (const value of texts) {
    const read = valueOf(value, field, place.nowMs);
    if (read === undefined) return { offset, detail: wrongValue(name, field, value) };
    values.push(read);
  }
  const isOfAge = field.kind === 'time' && isAge(texts[0] ?? '');
  return {
    kind: 'field',
    field: name,
    operator: isOfAge ? mirrored(operator) : operator,
    values,
    isNegated: place.isNegated,
  };
}

function operatorOf(text: string): [FilterOperator, string] {
  if (text.startsWith('<=')) return ['at-most', text.slice(2)];
  if (text.startsWith('>=')) return ['at-least', text.slice(2)];
  if (text.startsWith('<')) return ['below', text.slice(1)];
  if (text.startsWith('>')) return ['above', text.slice(1)];
  return ['is', text];
}

/** An age counts backwards: older than seven days is a moment below now minus seven days. */
function mirrored(operator: FilterOperator): FilterOperator {
  if (operator === 'below') return 'above';
  if (operator === 'above') return 'below';
  if (operator === 'at-most') return 'at-least';
  if (operator === 'at-least') return 'at-most';
  return 'at-least';
}

function splitValues(text: string): string[] {
  return [...text.matchAll(/(?:[^,"]|"(?:[^"\\]|\\.)*(?:"|\\?$))+/g)]
    .map((match) => unquote(match[0]))
    .filter((value) => value !== '');
}

function unquote(text: string): string {
  return text.replaceAll(/"((?:[^"\\]|\\.)*)(?:"|\\?$)/g, (_, inner: string) =>
    inner.replaceAll(/\\(.)/g, '$1'),
  );
}

function valueOf(value: string, field: Field, nowMs: number): string | undefined {
  switch (field.kind) {
    case 'text':
    case 'address':
      return value;
    case 'choice':
      return field.choices?.find((choice) => choice.toLowerCase() === value.toLowerCase());
    case 'flag':
      return flagOf(value);
    case 'number':
      return /^-?\d{1,15}(?:\.\d{1,6})?$/.test(value) ? value : undefined;
    case 'time':
      return timeOf(value, nowMs);
  }
}

function flagOf(value: string): string | undefined {
  if (['yes', 'true', '1'].includes(value.toLowerCase())) return 'true';
  if (['no', 'false', '0'].includes(value.toLowerCase())) return 'false';
  return undefined;
}

const AGE_UNITS_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

function isAge(value: string): boolean {
  return /^\d{1,6}[smhdw]$/.test(value);
}

function timeOf(value: string, nowMs: number): string | undefined {
  if (isAge(value)) {
    const unitMs = AGE_UNITS_MS[value.slice(-1)] ?? 0;
    return String(nowMs - Number(value.slice(0, -1)) * unitMs);
  }
  if (!/^\d{4}-\d{2}-\d{2}(?:T[\d:.]+Z)?$/.test(value)) return undefined;
  const epochMs = Date.parse(value);
  return Number.isNaN(epochMs) ? undefined : String(epochMs);
}

function unknownField(name: string, fields: Fields): string {
  const near = Object.keys(fields)
    .map((candidate) => ({
      candidate,
      distance: distanceOf(name.toLowerCase(), candidate.toLowerCase()),
    }))
    .filter(({ distance }) => distance <= 3)
    .toSorted((left, right) => left.distance - right.distance)
    .slice(0, 3)
    .map(({ candidate }) => `'${candidate}'`);
  const hint =
    near.length > 0
      ? `did you mean ${near.join(' or ')}?`
      : `known: ${Object.keys(fields).join(', ')}`;
  return `unknown field '${name}'; ${hint}`;
}

function wrongValue(name: string, field: Field, value: string): string {
  const expected: Readonly<Record<FieldKind, string>> = {
    text: 'text',
    address: 'an address',
    choice: `one of ${field.choices?.join(', ') ?? ''}`,
    flag: 'yes or no',
    number: 'a number',
    time: 'a date such as 2026-01-31 or an age such as 7d',
  };
  return `'${value}' does not fit '${name}', which takes ${expected[field.kind]}`;
}

/** Levenshtein distance of two short names. */
function distanceOf(left: string, right: string): number {
  let previous = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (const [row, leftCharacter] of Array.from(left).entries()) {
    const current = [row + 1];
    for (const [column, rightCharacter] of Array.from(right).entries()) {
      const replaced = (previous[column] ?? 0) + (leftCharacter === rightCharacter ? 0 : 1);
      current.push(Math.min(replaced, (previous[column + 1] ?? 0) + 1, (current[column] ?? 0) + 1));
    }
    previous = current;
  }
  return previous[right.length] ?? 0;
}
