import type { Json } from '@wardgrid/base';
import type { Merge } from '@wardgrid/sync';

/** How one column of a synced table travels. */
export interface ColumnRule {
  /** How two writes merge that had not seen each other; the later by time, unless told. */
  readonly merge?: Merge;
  /** Of `protective`: the value that wins. */
  readonly protects?: Json;
  /** The deepest layer that may write it; absent: every layer. */
  readonly layerMax?: number;
  /** The type of row that it names by id. */
  readonly refersTo?: string;
  /** Of `state-machine`: the phases in their order, and whether who saw where it stands may go back. */
  readonly phases?: readonly (readonly string[])[];
  readonly canReopen?: boolean;
  /** The column that decides for this one when both are written at once. */
  readonly follows?: string;
  /** Columns that make one document: when one changes all are written, so that all win or lose together. */
  readonly isWhole?: boolean;
  /** A reference to what may lie beyond what this controller sees: null here as long as it does. */
  readonly isLoose?: boolean;
}

/** Rows of a child table that travel as one field of their parent, as a list. */
export interface Fold {
  readonly table: string;
  /** The column that names the parent. */
  readonly parent: string;
  /** What tells the children of one parent apart; empty when there is at most one. */
  readonly key: readonly string[];
  /** What travels beside the key. */
  readonly columns: readonly string[];
  /** Columns that are the parent's own, and filled in on arrival. */
  readonly filled: readonly ('tenant_id' | 'scope')[];
  /** Columns that stay here. */
  readonly local: readonly string[];
  /** Byte columns that are sealed with this controller's key, with their purpose, and travel under the tenant's. */
  readonly sealed?: Readonly<Record<string, string>>;
  /** The column that names the controller which told it. */
  readonly teller?: string;
  /** Told by a worker instead of a trigger; what this controller told itself it does not take back. */
  readonly isToldByWorker?: boolean;
}

/** A unique index by which two rows can exclude each other that were made apart. */
export interface UniqueRule {
  readonly index: string;
  /** The columns of the index by which the other row is found; text is compared without case if `lower` is. */
  readonly columns: readonly string[];
  readonly lower?: string;
  /** Only rows of which this holds are in the index. */
  readonly where?: string;
  /** The text column that the row gets another value in which lost; absent: that row is set aside. */
  readonly renames?: string;
}

/** One table that syncs. */
export interface SyncType {
  /** Of the type and of its table. */
  readonly name: string;
  /** `id` alone, or what its row id is put together from. */
  readonly key: readonly string[];
  /** Also seen by everything below where it lies. */
  readonly isInherited: boolean;
  /**
   * `scope`: it lies where its scope is. `device`: what is of one device lies at that device, so that
   * nobody below the scope inherits it.
   */
  readonly home: 'scope' | 'device';
  /** What travels, beside an `id`, the tenant and the scope. */
  readonly columns: Readonly<Record<string, ColumnRule>>;
  /** What stays here; the table's own default holds for rows that arrive. */
  readonly local: readonly string[];
  readonly folds: Readonly<Record<string, Fold>>;
  readonly uniques: readonly UniqueRule[];
  /** The field by which two rows are the same thing. */
  readonly naturalKey?: string;
  /** People edit it: what they wrote and goes with a row that others delete is told to them. */
  readonly tellsLoss?: boolean;
  /** What its references begin with: `DEV` of `DEV-004217`. */
  readonly referencePrefix?: string;
}

const NOTHING = {
  key: ['id'],
  isInherited: false,
  home: 'scope',
  local: [],
  folds: {},
  uniques: [],
} as const;

/** A type with what most types have. */
export function syncType(given: Pick<SyncType, 'name' | 'columns'> & Partial<SyncType>): SyncType {
  return { ...NOTHING, ...given };
}

/** Columns of one rule. */
export function columnsOf(
  names: readonly string[],
  rule: ColumnRule = {},
): Record<string, ColumnRule> {
  return Object.fromEntries(names.map((name) => [name, rule]));
}
