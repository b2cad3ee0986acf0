import { sql, type RawBuilder } from 'kysely';

/*
 * Columns of many rows as parameters of one statement. Measured beside one JSON document of all rows:
 * PostgreSQL reads it twice and builds a table of names for each row.
 */

/** Texts without null, or with: a column of nothing else is left empty, and `unnest` fills it. */
export function textColumn(values: readonly (string | null)[]): RawBuilder<unknown> {
  return sql`${columnText(values)}::text[]`;
}

export function bigintColumn(values: readonly number[]): RawBuilder<unknown> {
  return sql`${`{${values.join(',')}}`}::bigint[]`;
}

export function booleanColumn(values: readonly boolean[]): RawBuilder<unknown> {
  return sql`${`{${values.join(',')}}`}::boolean[]`;
}

/**
 * Texts of JSON, one a row, none empty; null for none. They hold no line break of their own (RFC 8259,
 * section 7), so that lines need no quoting, which for JSON is most of its characters.
 */
export function jsonColumn(texts: readonly (string | null)[]): RawBuilder<unknown> {
  return sql`string_to_array(${texts.map((text) => text ?? '').join('\n')}, E'\n', '')`;
}

/** A list as PostgreSQL reads it from a text, for columns of lists; null for none. */
export function listText(items: readonly (string | number)[] | null): string | null {
  return items && `{${items.map((item) => quoted(String(item))).join(',')}}`;
}

function columnText(values: readonly (string | null)[]): string {
  if (values.every((value) => value === null)) return '{}';
  const isPlain = values.every((value) => value !== null && !MARKS.test(value));
  if (isPlain) return `{"${values.join('","')}"}`;
  return `{${values.map((value) => (value === null ? 'NULL' : quoted(value))).join(',')}}`;
}

function quoted(text: string): string {
  return `"${MARKS.test(text) ? text.replaceAll(/["\\]/g, String.raw`\$&`) : text}"`;
}

/** What stands in a list's item only behind a backslash. */
const MARKS = /["\\]/;
