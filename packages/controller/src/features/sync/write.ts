import type { Json } from '@wardgrid/base';
import { isDeepStrictEqual } from 'node:util';
import { nodeOf, type Row } from '@wardgrid/sync';
import type { Transaction } from '../../platform/database.ts';
import type { Codecs } from './codecs.ts';
import type { TypedRecord } from './typed-repository.ts';
import type { Fold, SyncType } from './types/index.ts';

/** One row as it is to be written. */
export interface Write {
  readonly id: string;
  readonly scope: string;
  /** Everything that is known of it, by column. */
  readonly record: TypedRecord;
  /** The columns to write where the row is there already; the others may be newer here. */
  readonly changed: readonly string[];
  /** Children by field; those that changed. */
  readonly folds: Readonly<Record<string, readonly TypedRecord[]>>;
}

/** Where rows are written to. */
export interface Target {
  readonly tx: Transaction;
  readonly tenantId: string;
  readonly type: SyncType;
}

/** What making writes needs. */
export interface WriteContext {
  readonly tenantId: string;
  readonly codecs: Codecs;
  /** Whether this controller writes the stream. */
  readonly isOwn: (stream: string) => boolean;
}

/** A row of the chain in the words of its table; what did not change since `previous` is left alone. */
export async function writeOf(
  type: SyncType,
  { row, previous }: { readonly row: Row; readonly previous: Row | null },
  context: WriteContext,
): Promise<Write> {
  const before = previous && recordOf(type, context.tenantId, previous);
  const record = recordOf(type, context.tenantId, row);
  const changed = Object.keys(record).filter(
    (column) => !before || !isDeepStrictEqual(before[column], record[column]),
  );
  const folds: Record<string, readonly TypedRecord[]> = {};
  for (const [field, fold] of Object.entries(type.folds)) {
    const told = row.fields[field];
    if (!told || (fold.isToldByWorker === true && context.isOwn(told.stream))) continue;
    const items = Array.isArray(told.value) ? told.value : [];
    if (isDeepStrictEqual(previous?.fields[field]?.value, items)) continue;
    const known = await context.codecs.incoming(context.tenantId, {
      type,
      id: row.id,
      field,
      items,
    });
    folds[field] = withTeller(fold, nodeOf(told.stream), known);
  }
  const scope = textOf(record['scope']);
  return { id: row.id, scope, record, changed, folds };
}

/** Children with the name of the controller that told of them, where that is kept. */
function withTeller(
  { teller }: Fold,
  node: string,
  items: readonly TypedRecord[],
): readonly TypedRecord[] {
  return teller === undefined ? items : items.map((item) => ({ ...item, [teller]: node }));
}

function recordOf(type: SyncType, tenantId: string, row: Row): Record<string, Json> {
  const record: Record<string, Json> = {};
  if (type.key[0] === 'id') record['id'] = row.id;
  // A tenant's own tenant is itself, and PostgreSQL's to write.
  if (type.name !== 'tenant') record['tenant_id'] = tenantId;
  for (const column of Object.keys(type.columns)) {
    const field = row.fields[column];
    if (field) record[column] = field.value;
  }
  record['scope'] = scopeOf(type, row);
  // Until the cloud gave one, the provisional one stays.
  if (type.referencePrefix !== undefined && row.ref !== null) record['ref'] = row.ref;
  return record;
}

/** What of a write the type still has: it may have been set aside by an older release, with more columns. */
export function knownPart(type: SyncType, write: Write): Write {
  const names = new Set([
    'id',
    'tenant_id',
    'scope',
    'ref',
    ...type.key,
    ...Object.keys(type.columns),
  ]);
  const isKnown = (name: string): boolean => names.has(name);
  const record = Object.fromEntries(Object.entries(write.record).filter(([name]) => isKnown(name)));
  return { ...write, record, changed: write.changed.filter(isKnown) };
}

/** Where a row lies; what is of one device lies at the device, one label below its scope. */
function scopeOf(type: SyncType, row: Row): string {
  const isOfDevice = type.home === 'device' && typeof row.fields['device_id']?.value === 'string';
  return isOfDevice ? row.home.slice(0, row.home.lastIndexOf('.')) : row.home;
}

/** A text column; empty when it holds none. */
export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The key of a row by the row's id along the chain, as a record. */
export function keyOf(type: SyncType, id: string): Record<string, Json> {
  if (type.key.length === 1 && type.key[0] === 'id') return { id };
  const parts = id.slice(type.name.length + 1).split(':');
  return Object.fromEntries(type.key.map((name, index) => [name, parts[index] ?? null]));
}
