import type { Json } from './samples.ts';

/** Texts that have broken programs before. */
export const HOSTILE_TEXTS: readonly string[] = [
  '',
  ' ',
  '\u0000',
  'a\u0000b',
  '\u001b[2J\u0007',
  '\u202egnp.exe',
  '\ud800',
  'x\udfffy',
  '\ufeff',
  '😀'.repeat(200),
  'x'.repeat(100_000),
  "'; drop table device; --",
  '" or ""="',
  '%00%n%s',
  '${7*7}{{7*7}}',
  '../../../etc/passwd',
  '<script>alert(1)</script>',
  '=cmd|calc!A0',
  '__proto__',
  'constructor',
  'null',
  'NaN',
  '1e999',
  '-0',
  '0x10',
  '٣',
];

/** Values of every other kind. */
const HOSTILE_VALUES: readonly Json[] = [
  null,
  true,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  [],
  [[]],
  {},
  { toString: 'x' },
  Array.from({ length: 20_001 }, () => 'x'),
  { length: 3, 0: 'a' },
];

const UNKNOWN_KEYS = [
  'unknown',
  '__proto__',
  'constructor',
  'toString',
  '',
  '\u0000',
  'x'.repeat(5_000),
];

/** One way to spoil a value, with words for the failure. */
export interface Mutation {
  readonly label: string;
  /** JSON text, so that keys such as `__proto__` arrive as such. */
  readonly text: string;
}

/** Everything that a value can be spoiled to, one place at a time. */
export function mutationsOf(value: Json): readonly Mutation[] {
  const whole = [...HOSTILE_VALUES, ...HOSTILE_TEXTS.slice(0, 3)].map((hostile) => ({
    label: `all: ${labelOf(hostile)}`,
    text: JSON.stringify(hostile),
  }));
  return [...whole, ...placesOf(value).flatMap((path) => spoiled(value, path))];
}

type Path = readonly (string | number)[];

/** Every place inside a value. */
function placesOf(value: Json): readonly Path[] {
  if (value === null || typeof value !== 'object') return [];
  const entries: readonly (readonly [string | number, Json])[] = Array.isArray(value)
    ? value.slice(0, 1).map((item: Json, index) => [index, item] as const)
    : Object.entries(value);
  return entries.flatMap(([key, inner]) => [
    [key],
    ...placesOf(inner).map((path) => [key, ...path]),
  ]);
}

function spoiled(value: Json, path: Path): readonly Mutation[] {
  const at = path.join('/');
  const replaced = [...HOSTILE_VALUES, ...HOSTILE_TEXTS].map((hostile) => ({
    label: `${at}: ${labelOf(hostile)}`,
    text: JSON.stringify(changed(value, path, () => hostile)),
  }));
  const removed = {
    label: `${at}: removed`,
    text: JSON.stringify(changed(value, path, () => undefined)),
  };
  const parent = path.slice(0, -1);
  const added = UNKNOWN_KEYS.map((key) => ({
    label: `${parent.join('/')}: with ${key.slice(0, 20)}`,
    text: withKey(value, parent, key),
  }));
  return [...replaced, removed, ...added];
}

function changed(
  value: Json | undefined,
  path: Path,
  change: (value: Json | undefined) => Json | undefined,
): Json | undefined {
  const [key, ...rest] = path;
  if (key === undefined) return change(value);
  if (Array.isArray(value)) {
    const items = value as readonly Json[];
    return items.map((item, index) =>
      index === key ? (changed(item, rest, change) ?? null) : item,
    );
  }
  const copy: Record<string, Json | undefined> = { ...(value as Record<string, Json>) };
  copy[key] = changed(copy[key], rest, change);
  return copy as Json;
}

/** Written as text: `__proto__` in a literal would set the prototype instead. */
function withKey(value: Json, parent: Path, key: string): string {
  const mark = 'mark-that-no-sample-holds';
  const marked = changed(value, parent, (inner) =>
    inner !== null && typeof inner === 'object' && !Array.isArray(inner)
      ? { ...(inner as Readonly<Record<string, Json>>), [mark]: 1 }
      : { [mark]: 1 },
  );
  return JSON.stringify(marked).replace(`"${mark}"`, JSON.stringify(key));
}

function labelOf(value: Json): string {
  return JSON.stringify(value).slice(0, 40);
}
