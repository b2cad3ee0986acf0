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

export function packFields(fields: Row['fields']): PackedFields {
  const values: [string, Json][] = [];
  const stamps: Stamp[] = [];
  const others: [string, number][] = [];
  const members: [string, Field['members']][] = [];
  const known = new Map<string, number>();
  for (const [name, field] of Object.entries(fields)) {
    const { value, g, hlc, stream, q } = field;
    values.push([name, value]);
    const key = `${g} ${hlc} ${stream} ${q}`;
    let index = known.get(key);
    if (index === undefined) {
      index = stamps.length;
      stamps.push([g, hlc, stream, q]);
      known.set(key, index);
    }
    if (index > 0) others.push([name, index]);
    if (field.members) members.push([name, field.members]);
  }
  return {
    v: Object.fromEntries(values),
    s: stamps,
    ...(others.length > 0 ? { i: Object.fromEntries(others) } : {}),
    ...(members.length > 0 ? { m: Object.fromEntries(members) } : {}),
  };
}

export function unpackFields({ v, s, i, m }: PackedFields): Row['fields'] {
  const fields = Object.entries(v).map(([name, value]) => {
    const [g, hlc, stream, q] = s[own(i, name) ?? 0] ?? UNSTAMPED;
    const members = own(m, name);
    return [name, { value, g, hlc, stream, q, ...(members ? { members } : {}) }] as const;
  });
  return Object.fromEntries(fields);
}

/** Of a field nobody knows who wrote: everybody wins over it. */
const UNSTAMPED: Stamp = [0, HLC_ZERO, '', 0];

/** Names such as `constructor` are names like any other. */
function own<Value>(record: Readonly<Record<string, Value>> | undefined, name: string) {
  return record && Object.hasOwn(record, name) ? record[name] : undefined;
}

function packRow({ id, type, home, g, ref, isDeleted, fields }: Row): PackedRow {
  return { id, t: type, h: home, g, r: ref, d: isDeleted, f: packFields(fields) };
}

function unpackRow({ id, t, h, g, r, d, f }: PackedRow): Row {
  return { id, type: t, home: h, g, ref: r, isDeleted: d, fields: unpackFields(f) };
}

export function packEntry(entry: Entry): PackedEntry {
  const { row, previousHome, alias, rewritten, home, reason, lost } = entry;
  return {
    row: row && packRow(row),
    from: previousHome,
    alias,
    ...(rewritten.length > 0 ? { also: rewritten.map((one) => packRow(one)) } : {}),
    home,
    reason,
    ...(lost.length > 0 ? { lost } : {}),
  };
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
