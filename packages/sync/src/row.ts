import type { Json } from '@wardgrid/base';
import type { Hlc } from './hlc.ts';
import type { StreamId } from './op.ts';

/** A value with who wrote it when: enough to judge the next write. */
export interface Field {
  readonly value: Json;
  /** The decision that set it; of an undecided write, after all that its author had seen. */
  readonly g: number;
  readonly hlc: Hlc;
  readonly stream: StreamId;
  readonly q: number;
}

/** One thing. Immutable: a change makes another. */
export interface Row {
  readonly id: string;
  readonly type: string;
  /** The controller that owns it. */
  readonly home: string;
  /** The decision that changed it last. */
  readonly g: number;
  /** The name people use, given by the cloud (`DEV-004217`); null until then. */
  readonly ref: string | null;
  readonly isDeleted: boolean;
  readonly fields: Readonly<Record<string, Field>>;
}

/** Rows by id, with the ids that became others. */
export interface RowSet {
  readonly get: (id: string) => Row | undefined;
  readonly put: (row: Row) => void;
  /** What an id became. */
  readonly aliasOf: (id: string) => string | undefined;
  readonly putAlias: (from: string, to: string) => void;
  /** The live row with this natural key; undefined where keys are not looked after. */
  readonly liveByKey?: (type: string, key: string) => string | undefined;
  /** Live rows whose field names this id. */
  readonly referringTo?: (id: string) => readonly { readonly row: Row; readonly field: string }[];
}

/** Longest chain of replaced ids: chains are cut short when written, so that one step nearly always does. */
const ALIAS_STEPS_MAX = 20;

/** The id that an id stands for now. */
export function resolveId(rows: Pick<RowSet, 'aliasOf'>, id: string): string {
  let current = id;
  for (let step = 0; step < ALIAS_STEPS_MAX; step += 1) {
    const next = rows.aliasOf(current);
    if (next === undefined) return current;
    current = next;
  }
  return current;
}
