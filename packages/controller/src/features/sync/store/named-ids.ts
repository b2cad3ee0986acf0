import { lastingIdOf, meantBy, rulesOf, type Op, type Registry } from '@wardgrid/sync';

/** Ids that ops are about, or name in fields whose ids may have become others. */
export function namedIds(ops: readonly Op[], registry: Registry): string[] {
  const ids = new Set<string>();
  for (const op of ops) {
    ids.add(meantBy(op, op.id));
    ids.add(lastingIdOf(op));
    for (const [name, { refersTo }] of Object.entries(rulesOf(registry, op.type)?.fields ?? {})) {
      const value = refersTo === undefined ? undefined : op.fields[name];
      if (typeof value === 'string') ids.add(meantBy(op, value));
    }
  }
  return [...ids];
}
