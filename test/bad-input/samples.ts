import fc from 'fast-check';
import * as z from 'zod';

export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json };

/** The part of JSON Schema that the wire's schemas print as. */
export interface Schema {
  readonly type?: string;
  readonly const?: Json;
  readonly enum?: readonly Json[];
  readonly anyOf?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly maxItems?: number;
}

/** What a route takes, as JSON Schema. */
export function schemaOf(schema: z.ZodType): Schema {
  return z.toJSONSchema(schema, {
    io: 'input',
    unrepresentable: 'any',
    reused: 'inline',
  }) as Schema;
}

/** Values for members by their name: ids of things that are there. */
export type Known = Readonly<Record<string, Json>>;

const BY_FORMAT: Readonly<Record<string, string>> = {
  uuid: '01900000-0000-7000-8000-000000000000',
  email: 'sample@example.com',
  'date-time': '2026-01-01T00:00:00.000Z',
};

/** A value that fits a schema; every member is there, so that each can be spoiled. */
export function sampleOf(schema: Schema, known: Known, name = ''): Json {
  const given = known[name];
  if (given !== undefined) return given;
  if (schema.const !== undefined) return schema.const;
  const [choice] = schema.enum ?? [];
  if (choice !== undefined) return choice;
  const [union] = schema.anyOf ?? schema.oneOf ?? schema.allOf ?? [];
  if (union) return sampleOf(union, known, name);
  return sampleOfType(schema, known, name);
}

function sampleOfType(schema: Schema, known: Known, name: string): Json {
  switch (schema.type) {
    case 'object':
      return Object.fromEntries(
        Object.entries(schema.properties ?? {}).map(([key, of]) => [key, sampleOf(of, known, key)]),
      );
    case 'array':
      return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () =>
        sampleOf(schema.items ?? {}, known, name),
      );
    case 'integer':
    case 'number':
      return Math.max(schema.minimum ?? 1, 1);
    case 'boolean':
      return false;
    case 'null':
      return null;
    case undefined:
    default:
      return sampleOfText(schema);
  }
}

/** Texts that no schema describes wholly: a refinement asks more than the pattern says. */
const BY_LENGTH: ReadonlyMap<number, string> = new Map([
  [49, '10.1.2.0/24'],
  [45, '10.1.2.3'],
]);

function sampleOfText(schema: Schema): string {
  const byFormat = BY_FORMAT[schema.format ?? ''];
  if (byFormat !== undefined) return byFormat;
  if (schema.pattern !== undefined) return sampleOfPattern(schema, new RegExp(schema.pattern));
  const byLength = BY_LENGTH.get(schema.maxLength ?? 0);
  if (byLength !== undefined) return byLength;
  return 'sample'.padEnd(schema.minLength ?? 0, 'x');
}

/** One letter again and again fits most patterns in any length; the rest is drawn from the pattern. */
function sampleOfPattern(schema: Schema, pattern: RegExp): string {
  const lengths = [schema.minLength ?? 1, schema.maxLength ?? 1, 6];
  const candidates = ['a', 'A', '1'].flatMap((letter) =>
    lengths.map((length) => letter.repeat(length)),
  );
  const drawn = fc.sample(fc.stringMatching(pattern), { numRuns: 1, seed: 1 })[0] ?? '';
  return candidates.find((candidate) => pattern.test(candidate)) ?? drawn;
}
