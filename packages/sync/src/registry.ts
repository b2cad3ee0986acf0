import type { Json } from '@wardgrid/base';

/**
 * How a field merges when two authors wrote it without having seen each other.
 * `lww`: the later by hybrid time. `document`: the same, for a value that is a version as a whole; the
 * other one is to be kept as a version. `protective`: the value that protects, then the later.
 * `counter`: increments add up. `once`: the first value stays. `cloud-only`: nobody but the cloud.
 * `set`: members are added and removed each for itself. `state-machine`: phases only go on.
 * `single-writer`: in the order of its writer. `append-only`: a list that only grows.
 */
export type Merge =
  | 'lww'
  | 'document'
  | 'protective'
  | 'counter'
  | 'once'
  | 'cloud-only'
  | 'set'
  | 'state-machine'
  | 'single-writer'
  | 'append-only';

/** The rule of one field. */
export interface FieldRule {
  readonly merge: Merge;
  /** The deepest layer that may write it, 0 being the cloud; absent: every layer. */
  readonly layerMax?: number;
  /** Of `protective`: the value that wins a conflict. */
  readonly protects?: Json;
  /** Of `set`: of adding and removing the same, removing wins; as for exceptions from protection. */
  readonly removalWins?: boolean;
  /** Of `state-machine`: the phases in their order; those in one place exclude each other. */
  readonly phases?: readonly (readonly string[])[];
  /** Of `state-machine`: who saw where it stands may set it back. */
  readonly canReopen?: boolean;
  /** The field that decides for this one when both are written at once: what goes with a phase. */
  readonly follows?: string;
  /** The type of row that the value names by its id: rewritten when that id becomes another. */
  readonly refersTo?: string;
}

/** The rules of one entity type. */
export interface TypeRules {
  /** Rows are seen by everything below their home, too: policies, indicators. */
  readonly isInherited: boolean;
  /** At most one live row has a value of this field: what makes two rows the same thing. */
  readonly naturalKey?: string;
  /** The cloud names new rows by it, `DEV-000007`; absent: they have no name. */
  readonly refPrefix?: string;
  /**
   * Whoever deletes a row that others changed meanwhile has those changes told as lost: of what people
   * edit. What machines write goes with its row.
   */
  readonly tellsLoss?: boolean;
  /** Rows are never deleted. */
  readonly isPermanent?: boolean;
  readonly fields: Readonly<Record<string, FieldRule>>;
}

/** The rules of every type that syncs. Types and fields that are not in it are relayed untouched. */
export type Registry = Readonly<Record<string, TypeRules>>;

const LWW: FieldRule = { merge: 'lww' };

/** The rules of a type; undefined when it is of a newer version. */
export function rulesOf(registry: Registry, type: string): TypeRules | undefined {
  return Object.hasOwn(registry, type) ? registry[type] : undefined;
}

/** The rule of a field; what is not known merges by time. */
export function ruleOf(registry: Registry, type: string, field: string): FieldRule {
  const fields = rulesOf(registry, type)?.fields ?? {};
  return (Object.hasOwn(fields, field) ? fields[field] : undefined) ?? LWW;
}
