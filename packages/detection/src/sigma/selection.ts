import { ANY_TEXT } from '../fields.ts';
import { TESTS_MAX, type Expression } from '../rule.ts';
import { accessorOf, type FieldNames } from './aliases.ts';
import type { Path, Report } from './issues.ts';
import { parseKey, type Modifiers, type SelectionKey } from './modifiers.ts';
import { allOf, anyOf, testsOf, type Scalar, type ValueContext } from './value-tests.ts';

/** What selections need to know of where they stand. */
export interface SelectionContext {
  readonly names: FieldNames;
  /** Values of placeholders. */
  readonly placeholders: ReadonlyMap<string, readonly string[]>;
  readonly report: Report;
  /** Fields that no event of the log source has; filled. */
  readonly unmapped: Set<string>;
  /** How many tests the rule has by now. */
  tests: number;
}

/** Lists within lists: more than a few levels mean nothing. */
const DEPTH_MAX = 4;

/** What a selection asks: a map is an and, a list an or, a bare value a keyword. */
export function selectionExpression(
  context: SelectionContext,
  value: unknown,
  path: Path,
): Expression | undefined {
  return selectionAt(context, { value, path, depth: 0 });
}

interface Place {
  readonly value: unknown;
  readonly path: Path;
  readonly depth: number;
}

function selectionAt(context: SelectionContext, place: Place): Expression | undefined {
  const { value, path, depth } = place;
  if (depth > DEPTH_MAX) {
    context.report('key-invalid', path, 'lists within lists within lists');
    return undefined;
  }
  if (typeof value !== 'object' || value === null) {
    return itemExpression(context, { key: '', value, path });
  }
  const isList = Array.isArray(value);
  const items = isList
    ? value.map((item: unknown, index) =>
        selectionAt(context, { value: item, path: [...path, index], depth: depth + 1 }),
      )
    : Object.entries(value).map(([key, member]) =>
        itemExpression(context, { key, value: member, path: [...path, key] }),
      );
  if (items.length === 0) return empty(context, path);
  const all = items.filter((item) => item !== undefined);
  if (all.length < items.length) return undefined;
  return isList ? anyOf(all) : allOf(all);
}

function empty(context: SelectionContext, path: Path): undefined {
  context.report('value-invalid', path, 'is empty');
  return undefined;
}

interface Item {
  readonly key: string;
  readonly value: unknown;
  readonly path: Path;
}

function itemExpression(context: SelectionContext, item: Item): Expression | undefined {
  const { path } = item;
  const parsed = parseKey(item.key, path, context.report);
  if (!parsed) return undefined;
  const key = asKeyword(parsed);
  const values = expanded(context, key.modifiers, item);
  if (!values) return undefined;
  const field = key.field === '' ? ANY_TEXT : accessorOf(key.field, context.names);
  if (field === undefined) {
    context.unmapped.add(key.field);
    context.report('field-unknown', path, `no event of this log source has '${key.field}'`);
  }
  const valueContext: ValueContext = {
    accessorOf: (name) => accessorOf(name, context.names),
    path,
    report: context.report,
  };
  const each = values.map((value) =>
    valueExpression(valueContext, { field, modifiers: key.modifiers }, value),
  );
  if (each.includes(undefined) || !countTests(context, path, each.length)) return undefined;
  const of = each.filter((one) => one !== undefined);
  const joined = key.modifiers.isAll ? allOf(of) : anyOf(of);
  return key.modifiers.isNegated ? { kind: 'not', of: joined } : joined;
}

/** A keyword stands anywhere in a text unless its modifiers say how it is looked for. */
function asKeyword(key: SelectionKey): SelectionKey {
  const { modifiers } = key;
  if (key.field !== '' || modifiers.kind !== null || modifiers.place !== null) return key;
  return { field: '', modifiers: { ...modifiers, place: 'contains' } };
}

function countTests(context: SelectionContext, path: Path, count: number): boolean {
  const before = context.tests;
  context.tests += count;
  if (context.tests <= TESTS_MAX) return true;
  if (before <= TESTS_MAX) {
    context.report('rule-too-large', path, `asks more than ${TESTS_MAX} questions`);
  }
  return false;
}

function valueExpression(
  context: ValueContext,
  key: { readonly field: string | undefined; readonly modifiers: Modifiers },
  value: Scalar,
): Expression | undefined {
  const { field, modifiers } = key;
  if (value === null) {
    const isPlain = modifiers.kind === null && modifiers.compare === null;
    if (!isPlain || modifiers.place !== null || modifiers.encodings.length > 0) {
      context.report('value-invalid', context.path, 'null takes no modifier');
      return undefined;
    }
    if (field === undefined) return { kind: 'unknown' };
    return { kind: 'not', of: { kind: 'test', field, test: { kind: 'exists' } } };
  }
  const tests = testsOf(context, modifiers, value);
  if (!tests) return undefined;
  if (field === undefined || tests.length === 0) return { kind: 'unknown' };
  const found = anyOf(tests.map((test) => ({ kind: 'test', field, test }) as const));
  return modifiers.kind === 'exists' && value === false ? { kind: 'not', of: found } : found;
}

function isScalar(value: unknown): value is Scalar {
  return value === null || ['string', 'number', 'boolean'].includes(typeof value);
}

/** The values of an item, with placeholders replaced. */
function expanded(
  context: SelectionContext,
  modifiers: Modifiers,
  item: Item,
): readonly Scalar[] | undefined {
  const values: readonly unknown[] = Array.isArray(item.value) ? item.value : [item.value];
  if (values.length === 0) return empty(context, item.path);
  if (!values.every(isScalar)) {
    context.report('value-invalid', item.path, 'a value is a text, a number, true, false or null');
    return undefined;
  }
  if (modifiers.isAll && values.length === 1) {
    context.report('modifier-pointless', item.path, "'all' of one value");
  }
  if (!modifiers.isExpanded) return values;
  const all = values.map((value): readonly Scalar[] | undefined =>
    typeof value === 'string' ? withPlaceholders(context, value, item.path) : [value],
  );
  return all.includes(undefined) ? undefined : all.flatMap((some) => some ?? []);
}

const PLACEHOLDER = /%([A-Za-z0-9_.-]{1,100})%/;
/** Most placeholders within one value. */
const PLACEHOLDERS_MAX = 4;

function withPlaceholders(
  context: SelectionContext,
  text: string,
  path: Path,
): readonly string[] | undefined {
  let forms: readonly string[] = [text];
  for (let count = 0; count <= PLACEHOLDERS_MAX; count += 1) {
    const match = PLACEHOLDER.exec(forms[0] ?? '');
    if (!match) return forms;
    const values = context.placeholders.get(match[1] ?? '');
    if (!values || values.length === 0 || values.length * forms.length > TESTS_MAX) {
      context.report('placeholder-unknown', path, `'${match[0]}' has no values, or too many`);
      return undefined;
    }
    forms = forms.flatMap((form) => values.map((value) => form.split(match[0]).join(value)));
  }
  context.report('value-invalid', path, `more than ${PLACEHOLDERS_MAX} placeholders`);
  return undefined;
}
