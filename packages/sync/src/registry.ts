import type { Json } from '@wardgrid/base';

/**
 * How a field merges when two authors wrote it without having seen each other.
 * `lww`: the later by hybrid time. `protective`: the value that protects, then the later.
 * `counter`: increments add up. `once`: the first value stays. `cloud-only`: nobody but the cloud.
 */
export type Merge = 'lww' | 'protective' | 'counter' | 'once' | 'cloud-only';

/** The rule of one field. */
export interface FieldRule {
  readonly merge: Merge;
  /** The deepest layer that may write it, 0 being the cloud; absent: every layer. */
  readonly layerMax?: number;
  /** Of `protective`: the value that wins a conflict. */
  readonly protects?: Json;
  /** The type of row that the value names by its id: rewritten when that id becomes another. */
  readonly refersTo?: string;
}

/** The rules of one entity type. */
export interface TypeRules {
  /** Rows are seen by everything below their home, too: policies, indicators. */
  readonly isInherited: boolean;
  /** At most one live row has a value of this field: what makes two rows the same thing. */
  readonly naturalKey?: string;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** The rules of every type that syncs. Types and fields that are not in it are relayed untouched. */
export type Registry = Readonly<Record<string, TypeRules>>;

const LWW: FieldRule = { merge: 'lww' };

/** The rule of a field; what is not known merges by time. */
export function ruleOf(registry: Registry, type: string, field: string): FieldRule {
  return registry[type]?.fields[field] ?? LWW;
}
