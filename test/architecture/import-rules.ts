import { builtinModules } from 'node:module';
import { codeOf } from './code.ts';
import { importsOf, type Import } from './imports.ts';
import { isCode, isTest, type Source } from './sources.ts';

/** What each package may import of ours: down only, and each program only the engines it uses. */
const MAY_IMPORT: Readonly<Record<string, readonly string[]>> = {
  base: [],
  wire: ['base'],
  detection: ['base', 'wire'],
  sync: ['base', 'wire'],
  trust: ['base', 'wire'],
  controller: ['base', 'wire', 'detection', 'sync', 'trust'],
  agent: ['base', 'wire', 'detection', 'trust'],
  console: ['base', 'wire', 'trust'],
  cli: ['base', 'wire', 'detection', 'trust'],
};

/** Doors beside `index.ts`: what only programs need and engines must not. */
const SECOND_DOORS: ReadonlySet<string> = new Set([
  '@wardgrid/base/multicast',
  '@wardgrid/base/system',
  '@wardgrid/trust/system',
  '@wardgrid/detection/read',
  '@wardgrid/detection/signatures',
]);
/** Doors that are closed to some: an agent loads compiled rules and never parses YAML. */
const CLOSED_DOORS: ReadonlySet<string> = new Set(['agent @wardgrid/detection/read']);

const PURE: ReadonlySet<string> = new Set(['base', 'wire', 'detection', 'sync', 'trust']);
/** Where the machine begins: the real clock, randomness, cryptography, and the local network. */
const MACHINE_FILES: ReadonlySet<string> = new Set([
  'packages/base/src/multicast.ts',
  'packages/base/src/system.ts',
  'packages/trust/src/system.ts',
]);
const IMPURE =
  /\b(?:Date\.now\b|new Date\(\)|Math\.random\b|(?:setTimeout|setInterval|setImmediate|queueMicrotask|fetch)\s*\(|(?:process|console|globalThis|performance)\s*[.[])/;

function packageOf(path: string): string | undefined {
  return /^packages\/([^/]+)\//.exec(path)?.[1];
}

function describe(one: Import, what: string): string {
  return `${one.from}: imports '${one.specifier ?? 'something computed'}': ${what}`;
}

/** Rule 1, 3 and 6: imports point down, siblings never meet, packages are entered by their doors. */
export function importsPointDown(sources: readonly Source[]): readonly string[] {
  return importsOf(sources).flatMap((one) => {
    const own = packageOf(one.from);
    if (own === undefined) return [];
    const fault = downFault(one, own);
    return fault === undefined ? [] : [describe(one, fault)];
  });
}

function downFault(one: Import, own: string): string | undefined {
  if (one.target !== null) return leavingFault(one.from, one.target);
  const ours = /^@wardgrid\/(?<name>[^/]+)(?<deep>\/.*)?$/.exec(one.specifier ?? '')?.groups;
  if (!ours) return undefined;
  const name = String(ours['name']);
  const deep = ours['deep'] ?? '';
  if (name === 'test' && isBesideTests(one.from)) return undefined;
  if (!(MAY_IMPORT[own] ?? []).includes(name)) return `'${own}' may not import '${name}'`;
  return deep === '' ? undefined : doorFault(own, `@wardgrid/${name}${deep}`);
}

function doorFault(own: string, door: string): string | undefined {
  if (!SECOND_DOORS.has(door)) return 'a deep path into another package';
  return CLOSED_DOORS.has(`${own} ${door}`) ? 'this door is closed to it' : undefined;
}

/** A test beside the code may use what `test/` offers to all. */
function isBesideTests(path: string): boolean {
  return /\.test\.tsx?$|\/testdata\/|\/testing\//.test(path);
}

function leavingFault(from: string, target: string): string | undefined {
  if (packageOf(target) === packageOf(from)) return undefined;
  if (isBesideTests(from) && target.startsWith('test/')) return undefined;
  return 'a relative path leaves its package';
}

/** What the detection door that agents use reaches: everything but the parser of rule files. */
export function agentsParseNoYaml(sources: readonly Source[]): readonly string[] {
  const all = importsOf(sources.filter(({ path }) => path.startsWith('packages/detection/src/')));
  const reached = new Set(['packages/detection/src/index.ts']);
  for (const path of reached) {
    for (const one of all) {
      if (one.from === path && one.target !== null) reached.add(one.target);
    }
  }
  return all
    .filter((one) => reached.has(one.from) && one.specifier === 'yaml')
    .map((one) => describe(one, 'agents would parse YAML'));
}

/** Every import of a program says what it imports: a computed name is seen by no rule. */
export function importsAreNamed(sources: readonly Source[]): readonly string[] {
  return importsOf(sources)
    .filter((one) => one.specifier === null && /^packages\/[^/]+\/src\//.test(one.from))
    .map((one) => describe(one, 'name it'));
}

/** Rule 2: engines and contracts touch no machine. */
export function pureTouchesNoMachine(sources: readonly Source[]): readonly string[] {
  const pure = sources.filter(
    (source) =>
      isCode(source) &&
      !isTest(source) &&
      PURE.has(packageOf(source.path) ?? '') &&
      !MACHINE_FILES.has(source.path),
  );
  const imported = importsOf(pure)
    .filter((one) => isBuiltin(one.specifier ?? ''))
    .map((one) => describe(one, 'this package is pure'));
  const used = pure.flatMap((source) => {
    const found = IMPURE.exec(codeOf(source.text).bare);
    return found ? [`${source.path}: uses '${found[0]}': this package is pure`] : [];
  });
  return [...imported, ...used];
}

function isBuiltin(specifier: string): boolean {
  return specifier.startsWith('node:') || builtinModules.includes(specifier.split('/')[0] ?? '');
}

/** Rule 7: no cycles between files, types included. */
export function importsMakeNoCycles(sources: readonly Source[]): readonly string[] {
  const graph = new Map<string, string[]>();
  for (const one of importsOf(sources)) {
    if (one.target === null) continue;
    graph.set(one.from, [...(graph.get(one.from) ?? []), one.target]);
  }
  const done = new Set<string>();
  const faults: string[] = [];
  for (const start of graph.keys()) walk({ graph, done, faults }, start, []);
  return faults;
}

interface Walk {
  readonly graph: ReadonlyMap<string, readonly string[]>;
  readonly done: Set<string>;
  readonly faults: string[];
}

function walk(state: Walk, path: string, above: readonly string[]): void {
  const at = above.indexOf(path);
  if (at !== -1) {
    state.faults.push(`cycle: ${[...above.slice(at), path].join(' → ')}`);
    return;
  }
  if (state.done.has(path)) return;
  for (const next of state.graph.get(path) ?? []) walk(state, next, [...above, path]);
  state.done.add(path);
}
