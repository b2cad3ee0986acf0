import * as wire from '@wardgrid/wire';
import * as z from 'zod';

export type Json = Readonly<Record<string, unknown>>;

type Side = 'input' | 'output';

/** JSON Schemas with the wire's own names as components. */
export interface Components {
  /** The schema, by reference when the wire exports it under a name. */
  readonly refer: (schema: z.ZodType, side: Side) => Json;
  /** The schema itself, the named ones inside it by reference. */
  readonly inline: (schema: z.ZodType, side: Side) => Json;
  /** Everything that was referred to. */
  readonly schemas: () => Readonly<Record<string, Json>>;
}

/** Where zod puts named schemas inside one schema, and where OpenAPI puts them for all. */
const LOCAL = '#/$defs/';
const GLOBAL = '#/components/schemas/';

/** An empty set of components. What goes in and what comes out differ by defaults: two names. */
export function createComponents(): Components {
  const names = wireNames();
  const made = new Map<string, Json>();

  function convert(schema: z.ZodType, side: Side): Json {
    const metadata = z.registry<{ id: string }>();
    for (const [named, name] of names) {
      if (named !== schema) metadata.add(named, { id: side === 'input' ? `${name}Input` : name });
    }
    const whole = z.toJSONSchema(schema, { io: side, metadata, unrepresentable: 'any' });
    const { $defs, $schema: _, ...own } = withGlobalReferences(whole);
    for (const [name, of] of Object.entries(($defs as Record<string, Json>) ?? {})) {
      const { id: _id, ...rest } = of;
      made.set(name, rest);
    }
    return own;
  }

  return {
    inline: convert,
    refer(schema, side) {
      const name = names.get(schema);
      if (name === undefined) return convert(schema, side);
      const full = side === 'input' ? `${name}Input` : name;
      if (!made.has(full)) made.set(full, convert(schema, side));
      return { $ref: GLOBAL + full };
    },
    schemas: () =>
      Object.fromEntries([...made].toSorted(([left], [right]) => (left < right ? -1 : 1))),
  };
}

/** Every schema that the wire exports under a name of its own. */
function wireNames(): ReadonlyMap<z.ZodType, string> {
  const names = new Map<z.ZodType, string>();
  // Sorted, so that of two names for one schema the same one wins everywhere.
  for (const [name, value] of Object.entries(wire).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (value instanceof z.ZodType && /^[A-Z][A-Za-z]+$/.test(name)) names.set(value, name);
  }
  return names;
}

function withGlobalReferences(schema: unknown): Record<string, unknown> {
  return JSON.parse(JSON.stringify(schema).replaceAll(`"${LOCAL}`, `"${GLOBAL}`)) as Record<
    string,
    unknown
  >;
}
