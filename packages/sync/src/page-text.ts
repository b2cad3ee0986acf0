import { canonicalJson } from '@wardgrid/base';
import type { DecidedMark, Entry } from './log.ts';
import type { LogPage } from './messages.ts';
import type { Row } from './row.ts';

/*
 * The one text of a page, for its digest: everything that a reader takes from it, in one form, whatever
 * storage and wire made of it. What a newer version says beyond that is not in it, since relays of an
 * older one do not keep it.
 */

/** A line a decision, a line a mark. Their numbers come first, so that neither is taken for the other. */
export function pageText({ entries, marks }: Pick<LogPage, 'entries' | 'marks'>): string {
  return [
    `wardgrid page v1 ${entries.length} ${marks.length}`,
    ...entries.map((entry) => entryText(entry)),
    ...marks.map((mark) => markText(mark)),
  ].join('\n');
}

function markText({ g, stream, q, head, holes }: DecidedMark): string {
  return JSON.stringify([g, stream, q, head, holes]);
}

function entryText(entry: Entry): string {
  const { g, stream, q, type, home, previousHome, reason, alias, row, rewritten, lost } = entry;
  const place = [g, stream, q, type, home, previousHome, reason];
  const told = [...place, alias && [alias.from, alias.to, alias.home]];
  // Rows that one decision rewrote have no order of their own.
  const others = rewritten.map((one) => rowText(one)).toSorted();
  const losses = lost.map(({ field, value, to, stream: by, q: at }) =>
    canonicalJson([field, value, to, by, at]),
  );
  const rows = [row ? rowText(row) : 'null', ...others].join(',');
  return `${JSON.stringify(told)}[${rows}][${losses.join(',')}]`;
}

/** Rows never change, and one is told to several readers. */
const texts = new WeakMap<Row, string>();

function rowText(row: Row): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { id, type, home, g, ref, isDeleted, fields } = row;
  const names = Object.keys(fields).toSorted();
  const values = names.map((name) => fieldText(name, fields));
  const text = `${JSON.stringify([id, type, home, g, ref, isDeleted])}{${values.join(',')}}`;
  texts.set(row, text);
  return text;
}

function fieldText(name: string, fields: Row['fields']): string {
  const field = fields[name];
  if (!field) return JSON.stringify(name);
  const { value, g, hlc, stream, q, members } = field;
  const written = JSON.stringify([name, g, hlc, stream, q]);
  const sets = members === undefined ? '' : canonicalJson(members);
  return `${written}:${canonicalJson(value)}${sets}`;
}
