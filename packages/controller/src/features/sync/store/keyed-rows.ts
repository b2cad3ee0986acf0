import { rulesOf, type Registry, type Row, type RowSet } from '@wardgrid/sync';
import { TrackedMap } from './tracked-map.ts';

/** Rows of a working set that can be found by their natural keys, too. */
export class KeyedRows extends TrackedMap<Row> {
  readonly #registry: Registry;
  readonly #byKey = new Map<string, Set<string>>();

  constructor(registry: Registry) {
    super();
    this.#registry = registry;
  }

  override fill(id: string, row: Row): void {
    this.#index(id, row);
    super.fill(id, row);
  }

  override set(id: string, row: Row): this {
    this.#index(id, row);
    return super.set(id, row);
  }

  #index(id: string, row: Row): void {
    const old = this.get(id);
    const before = old && keyOf(old, this.#registry);
    const after = keyOf(row, this.#registry);
    if (before === after) return;
    if (before !== undefined) this.#byKey.get(before)?.delete(id);
    if (after === undefined) return;
    const ids = this.#byKey.get(after) ?? new Set();
    this.#byKey.set(after, ids.add(id));
  }

  /** What merging asks of the storage: all that a merge of these ops can meet is here. */
  lookups(): Pick<RowSet, 'liveByKey' | 'referringTo'> {
    return {
      liveByKey: (type, key) => this.#byKey.get(keyText(type, key))?.values().next().value,
      referringTo: (id) => [...this.values()].flatMap((row) => this.#naming(row, id)),
    };
  }

  #naming(row: Row, id: string): { readonly row: Row; readonly field: string }[] {
    if (row.isDeleted) return [];
    return Object.entries(rulesOf(this.#registry, row.type)?.fields ?? {}).flatMap(
      ([field, { refersTo }]) =>
        refersTo !== undefined && row.fields[field]?.value === id ? [{ row, field }] : [],
    );
  }
}

/** A natural key as one text. */
export function keyText(type: string, key: string): string {
  return JSON.stringify([type, key]);
}

/** The natural key of a live row. */
export function keyOf({ type, fields, isDeleted }: Row, registry: Registry): string | undefined {
  const name = rulesOf(registry, type)?.naturalKey;
  const value = name === undefined || isDeleted ? undefined : fields[name]?.value;
  return typeof value === 'string' ? keyText(type, value) : undefined;
}
