import { PROCESS_TREE } from '../fields.ts';
import type { Member, Rule } from '../rule.ts';
import { accessorOf, type FieldNames } from './aliases.ts';
import type { Path, Report } from './issues.ts';

/** Rules that others may refer to, by id and by name, each with the field names of its log source. */
export interface KnownRule {
  readonly rule: Rule;
  readonly names: FieldNames;
}

/** What documents about several events need to know. */
export interface ReferenceContext {
  readonly report: Report;
  readonly find: (reference: string) => KnownRule | undefined;
}

/** Names of the device itself: one engine sees one device, so they group nothing. */
const DEVICE: ReadonlySet<string> = new Set([
  'device',
  'ComputerName',
  'Computer',
  'Hostname',
  'hostname',
  'host.name',
  'host.id',
]);

const GENERAL: FieldNames = { isAudit: false, classes: [] };

/** The rule of a reference; undefined when there is none, which is told. */
export function findRule(
  context: ReferenceContext,
  reference: unknown,
  path: Path,
): KnownRule | undefined {
  const known = typeof reference === 'string' ? context.find(reference) : undefined;
  if (!known) context.report('reference-unknown', path, `there is no rule '${String(reference)}'`);
  return known;
}

/** A list of texts, or one text; undefined when it is neither, which is told. */
export function textsOf(report: Report, value: unknown, path: Path): readonly string[] | undefined {
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  if (list.every((one): one is string => typeof one === 'string' && one.length <= 200)) return list;
  report('key-invalid', path, 'is a list of texts');
  return undefined;
}

/** The accessors of fields that group the events of a rule. */
export function groupFields(
  context: ReferenceContext,
  names: FieldNames | undefined,
  given: { readonly fields: readonly string[]; readonly path: Path },
): string[] {
  return given.fields
    .filter((field) => !DEVICE.has(field))
    .map((field) => accessorFor(context, names, { field, path: given.path }));
}

/** The accessor of one field of a rule's events; told when they have none. */
export function accessorFor(
  context: ReferenceContext,
  names: FieldNames | undefined,
  given: { readonly field: string; readonly path: Path },
): string {
  if (given.field === 'process.tree') return PROCESS_TREE;
  const accessor = accessorOf(given.field, names ?? GENERAL);
  if (accessor === undefined) {
    context.report('field-unknown', given.path, `no event has '${given.field}'`);
  }
  return accessor ?? given.field;
}

/** A member of a correlation or behaviour. */
export function memberOf(known: KnownRule, by: string[]): Member {
  return { rule: known.rule.id, by };
}
