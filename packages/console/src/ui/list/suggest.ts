import type { Field, Fields } from '@wardgrid/wire';

export interface Suggestion {
  /** The whole filter when it is taken. */
  readonly filter: string;
  /** Where the caret stands then. */
  readonly caret: number;
  readonly label: string;
}

/** Most suggestions worth reading. */
const SUGGESTIONS_MAX = 8;

const AGES = ['<1h', '<24h', '>7d', '>30d'] as const;

/** What could complete the word at the caret: fields first, then the values that a field may take. */
export function suggestionsOf(text: string, caret: number, fields: Fields): readonly Suggestion[] {
  const start = wordStart(text, caret);
  const word = text.slice(start, caret);
  const sign = word.startsWith('-') ? '-' : '';
  const body = word.slice(sign.length);
  const rest = text.slice(caret);
  const colon = body.indexOf(':');
  const completions =
    colon < 0 ? fieldsLike(body, fields) : valuesLike(body.slice(0, colon), body, fields);
  return completions.slice(0, SUGGESTIONS_MAX).map((completion) => {
    const before = text.slice(0, start) + sign + completion;
    const isDone = !completion.endsWith(':');
    const spaced = isDone && !rest.startsWith(' ') ? `${before} ` : before;
    return { filter: spaced + rest, caret: spaced.length, label: sign + completion };
  });
}

/** The start of the word that ends at the caret; a space inside quotes does not end a word. */
function wordStart(text: string, caret: number): number {
  let start = 0;
  let isQuoted = false;
  for (let index = 0; index < caret; index += 1) {
    if (text[index] === '"') isQuoted = !isQuoted;
    if (text[index] === ' ' && !isQuoted) start = index + 1;
  }
  return start;
}

function fieldsLike(body: string, fields: Fields): string[] {
  const wanted = body.toLowerCase();
  return Object.keys(fields)
    .filter((name) => name.toLowerCase().includes(wanted))
    .toSorted((left, right) => rankOf(left, wanted) - rankOf(right, wanted))
    .map((name) => `${name}:`);
}

function rankOf(name: string, wanted: string): number {
  return name.toLowerCase().startsWith(wanted) ? 0 : 1;
}

function valuesLike(name: string, body: string, fields: Fields): string[] {
  const field = Object.hasOwn(fields, name) ? fields[name] : undefined;
  if (!field) return [];
  const typed = body.slice(name.length + 1);
  const comma = typed.lastIndexOf(',');
  const head = `${name}:${typed.slice(0, comma + 1)}`;
  const wanted = typed.slice(comma + 1).toLowerCase();
  return wordsOf(field)
    .filter((word) => word.toLowerCase().startsWith(wanted) && word.toLowerCase() !== wanted)
    .map((word) => head + word);
}

function wordsOf(field: Field): readonly string[] {
  if (field.choices) return field.choices;
  if (field.kind === 'flag') return ['yes', 'no'];
  return field.kind === 'time' ? AGES : [];
}
