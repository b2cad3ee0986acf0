import { createHmac, timingSafeEqual } from 'node:crypto';
import { sql, type RawBuilder } from 'kysely';
import {
  parseFilter,
  type Fields,
  type FilterTerm,
  type ListQuery,
  type Page,
} from '@wardgrid/wire';
import type { Transaction } from './database.ts';
import { ControllerError } from './error.ts';

/** How the database knows a field of a list. */
export interface Column {
  /** The value that is compared and sorted. Never null where it is sortable: coalesce it. */
  readonly value: RawBuilder<unknown>;
  /** The SQL type of the value, for cursors: `text`, `timestamptz`, `float8`, `inet`. */
  readonly type: 'text' | 'timestamptz' | 'float8' | 'inet' | 'bool' | 'int';
  /** Instead of a comparison: the condition that a value holds, for lists inside a row. */
  readonly matches?: (value: string) => RawBuilder<boolean>;
}

/** A list of one noun: where its rows come from and what may be asked of them. */
export interface ListSource {
  readonly noun: string;
  readonly fields: Fields;
  readonly columns: Readonly<Record<string, Column>>;
  /** `from … join …`, with the aliases the columns use. */
  readonly from: RawBuilder<unknown>;
  readonly select: RawBuilder<unknown>;
  /** The predicate of visibility and whatever else always holds. */
  readonly where: RawBuilder<boolean>;
  /** The id that makes the order total. */
  readonly id: RawBuilder<unknown>;
  /** What free words are searched in. */
  readonly words: readonly RawBuilder<unknown>[];
  readonly defaultSort: string;
}

/** Signs cursors, so that none can be made by hand or used on another list. */
export interface ListSettings {
  readonly cursorKey: Uint8Array;
  readonly nowMs: number;
}

interface Sort {
  readonly field: string;
  readonly column: Column;
  readonly isDescending: boolean;
}

interface Raw {
  readonly cursor_value: string;
  readonly cursor_id: string;
}

/** What a cursor carries: the place, and the total as it was when the first page was asked for. */
interface Place extends Raw {
  readonly total: number;
}

/**
 * One page of a list as rows; `total` counts all that match. Counting and ordering look only at what
 * the filter and the order need; the columns of the page are fetched afterwards, by id. Counting
 * reads all rows that match: it is left out where the asker or the cursor knows the total.
 * @throws ControllerError on a bad filter, sort or cursor.
 */
export async function listRows<Row>(
  tx: Transaction,
  source: ListSource,
  given: { readonly query: ListQuery; readonly settings: ListSettings },
): Promise<Page<Row>> {
  const { query, settings } = given;
  const sort = sortOf(source, query.sort ?? source.defaultSort);
  const where = sql<boolean>`${source.where} and ${filterOf(source, query.filter ?? '', settings.nowMs)}`;
  const cursor = query.cursor === undefined ? undefined : openCursor(source, query, settings);
  const order: Order = { where, sort, cursor };
  // Policies make the planner expect one row where there are all, and then a loop over a loop looks
  // cheap to it: 100,000 devices took seconds.
  await tx.run(sql`set local enable_nestloop = off`);
  const { total, places } = isOnePass(query)
    ? await countedPlaces(tx, source, { ...order, limit: query.limit + 1 })
    : await placesAfterCount(tx, source, { ...order, query });
  await tx.run(sql`set local enable_nestloop = on`);
  const shown = places.slice(0, query.limit);
  const last = shown.at(-1);
  return {
    data: await rowsAt<Row>(tx, source, shown),
    nextCursor:
      places.length > query.limit && last
        ? sealCursor({ ...last, total }, contextOf(source, query), settings)
        : null,
    total,
  };
}

/** All that match, in their order, behind a cursor. */
interface Order {
  readonly where: RawBuilder<boolean>;
  readonly sort: Sort;
  readonly cursor: Place | undefined;
}

/** The first page of what a filter finds: where all rows are read anyway, once is enough. */
function isOnePass({ filter = '', cursor, offset = 0, knownTotal }: ListQuery): boolean {
  return filter !== '' && cursor === undefined && offset === 0 && knownTotal === undefined;
}

async function countedPlaces(
  tx: Transaction,
  source: ListSource,
  { where, sort, limit }: Order & { readonly limit: number },
): Promise<{ readonly total: number; readonly places: Raw[] }> {
  const direction = sort.isDescending ? sql`desc` : sql`asc`;
  const places = await tx.rows(sql<Place>`
    with matching as materialized (
      select ${sort.column.value} as value, ${source.id} as id ${source.from} where ${where})
    select value::text as cursor_value, id::text as cursor_id, (select count(*) from matching) as total
    from matching order by value ${direction}, id ${direction} limit ${limit}`);
  return { total: places[0]?.total ?? 0, places };
}

async function placesAfterCount(
  tx: Transaction,
  source: ListSource,
  { query, ...order }: Order & { readonly query: ListQuery },
): Promise<{ readonly total: number; readonly places: Raw[] }> {
  const total = order.cursor?.total ?? query.knownTotal ?? (await countOf(tx, source, order.where));
  return {
    total,
    places: await placesOf(tx, source, { ...order, window: windowOf(query, total) }),
  };
}

async function countOf(
  tx: Transaction,
  source: ListSource,
  where: RawBuilder<boolean>,
): Promise<number> {
  const counted = await tx.row(
    sql<{ total: number }>`select count(*) as total ${source.from} where ${where}`,
  );
  return counted?.total ?? 0;
}

/** Which part of the order is wanted; one more than the page tells whether there is another. */
interface Window {
  readonly limit: number;
  readonly offset: number;
  /** Counted from the end: nearer there, less has to be kept in order. */
  readonly isFromEnd: boolean;
}

function windowOf(query: ListQuery, total: number): Window {
  const limit = query.limit + 1;
  const offset = query.cursor === undefined ? (query.offset ?? 0) : 0;
  if (offset <= total / 2) return { limit, offset, isFromEnd: false };
  const count = Math.max(0, Math.min(limit, total - offset));
  return { limit: count, offset: Math.max(0, total - offset - count), isFromEnd: true };
}

/** The ids of a window in the order of the list, with what a cursor needs. */
async function placesOf(
  tx: Transaction,
  source: ListSource,
  { where, sort, cursor, window }: Order & { readonly window: Window },
): Promise<Raw[]> {
  const after = cursor ? isAfter(source, sort, cursor) : sql<boolean>`true`;
  const direction = sort.isDescending === window.isFromEnd ? sql`asc` : sql`desc`;
  const places = await tx.rows(sql<Raw>`
    select (${sort.column.value})::text as cursor_value, ${source.id}::text as cursor_id
    ${source.from} where ${where} and ${after}
    order by ${sort.column.value} ${direction}, ${source.id} ${direction}
    limit ${window.limit} offset ${window.offset}`);
  return window.isFromEnd ? places.toReversed() : places;
}

/** The rows at these places, in their order; what was removed since is left out. */
async function rowsAt<Row>(
  tx: Transaction,
  source: ListSource,
  places: readonly Raw[],
): Promise<Row[]> {
  if (places.length === 0) return [];
  const ids = places.map((place) => place.cursor_id);
  const rows = await tx.rows(sql<Row & Pick<Raw, 'cursor_id'>>`
    select ${source.select}, ${source.id}::text as cursor_id
    ${source.from} where ${source.where} and ${source.id} = any (${ids}::uuid[])`);
  const known = new Map(rows.map((row) => [row.cursor_id, row]));
  return ids.flatMap((id) => known.get(id) ?? []);
}

/** The condition of a filter text over a source, for bulk actions as well. */
export function filterOf(
  source: Pick<ListSource, 'fields' | 'columns' | 'words'>,
  text: string,
  nowMs: number,
): RawBuilder<boolean> {
  const result = parseFilter(text, source.fields, nowMs);
  if (result.kind === 'issues') {
    const issues = result.issues.map((issue) => ({
      pointer: `/filter/${issue.offset}`,
      detail: issue.detail,
    }));
    throw new ControllerError('filter-invalid', issues[0]?.detail ?? 'the filter does not fit', {
      issues,
    });
  }
  if (result.terms.length === 0) return sql<boolean>`true`;
  return sql<boolean>`(${sql.join(
    result.terms.map((term) => termOf(source, term)),
    sql` and `,
  )})`;
}

function termOf(
  source: Pick<ListSource, 'columns' | 'words'>,
  term: FilterTerm,
): RawBuilder<boolean> {
  const condition = term.kind === 'words' ? wordsOf(source, term.value) : fieldOf(source, term);
  return term.isNegated ? sql<boolean>`not coalesce(${condition}, false)` : condition;
}

function wordsOf(source: Pick<ListSource, 'words'>, words: string): RawBuilder<boolean> {
  const pattern = `%${escapeLike(words)}%`;
  const places = source.words.map((place) => sql<boolean>`${place} ilike ${pattern}`);
  return sql<boolean>`(${sql.join(places, sql` or `)})`;
}

function fieldOf(
  source: Pick<ListSource, 'columns'>,
  term: Extract<FilterTerm, { kind: 'field' }>,
): RawBuilder<boolean> {
  const column = source.columns[term.field];
  if (!column)
    throw new ControllerError('filter-invalid', `'${term.field}' cannot be filtered here`);
  const conditions = term.values.map((value) => comparisonOf(column, term.operator, value));
  return sql<boolean>`(${sql.join(conditions, sql` or `)})`;
}

const OPERATORS = {
  is: sql`=`,
  below: sql`<`,
  above: sql`>`,
  'at-most': sql`<=`,
  'at-least': sql`>=`,
} as const;

function comparisonOf(
  column: Column,
  operator: keyof typeof OPERATORS,
  value: string,
): RawBuilder<boolean> {
  if (column.matches) return column.matches(value);
  switch (column.type) {
    case 'text':
      return sql<boolean>`${column.value} ilike ${escapeLike(value).replaceAll('*', '%')}`;
    case 'inet':
      return addressCondition(column, value);
    case 'timestamptz':
      return sql<boolean>`${column.value} ${OPERATORS[operator]} to_timestamp(${Number(value) / 1_000})`;
    case 'bool':
      return sql<boolean>`${column.value} = ${value === 'true'}`;
    case 'int':
    case 'float8':
      return sql<boolean>`${column.value} ${OPERATORS[operator]} ${Number(value)}`;
  }
}

/** An address, a network, or the beginning of an address with `*`. */
function addressCondition(column: Column, value: string): RawBuilder<boolean> {
  return sql<boolean>`host(${column.value}) ilike ${escapeLike(value).replaceAll('*', '%')}`;
}

function escapeLike(text: string): string {
  return text.replaceAll(/[\\%_]/g, String.raw`\$&`);
}

function sortOf(source: ListSource, text: string): Sort {
  const isDescending = text.startsWith('-');
  const field = isDescending ? text.slice(1) : text;
  const known = Object.hasOwn(source.fields, field) ? source.fields[field] : undefined;
  const column = source.columns[field];
  if (known?.isSortable !== true || !column) {
    const sortable = Object.entries(source.fields).flatMap(([name, { isSortable }]) =>
      isSortable === true ? [name] : [],
    );
    throw new ControllerError(
      'sort-invalid',
      `cannot sort by '${field.slice(0, 60)}'; sortable: ${sortable.join(', ')}`,
    );
  }
  return { field, column, isDescending };
}

/** What a cursor is bound to: the list, its filter and its order. */
function contextOf(source: ListSource, query: ListQuery): string {
  return `${source.noun}\n${query.sort ?? source.defaultSort}\n${query.filter ?? ''}`;
}

function sealCursor(last: Place, context: string, settings: ListSettings): string {
  const place = JSON.stringify([last.cursor_value, last.cursor_id, last.total]);
  return `${Buffer.from(place).toString('base64url')}.${macOf(place, context, settings)}`;
}

function macOf(place: string, context: string, settings: ListSettings): string {
  return createHmac('sha256', settings.cursorKey)
    .update(`${context}\n${place}`)
    .digest('base64url')
    .slice(0, 22);
}

/** The condition of lying behind a place. */
function isAfter(source: ListSource, sort: Sort, place: Raw): RawBuilder<boolean> {
  const comparison = sort.isDescending ? sql`<` : sql`>`;
  const typed = sql`${place.cursor_value}::text::${sql.raw(sort.column.type)}`;
  return sql<boolean>`(${sort.column.value}, ${source.id}) ${comparison} (${typed}, ${place.cursor_id}::uuid)`;
}

function openCursor(source: ListSource, query: ListQuery, settings: ListSettings): Place {
  const [encoded = '', mac = ''] = (query.cursor ?? '').split('.');
  const text = Buffer.from(encoded, 'base64url').toString();
  const expected = Buffer.from(macOf(text, contextOf(source, query), settings));
  const given = Buffer.from(mac);
  if (given.length !== expected.length || !timingSafeEqual(given, expected)) {
    throw new ControllerError(
      'cursor-invalid',
      'the cursor does not belong to this list, filter and sort',
    );
  }
  const [value, id, total] = JSON.parse(text) as [string, string, number];
  return { cursor_value: value, cursor_id: id, total };
}
