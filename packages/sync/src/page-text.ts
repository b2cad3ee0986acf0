import { canonicalJson } from '@wardgrid/base';
import type { DecidedMark, Entry } from './log.ts';
import type { LogPage } from './messages.ts';
import { fieldOf, type Field, type Row } from './row.ts';

/*
 * The one text of a page, for its digest: everything that a reader takes from it, in one form, whatever
 * storage and wire made of it. What a newer version says beyond that is not in it, since relays of an
 * older one do not keep it.
 */

/** A line a decision, a line a mark. Their numbers come first, so that neither is taken for the other. */
export function pageLines({ entries, marks }: Pick<LogPage, 'entries' | 'marks'>): string[] {
  const sorted = createSorter();
  return [
    `wardgrid page v1 ${entries.length} ${marks.length}`,
    ...entries.map((entry) => entryText(entry, sorted)),
    ...marks.map((mark) => markText(mark)),
  ];
}

/** The names of a row's fields in their order. */
type Sorter = (fields: Row['fields']) => readonly string[];

/** Rows that follow each other mostly have the same fields: their names are put in order once. */
function createSorter(): Sorter {
  let names: readonly string[] = [];
  let inOrder: readonly string[] = [];
  return (fields) => {
    const told = Object.keys(fields);
    const isSame =
      told.length === names.length && told.every((name, index) => name === names[index]);
    if (!isSame) [names, inOrder] = [told, told.toSorted()];
    return inOrder;
  };
}

function markText({ g, stream, q, head, holes }: DecidedMark): string {
  return JSON.stringify([g, stream, q, head, holes]);
}

function entryText(entry: Entry, sorted: Sorter): string {
  const { g, stream, q, type, home, previousHome, reason, alias, row, rewritten, lost } = entry;
  const place = [g, stream, q, type, home, previousHome, reason];
  const told = [...place, alias && [alias.from, alias.to, alias.home]];
  const own = row ? rowText(row, sorted) : 'null';
  // Rows that one decision rewrote have no order of their own.
  const others =
    rewritten.length === 0 ? [] : rewritten.map((one) => rowText(one, sorted)).toSorted();
  const losses = lost.map(({ field, value, to, stream: by, q: at }) =>
    canonicalJson([field, value, to, by, at]),
  );
  return `${JSON.stringify(told)}[${[own, ...others].join(',')}][${losses.join(',')}]`;
}

/** Rows never change, and one is told to several readers. */
const texts = new WeakMap<Row, string>();

function rowText(row: Row, sorted: Sorter): string {
  const known = texts.get(row);
  if (known !== undefined) return known;
  const { id, type, home, g, ref, isDeleted, fields } = row;
  const place = JSON.stringify([id, type, home, g, ref, isDeleted]);
  const text = `${place}{${fieldsText(fields, sorted(fields))}}`;
  texts.set(row, text);
  return text;
}

function fieldsText(fields: Row['fields'], names: readonly string[]): string {
  let text = '';
  // Fields that were written together say the same of who wrote them: put into words once.
  let last: Field | undefined;
  let written = '';
  for (const name of names) {
    const field = fieldOf({ fields }, name);
    if (!field) continue;
    if (!last || !isSameWrite(last, field)) written = writtenText(field);
    last = field;
    const { value, members } = field;
    const sets = members === undefined ? '' : canonicalJson(members);
    const told = `[${JSON.stringify(name)},${written}:${canonicalJson(value)}${sets}`;
    text += text === '' ? told : `,${told}`;
  }
  return text;
}

function isSameWrite(left: Field, right: Field): boolean {
  return (
    left.q === right.q &&
    left.g === right.g &&
    left.hlc === right.hlc &&
    left.stream === right.stream
  );
}

/** The end of the list that begins with a field's name. */
function writtenText({ g, hlc, stream, q }: Field): string {
  return JSON.stringify([g, hlc, stream, q]).slice(1);
}
