import { compileGlob } from '../glob.ts';
import { EXPRESSION_DEPTH_MAX, type Expression } from '../rule.ts';
import type { Path, Report } from './issues.ts';
import { allOf, anyOf } from './value-tests.ts';
import { parseWildcards } from './wildcards.ts';

/** What a condition may name. */
export interface ConditionContext {
  readonly selections: ReadonlyMap<string, Expression>;
  readonly report: Report;
  /** Which selections were named; filled. */
  readonly used: Set<string>;
}

/** Longest condition, by characters. */
const LENGTH_MAX = 8_192;

interface Cursor {
  readonly context: ConditionContext;
  readonly tokens: readonly string[];
  readonly path: Path;
  at: number;
}

/** A condition that does not fit; it never leaves this file. */
class ConditionFault extends Error {
  readonly code: 'condition-invalid' | 'selection-unknown';

  constructor(
    message: string,
    code: 'condition-invalid' | 'selection-unknown' = 'condition-invalid',
  ) {
    super(message);
    this.code = code;
  }
}

/** What a condition asks; a list of them is an or. Undefined when it was reported. */
export function conditionExpression(
  context: ConditionContext,
  value: unknown,
  path: Path,
): Expression | undefined {
  if (Array.isArray(value) && value.length > 0) {
    const all = value.map((one, index) => oneCondition(context, one, [...path, index]));
    return all.includes(undefined) ? undefined : anyOf(all.filter((one) => one !== undefined));
  }
  return oneCondition(context, value, path);
}

function oneCondition(
  context: ConditionContext,
  value: unknown,
  path: Path,
): Expression | undefined {
  const fault = (message: string): undefined => {
    context.report('condition-invalid', path, message);
    return undefined;
  };
  if (typeof value !== 'string' || value.trim() === '') return fault('is no text');
  if (value.length > LENGTH_MAX) return fault(`longer than ${LENGTH_MAX} characters`);
  if (value.includes('|')) {
    context.report('condition-aggregation', path, 'the pipe is of Sigma 1');
    return undefined;
  }
  const tokens = value.match(/[()]|[^\s()]+/g) ?? [];
  const cursor: Cursor = { context, tokens, path, at: 0 };
  try {
    const expression = disjunction(cursor, 0);
    if (cursor.at < tokens.length) throw new ConditionFault(`'${tokens[cursor.at]}' is too much`);
    return expression;
  } catch (error) {
    if (!(error instanceof ConditionFault)) throw error;
    context.report(error.code, path, error.message);
    return undefined;
  }
}

function keyword(cursor: Cursor): string {
  return (cursor.tokens[cursor.at] ?? '').toLowerCase();
}

function disjunction(cursor: Cursor, depth: number): Expression {
  const terms = [conjunction(cursor, depth)];
  while (keyword(cursor) === 'or') {
    cursor.at += 1;
    terms.push(conjunction(cursor, depth));
  }
  return anyOf(terms);
}

function conjunction(cursor: Cursor, depth: number): Expression {
  const factors = [negation(cursor, depth)];
  while (keyword(cursor) === 'and') {
    cursor.at += 1;
    factors.push(negation(cursor, depth));
  }
  return allOf(factors);
}

function negation(cursor: Cursor, depth: number): Expression {
  if (depth > EXPRESSION_DEPTH_MAX / 4) throw new ConditionFault('is nested too deeply');
  if (keyword(cursor) !== 'not') return primary(cursor, depth);
  cursor.at += 1;
  return { kind: 'not', of: negation(cursor, depth + 1) };
}

function primary(cursor: Cursor, depth: number): Expression {
  const token = cursor.tokens[cursor.at];
  if (token === undefined) throw new ConditionFault('ends too early');
  cursor.at += 1;
  if (token === '(') {
    const inner = disjunction(cursor, depth + 1);
    if (cursor.tokens[cursor.at] !== ')') throw new ConditionFault("'(' without ')'");
    cursor.at += 1;
    return inner;
  }
  if (keyword(cursor) === 'of' && /^(?:\d{1,4}|all|any)$/i.test(token)) {
    cursor.at += 1;
    return quantified(cursor, token.toLowerCase());
  }
  return named(cursor, token);
}

function named(cursor: Cursor, name: string): Expression {
  const expression = cursor.context.selections.get(name);
  if (!expression) {
    throw new ConditionFault(`there is no selection '${name}'`, 'selection-unknown');
  }
  cursor.context.used.add(name);
  return { kind: 'named', name, of: expression };
}

function quantified(cursor: Cursor, quantity: string): Expression {
  const pattern = cursor.tokens[cursor.at];
  if (pattern === undefined) throw new ConditionFault(`'${quantity} of' what?`);
  cursor.at += 1;
  const names = namesOf(cursor.context, pattern);
  if (names.length === 0) {
    throw new ConditionFault(`no selection fits '${pattern}'`, 'selection-unknown');
  }
  const of = names.map((name) => named(cursor, name));
  if (quantity === 'all') return allOf(of);
  const least = quantity === 'any' ? 1 : Number(quantity);
  if (least === 0) return { kind: 'not', of: anyOf(of) };
  if (least > of.length) throw new ConditionFault(`'${pattern}' names only ${of.length}`);
  return least === 1 ? anyOf(of) : { kind: 'count', least, of };
}

/** The selections of a pattern or `them`; names that begin with `_` only when the pattern does. */
function namesOf(context: ConditionContext, pattern: string): readonly string[] {
  const names = [...context.selections.keys()];
  if (pattern.toLowerCase() === 'them') return names.filter((name) => !name.startsWith('_'));
  if (!pattern.includes('*')) return names.filter((name) => name === pattern);
  const { matches } = compileGlob(parseWildcards(pattern), true);
  return names.filter(
    (name) => matches(name) === true && (pattern.startsWith('_') || !name.startsWith('_')),
  );
}
