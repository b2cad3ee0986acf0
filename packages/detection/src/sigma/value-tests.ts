import { parseCidr } from '@wardgrid/base';
import { compileRegex, RegexFault } from '../regex/index.ts';
import {
  VALUE_LENGTH_MAX,
  type Expression,
  type GlobPart,
  type Place,
  type Test,
} from '../rule.ts';
import {
  base64,
  base64Offsets,
  dashForms,
  dashPattern,
  utf16Bytes,
  utf8Bytes,
} from './encodings.ts';
import type { Path, Report } from './issues.ts';
import type { Encoding, Modifiers } from './modifiers.ts';
import { parseWildcards, placed, textTest } from './wildcards.ts';

/** One value of a selection as YAML gives it. */
export type Scalar = string | number | boolean | null;

/** What a value needs beside itself to become a test. */
export interface ValueContext {
  /** The accessor of a field that is named as a value (`fieldref`); undefined when there is none. */
  readonly accessorOf: (field: string) => string | undefined;
  readonly path: Path;
  readonly report: Report;
}

/** What one value asks of a field: tests of which one must hold; undefined when it was reported. */
export function testsOf(
  context: ValueContext,
  modifiers: Modifiers,
  value: Exclude<Scalar, null>,
): readonly Test[] | undefined {
  if (String(value).length > VALUE_LENGTH_MAX) {
    context.report('value-invalid', context.path, `longer than ${VALUE_LENGTH_MAX} characters`);
    return undefined;
  }
  if (modifiers.compare !== null || modifiers.datePart !== null) {
    return numberTests(context, modifiers, value);
  }
  switch (modifiers.kind) {
    case 're':
      return regexTests(context, String(value), modifiers.regexFlags);
    case 'cidr':
      return cidrTests(context, value);
    case 'exists':
      return typeof value === 'boolean'
        ? [{ kind: 'exists' }]
        : refuse(context, "'exists' takes true or false");
    case 'fieldref':
      return fieldTests(context, modifiers, value);
    case null:
      return textTests(context, modifiers, value);
  }
}

function refuse(context: ValueContext, message: string): undefined {
  context.report('value-invalid', context.path, message);
  return undefined;
}

function numberTests(
  context: ValueContext,
  modifiers: Modifiers,
  value: Exclude<Scalar, null>,
): readonly Test[] | undefined {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) {
    return refuse(context, `'${value}' is no number`);
  }
  const compare = modifiers.compare ?? 'eq';
  return [{ kind: 'number', compare, value: number, part: modifiers.datePart }];
}

function regexTests(
  context: ValueContext,
  pattern: string,
  flags: string,
): readonly Test[] | undefined {
  try {
    compileRegex(pattern, flags);
  } catch (error) {
    if (!(error instanceof RegexFault)) throw error;
    context.report(error.code, context.path, `at ${error.at}: ${error.message}`);
    return undefined;
  }
  return [{ kind: 'regex', pattern, flags }];
}

function cidrTests(
  context: ValueContext,
  value: Exclude<Scalar, null>,
): readonly Test[] | undefined {
  const text = String(value);
  const network = text.includes('/') ? text : `${text}/${text.includes(':') ? 128 : 32}`;
  if (!parseCidr(network)) return refuse(context, `'${text}' is no network`);
  return [{ kind: 'cidr', network }];
}

const PLACES: Readonly<Record<string, Place>> = {
  contains: 'any',
  startswith: 'start',
  endswith: 'end',
};

function placeOf(modifiers: Modifiers): Place {
  return PLACES[modifiers.place ?? ''] ?? 'whole';
}

function fieldTests(
  context: ValueContext,
  modifiers: Modifiers,
  value: Exclude<Scalar, null>,
): readonly Test[] | undefined {
  const field = context.accessorOf(String(value));
  // What cannot be read is compared with nothing; the caller makes it unknown.
  if (field === undefined) {
    context.report('field-unknown', context.path, `no event has '${value}'`);
    return [];
  }
  return [{ kind: 'field', place: placeOf(modifiers), field, cased: modifiers.isCased }];
}

function textTests(
  context: ValueContext,
  modifiers: Modifiers,
  value: Exclude<Scalar, null>,
): readonly Test[] | undefined {
  const place = placeOf(modifiers);
  const isDashOnly = modifiers.encodings.every((encoding) => encoding === 'windash');
  if (isDashOnly && modifiers.encodings.length > 0) {
    return dashTests(context, placed(parseWildcards(String(value)), place), modifiers.isCased);
  }
  const forms = encodedForms(context, modifiers, String(value));
  if (!forms) return undefined;
  const tests = forms.map((parts) => textTest(placed(parts, place), modifiers.isCased));
  if (tests.some((test) => test.kind === 'text' && test.text === '' && test.place !== 'whole')) {
    return [{ kind: 'exists' }];
  }
  return tests;
}

type Parts = readonly GlobPart[];

/** Every form a value has on Windows; an expression where they would be too many. */
function dashTests(
  context: ValueContext,
  parts: Parts,
  cased: boolean,
): readonly Test[] | undefined {
  const forms = dashedForms(parts);
  if (forms) return forms.map((form) => textTest(form, cased));
  return regexTests(context, dashPattern(parts), cased ? 's' : 'is');
}

function encodedForms(
  context: ValueContext,
  modifiers: Modifiers,
  text: string,
): readonly Parts[] | undefined {
  const parts = parseWildcards(text);
  const [first] = modifiers.encodings;
  if (first === undefined) return [parts];
  if (parts.some((part) => typeof part !== 'string')) {
    return refuse(context, `'${first}' takes no wildcards`);
  }
  let forms: readonly string[] = [parts.join('')];
  let isBinary = false;
  for (const encoding of modifiers.encodings) {
    const next = forms.map((form) => encode(encoding, form, isBinary));
    if (next.includes(undefined)) return refuse(context, 'holds too many dashes to vary them all');
    forms = next.flatMap((form) => form ?? []);
    isBinary = encoding !== 'windash';
  }
  return forms.map((form) => [form]);
}

function encode(
  encoding: Encoding,
  text: string,
  isBinary: boolean,
): readonly string[] | undefined {
  switch (encoding) {
    case 'windash':
      return dashForms(text);
    case 'base64':
      return [base64(isBinary ? text : utf8Bytes(text))];
    case 'base64offset':
      return base64Offsets(isBinary ? text : utf8Bytes(text));
    case 'wide':
    case 'utf16le':
      return [utf16Bytes(text, 'le', false)];
    case 'utf16be':
      return [utf16Bytes(text, 'be', false)];
    case 'utf16':
      return [utf16Bytes(text, 'le', true)];
  }
}

function dashedForms(parts: Parts): readonly Parts[] | undefined {
  let forms: Parts[] = [[]];
  for (const part of parts) {
    const variants = typeof part === 'string' ? dashForms(part) : [part];
    if (!variants || variants.length * forms.length > FORMS_MAX) return undefined;
    forms = forms.flatMap((form) => variants.map((variant) => [...form, variant]));
  }
  return forms;
}

/** Most forms that one value may grow to. */
const FORMS_MAX = 625;

/** Both or one of the expressions. */
export function anyOf(of: readonly Expression[]): Expression {
  const [only] = of;
  return of.length === 1 && only ? only : { kind: 'or', of };
}

/** All of the expressions. */
export function allOf(of: readonly Expression[]): Expression {
  const [only] = of;
  return of.length === 1 && only ? only : { kind: 'and', of };
}
