import { sql, type RawBuilder } from 'kysely';

/*
 * Columns of many rows as parameters of one statement. Measured beside one JSON document of all rows:
 * PostgreSQL reads it twice and builds a table of names for each row.
 */

export function textColumn(values: readonly (string | null)[]): RawBuilder<unknown> {
  return sql`${values}::text[]`;
}

export function bigintColumn(values: readonly number[]): RawBuilder<unknown> {
  return sql`${values}::bigint[]`;
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
  if (!items) return null;
  return `{${items.map((item) => `"${String(item).replaceAll(/["\\]/g, String.raw`\$&`)}"`).join(',')}}`;
}
