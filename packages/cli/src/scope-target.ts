import type { OptionSpec } from './command-spec.ts';
import { usageError } from './errors.ts';

const TARGETS = ['tenant', 'organization', 'group', 'device'] as const;

/** Where something holds: one of these is given. */
export const targetOptions: readonly OptionSpec[] = TARGETS.map((kind) => ({
  flags: `--${kind} <${kind}>`,
  summary: `the ${kind} it is for`,
  field: `targets.${kind}`,
  noun: `${kind}s` as const,
}));

/** The body with the one target that was named. @throws CliError `usage` for none or several. */
export function withTarget({ targets, ...body }: Readonly<Record<string, unknown>>) {
  const named = Object.entries((targets ?? {}) as Readonly<Record<string, unknown>>);
  const [first] = named;
  if (!first || named.length > 1) {
    throw usageError('say what it is for: --tenant, --organization, --group or --device');
  }
  return { ...body, target: { kind: first[0], id: first[1] } };
}
