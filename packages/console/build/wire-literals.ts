import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Plugin } from 'vite';

const NAME = '@wardgrid/wire';
const RESOLVED = '\0wire-literals';

/** Files of the contract that hold no schema: the browser runs them as they are. */
const PURE_FILES = ['filters', 'version'] as const;

/**
 * Replaces the wire contract in the bundle by its plain values: routes shrink to method, path and
 * permission, schemas to nothing, tables to literals. Types are checked against the real contract,
 * the controller validates every answer it sends, and the browser need not load zod (28 KB brotli).
 */
export function wireLiterals(): Plugin {
  return {
    name: 'wardgrid-wire-literals',
    enforce: 'pre',
    resolveId: (source) => (source === NAME ? RESOLVED : undefined),
    load: (id) => (id === RESOLVED ? literalModule() : undefined),
  };
}

async function literalModule(): Promise<string> {
  const entry = import.meta.resolve(NAME);
  const wire = (await import(entry)) as Record<string, unknown>;
  const taken = new Set<string>();
  const lines: string[] = [];
  for (const file of PURE_FILES) {
    const path = fileURLToPath(new URL(`./${file}.ts`, entry));
    lines.push(`export * from ${JSON.stringify(path)};`);
    const source = readFileSync(path, 'utf8');
    for (const match of source.matchAll(/^export (?:async )?(?:function|const) (\w+)/gm)) {
      if (match[1]) taken.add(match[1]);
    }
  }
  for (const [name, value] of Object.entries(wire)) {
    const literal = taken.has(name) ? undefined : literalOf(value);
    if (literal !== undefined) lines.push(`export const ${name} = ${literal};`);
  }
  return lines.join('\n');
}

/** The source of a plain value; undefined for what the browser has no use for. */
function literalOf(value: unknown): string | undefined {
  if (value instanceof Set) return `/*#__PURE__*/ new Set(${JSON.stringify([...value])})`;
  if (typeof value === 'function' || value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  if (Array.isArray(value)) {
    return value.every((item) => typeof item === 'string') ? JSON.stringify(value) : undefined;
  }
  return '_zod' in value ? schemaOf(value) : tableOf(value);
}

/** Of a schema, the choices that it offers: its own, or those of its fields. */
function schemaOf(schema: object): string | undefined {
  if ('options' in schema) return optionsOf(schema.options);
  return 'shape' in schema ? shapeOf(schema.shape) : undefined;
}

function optionsOf(options: unknown): string | undefined {
  const isWords = Array.isArray(options) && options.every((option) => typeof option === 'string');
  return isWords ? JSON.stringify({ options }) : undefined;
}

/** Of an object's fields, the choices that they offer: `Policy.shape.mode.options`. */
function shapeOf(shape: unknown): string | undefined {
  const fields = Object.entries(shape ?? {}).flatMap(([name, field]: [string, unknown]) => {
    const isChoice = typeof field === 'object' && field !== null && 'options' in field;
    const options = isChoice ? optionsOf(field.options) : undefined;
    return options === undefined ? [] : [`${JSON.stringify(name)}: ${options}`];
  });
  return fields.length > 0 ? `{ shape: { ${fields.join(', ')} } }` : undefined;
}

function tableOf(table: object): string | undefined {
  const parts: string[] = [];
  for (const [key, value] of Object.entries(table)) {
    const literal = isRoute(value)
      ? JSON.stringify({ method: value.method, path: value.path, permission: value.permission })
      : literalOf(value);
    if (literal !== undefined) parts.push(`${JSON.stringify(key)}: ${literal}`);
  }
  return parts.length > 0 ? `{ ${parts.join(', ')} }` : undefined;
}

interface RouteLike {
  readonly method: string;
  readonly path: string;
  readonly permission: unknown;
}

function isRoute(value: unknown): value is RouteLike {
  return typeof value === 'object' && value !== null && 'method' in value && 'path' in value;
}
