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
  /** Of a set: what is in it and what was taken out, by its canonical text. */
  readonly members?: Readonly<Record<string, Member>>;
}

/** Somebody's write, by its place in the author's stream. */
export type Written = Pick<Field, 'stream' | 'q'>;

/** Something that is in a set, or was taken out, with who did that. */
export interface Member extends Written {
  readonly g: number;
  readonly isIn: boolean;
}

/** A value that was written and does not hold: a person can see it, and apply it again. */
export interface Lost extends Written {
  readonly field: string;
  readonly value: Json;
  /** What holds instead; null when nothing does. */
  readonly to: Json;
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

/** A field of a row by its name; names such as `constructor` are names like any other. */
export function fieldOf({ fields }: Pick<Row, 'fields'>, name: string): Field | undefined {
  return Object.hasOwn(fields, name) ? fields[name] : undefined;
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
