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
  const others: [string, number][] = [];
  const members: [string, Field['members']][] = [];
  const values = Object.entries(fields).map(([name, field]) => {
    const index = stampOf(stamps, field);
    if (index > 0) others.push([name, index]);
    if (field.members) members.push([name, field.members]);
    return [name, field.value] as const;
  });
  return {
    v: Object.fromEntries(values),
    s: stamps,
    ...(others.length > 0 ? { i: Object.fromEntries(others) } : {}),
    ...(members.length > 0 ? { m: Object.fromEntries(members) } : {}),
  };
}

/** The place of a field's stamp among those of its row, of which there are few. */
function stampOf(stamps: Stamp[], { g, hlc, stream, q }: Field): number {
  const known = stamps.findIndex(
    (one) => one[3] === q && one[0] === g && one[1] === hlc && one[2] === stream,
  );
  return known < 0 ? stamps.push([g, hlc, stream, q]) - 1 : known;
}

export function unpackFields({ v, s, i, m }: PackedFields): Row['fields'] {
  const fields = Object.entries(v).map(([name, value]) => {
    const [g, hlc, stream, q] = s[own(i, name) ?? 0] ?? UNSTAMPED;
    const members = own(m, name);
    const field = { value, g, hlc, stream, q };
    return [name, members ? { ...field, members } : field] as const;
  });
  return Object.fromEntries(fields);
}

/** Of a field nobody knows who wrote: everybody wins over it. */
const UNSTAMPED: Stamp = [0, HLC_ZERO, '', 0];

/** Names such as `constructor` are names like any other. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string) {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function rowText({ id, type, home, g, ref, isDeleted, fields }: Row): string {
  const known: Omit<PackedRow, 'f'> = { id, t: type, h: home, g, r: ref, d: isDeleted };
  return extended(known, [['f', fieldsText(fields)]]);
}

/** The text of an object with members behind it whose texts are known. */
function extended(
  value: object,
  members: readonly (readonly [name: string, text: string])[],
): string {
  const more = members.map(([name, text]) => `,"${name}":${text}`);
  return `${JSON.stringify(value).slice(0, -1)}${more.join('')}}`;
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
  const others = rewritten.map((one) => rowText(one));
  return extended(known, [
    ['row', row ? rowText(row) : 'null'],
    ...(others.length > 0 ? [['also', `[${others.join(',')}]`] as const] : []),
  ]);
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
