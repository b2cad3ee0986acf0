import type { OptionSpec } from './command-spec.ts';
import type { Connection } from './connection.ts';
import { usageError } from './errors.ts';
import { resolveThing } from './names.ts';

const PLACES = ['tenant', 'organization', 'group'] as const;

/** Options that name one place of the tree: `--organization Acme`. */
export function placeOptions(what: string): readonly OptionSpec[] {
  return PLACES.map((kind) => ({
    flags: `--${kind} <${kind}>`,
    summary: `the ${kind} ${what}`,
    field: `places.${kind}`,
  }));
}

/** The body with the scope of the place that was named, if one was. @throws CliError `usage` for several. */
export async function withScope(
  { places, ...body }: Readonly<Record<string, unknown>>,
  connection: Connection,
): Promise<Readonly<Record<string, unknown>>> {
  const named = (places ?? {}) as Readonly<Record<string, string>>;
  const [kind, ...others] = PLACES.filter((one) => named[one] !== undefined);
  if (kind === undefined) return body;
  if (others.length > 0) throw usageError('name one place: --tenant, --organization or --group');
  const place = await resolveThing(connection, `${kind}s`, named[kind] ?? '');
  return { ...body, scope: place['scope'] };
}
