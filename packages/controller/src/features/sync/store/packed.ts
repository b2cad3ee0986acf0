import type { Json } from '@wardgrid/base';
import { HLC_ZERO, type Alias, type Entry, type Field, type Lost, type Row } from '@wardgrid/sync';

/** Who wrote a value when: decision, clock, stream, number. Fields written together share one. */
type Stamp = readonly [g: number, hlc: string, stream: string, q: number];

/** Fields as they are stored: values, stamps, and which stamp a field has unless it is the first. */
export interface PackedFields {
  readonly v: Readonly<Record<string, Json>>;
  readonly s: readonly Stamp[];
  readonly i?: Readonly<Record<string, number>>;
  /** Of sets: who put in or took out what. */
  readonly m?: Readonly<Record<string, Field['members']>>;
}

/** A row inside a stored entry. */
interface PackedRow {
  readonly id: string;
  readonly t: string;
  readonly h: string;
  readonly g: number;
  readonly r: string | null;
  readonly d: boolean;
  readonly f: PackedFields;
}

/** A decision as it is stored; its number, stream and type stand in columns. */
export interface PackedEntry {
  readonly row: PackedRow | null;
  readonly from: string | null;
  readonly alias: Alias | null;
  readonly also?: readonly PackedRow[];
  readonly home: string;
  readonly reason: Entry['reason'];
  readonly lost?: readonly Lost[];
}

/** Texts of fields that are held: a row and the decision that made it are stored alike. */
const texts = new WeakMap<Row['fields'], string>();

/** Fields as they are stored. */
export function fieldsText(fields: Row['fields']): string {
  const known = texts.get(fields);
  if (known !== undefined) return known;
  const text = JSON.stringify(packFields(fields));
  texts.set(fields, text);
  return text;
}

function packFields(fields: Row['fields']): PackedFields {
  const stamps: Stamp[] = [];
  const values: Record<string, Json> = {};
  const others: Record<string, number> = {};
  const members: Record<string, Field['members']> = {};
  let hasOthers = false;
  let hasMembers = false;
  for (const name of Object.keys(fields)) {
    const field = own(fields, name);
    if (!field) continue;
    put(values, name, field.value);
    const index = stampOf(stamps, field);
    if (index > 0) hasOthers = put(others, name, index);
    if (field.members) hasMembers = put(members, name, field.members);
  }
  return {
    v: values,
    s: stamps,
    ...(hasOthers ? { i: others } : {}),
    ...(hasMembers ? { m: members } : {}),
  };
}

/** Puts in a member of any name: `__proto__` is one like any other, and not set by assigning to it. */
function put<Value>(record: Record<string, Value>, name: string, value: Value): true {
  if (name === '__proto__') {
    Object.defineProperty(record, name, {
      value,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else record[name] = value;
  return true;
}

/** The place of a field's stamp among those of its row, of which there are few. */
function stampOf(stamps: Stamp[], { g, hlc, stream, q }: Field): number {
  const known = stamps.findIndex(
    (one) => one[3] === q && one[0] === g && one[1] === hlc && one[2] === stream,
  );
  return known < 0 ? stamps.push([g, hlc, stream, q]) - 1 : known;
}

export function unpackFields({ v, s, i, m }: PackedFields): Row['fields'] {
  const fields: Record<string, Field> = {};
  for (const name of Object.keys(v)) {
    const value = v[name] ?? null;
    const [g, hlc, stream, q] = s[own(i, name) ?? 0] ?? UNSTAMPED;
    const members = own(m, name);
    put(
      fields,
      name,
      members ? { value, g, hlc, stream, q, members } : { value, g, hlc, stream, q },
    );
  }
  return fields;
}

/** Of a field nobody knows who wrote: everybody wins over it. */
const UNSTAMPED: Stamp = [0, HLC_ZERO, '', 0];

/** Names such as `constructor` are names like any other. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string) {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function rowText({ id, type, home, g, ref, isDeleted, fields }: Row): string {
  const known: Omit<PackedRow, 'f'> = { id, t: type, h: home, g, r: ref, d: isDeleted };
  return `${opened(known)},"f":${fieldsText(fields)}}`;
}

/** The text of an object that is not empty, without its end: members whose texts are known come behind it. */
function opened(value: object): string {
  return JSON.stringify(value).slice(0, -1);
}

function unpackRow({ id, t, h, g, r, d, f }: PackedRow): Row {
  return { id, type: t, home: h, g, ref: r, isDeleted: d, fields: unpackFields(f) };
}

/** A decision as it is stored. */
export function entryText(entry: Entry): string {
  const { row, previousHome, alias, rewritten, home, reason, lost } = entry;
  const known: Omit<PackedEntry, 'row' | 'also'> = {
    from: previousHome,
    alias,
    home,
    reason,
    ...(lost.length > 0 ? { lost } : {}),
  };
  const also =
    rewritten.length > 0 ? `,"also":[${rewritten.map((one) => rowText(one)).join(',')}]` : '';
  return `${opened(known)},"row":${row ? rowText(row) : 'null'}${also}}`;
}

/** About how many bytes a decision takes that was just stored. */
export function roomOf({ row, rewritten, lost }: Entry): number {
  const rows = row ? [row, ...rewritten] : rewritten;
  const room = rows.reduce((size, { fields }) => size + fieldsText(fields).length, 0);
  return room + (lost.length > 0 ? JSON.stringify(lost).length : 0);
}

export function unpackEntry(
  { row, from, alias, also, home, reason, lost }: PackedEntry,
  place: Pick<Entry, 'g' | 'stream' | 'q' | 'type'>,
): Entry {
  return {
    ...place,
    row: row && unpackRow(row),
    previousHome: from,
    alias,
    rewritten: (also ?? []).map((one) => unpackRow(one)),
    home,
    reason,
    lost: lost ?? [],
  };
}
