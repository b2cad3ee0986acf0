import type { Route } from '@wardgrid/wire';
import type { Invocation, OptionSpec } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { usageError } from './errors.ts';
import { resolveId } from './names.ts';
import { attributeOf, longOf } from './options.ts';

/** A body under construction. */
type Body = Record<string, unknown>;

/** The word that clears a member. */
const NONE: ReadonlySet<string> = new Set(['', 'none']);

/** The body that the options make: each with a field in its place, names turned into ids. */
export async function readBody(
  invocation: Invocation,
  connection: Connection,
  specs: readonly OptionSpec[],
): Promise<Body> {
  const body: Body = {};
  for (const spec of specs) {
    const value = invocation.options.value(attributeOf(spec.flags)) ?? spec.fallback;
    if (spec.field === undefined || value === undefined) continue;
    place(body, spec.field, await valueOf(spec, value, connection));
  }
  return body;
}

async function valueOf(spec: OptionSpec, value: unknown, connection: Connection): Promise<unknown> {
  if (typeof value !== 'string') return value;
  if (spec.isNullable === true && NONE.has(value)) return null;
  return spec.noun === undefined ? value : resolveId(connection, spec.noun, value);
}

function place(body: Body, path: string, value: unknown): void {
  const [head = '', ...rest] = path.split('.');
  if (rest.length === 0) {
    body[head] = value;
    return;
  }
  const inner = (body[head] ?? {}) as Body;
  body[head] = inner;
  place(inner, rest.join('.'), value);
}

/** The body as the route takes it. @throws CliError `usage` naming the option that does not fit. */
export function fitBody<R extends Pick<Route, 'body'>>(
  route: R,
  body: unknown,
  specs: readonly OptionSpec[],
): ReturnType<R['body']['parse']> {
  const parsed = route.body.safeParse(body);
  if (parsed.success) return parsed.data as ReturnType<R['body']['parse']>;
  const [issue] = parsed.error.issues;
  const path = issue?.path.map(String) ?? [];
  throw usageError(`${nameOfPlace(path, specs)}: ${issue?.message ?? 'does not fit'}`);
}

/** The option that fills a place of the body, or the place itself. */
function nameOfPlace(path: readonly string[], specs: readonly OptionSpec[]): string {
  for (let length = path.length; length > 0; length -= 1) {
    const place = path.slice(0, length).join('.');
    const spec = specs.find(({ field }) => field === place);
    if (spec) return longOf(spec.flags);
  }
  return path.join('.') || 'the request';
}
