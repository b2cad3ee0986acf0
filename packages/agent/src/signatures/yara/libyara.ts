import { closeSync, openSync, readSync } from 'node:fs';
import type * as ffi from 'node:ffi';
import { setFlagsFromString } from 'node:v8';
import {
  PLACES_MAX,
  type CompiledYara,
  type CompilerError,
  type RulesSource,
  type YaraEngine,
} from './engine.ts';
import { plainStringsOf } from '@wardgrid/detection/signatures';

/* libyara 4 by its C interface. One thing of its structures is needed, where a rule keeps the pointer to
   its name; it moved between minor versions, so it is looked for in a rule that is known, with reads
   that cannot fail badly, and a library in which it is not found is not used. */

/** Debian 12 has the first, Debian 13 and Ubuntu 24.04 the second. */
const LIBRARIES = ['libyara.so.9', 'libyara.so.10'];
/** A rule keeps its name's pointer within its first words: after 8 bytes in 4.2, after 16 in 4.5. */
const NAME_OFFSETS = [8, 16, 24, 32];

const DEFINITIONS = {
  yr_initialize: { arguments: [], return: 'i32' },
  yr_compiler_create: { arguments: ['pointer'], return: 'i32' },
  yr_compiler_destroy: { arguments: ['pointer'], return: 'void' },
  yr_compiler_set_callback: { arguments: ['pointer', 'pointer', 'pointer'], return: 'void' },
  yr_compiler_add_string: { arguments: ['pointer', 'string', 'string'], return: 'i32' },
  yr_compiler_get_rules: { arguments: ['pointer', 'pointer'], return: 'i32' },
  yr_rules_destroy: { arguments: ['pointer'], return: 'i32' },
  yr_scanner_create: { arguments: ['pointer', 'pointer'], return: 'i32' },
  yr_scanner_destroy: { arguments: ['pointer'], return: 'void' },
  yr_scanner_set_callback: { arguments: ['pointer', 'pointer', 'pointer'], return: 'void' },
  yr_scanner_set_timeout: { arguments: ['pointer', 'i32'], return: 'void' },
  yr_scanner_set_flags: { arguments: ['pointer', 'i32'], return: 'void' },
  yr_scanner_scan_mem: { arguments: ['pointer', 'buffer', 'u64'], return: 'i32' },
} as const satisfies ffi.FunctionDefinitions;

const COMPILER_ERROR = 0;
const CALLBACK_RULE_MATCHES = 1;
const REPORT_MATCHES = 8;
/** Bytes in our own memory cannot vanish: no handler of signals has to be set for each scan. */
const NO_TRY_CATCH = 2;
const ERROR_SCAN_TIMEOUT = 26;

type Library = ReturnType<typeof open>;

function open(foreign: typeof ffi, name: string) {
  return { foreign, ...foreign.dlopen(name, DEFINITIONS) };
}

/** libyara where it is installed and answers as it should; undefined elsewhere. */
export function openLibyara(): YaraEngine | undefined {
  const foreign = foreignFunctions();
  if (!foreign) return undefined;
  for (const name of LIBRARIES) {
    const library = tryOpen(foreign, name);
    const nameOffset = library ? nameOffsetIn(library) : undefined;
    if (!library || nameOffset === undefined) continue;
    const nameOf = (rule: bigint): string | null =>
      foreign.toString(foreign.getUint64(rule, nameOffset));
    const engine: YaraEngine = {
      name: 'libyara',
      compile: (source) => compile(library, source, nameOf),
    };
    if (isSane(engine)) return engine;
  }
  return undefined;
}

/** Node may be built, or told, to run without foreign functions. */
function foreignFunctions(): typeof ffi | undefined {
  try {
    // Node 26.10 falls when a thread ends while V8 still compiles a direct call of such a function.
    setFlagsFromString('--no-turbo-fast-api-calls');
    return process.getBuiltinModule('node:ffi');
  } catch {
    return undefined;
  }
}

function tryOpen(foreign: typeof ffi, name: string): Library | undefined {
  try {
    const library = open(foreign, name);
    return library.functions.yr_initialize() === 0 ? library : undefined;
  } catch {
    return undefined;
  }
}

/** Where a rule has the pointer to its name, found in a rule whose name is known. */
function nameOffsetIn(library: Library): number | undefined {
  const name = 'wardgrid_where_is_the_name';
  let offset: number | undefined;
  const result = compile(library, trueRule(name), (rule) => {
    offset = NAME_OFFSETS.find((one) => readsAs(rule + BigInt(one), `${name}\0`));
    return null;
  });
  if (result.kind === 'compiled') {
    result.rules.scan(Buffer.from('x'), 1_000);
    result.rules.close();
  }
  return offset;
}

function trueRule(name: string): RulesSource {
  const rule = { name, text: `rule ${name} {condition: true}`, isPrivate: false };
  return { text: rule.text, rules: [rule] };
}

/** Whether the pointer at an address points to the text. Reads by the kernel, which refuses politely. */
function readsAs(address: bigint, text: string): boolean {
  const memory = openSync('/proc/self/mem', 'r');
  try {
    const pointer = Buffer.alloc(8);
    readSync(memory, pointer, 0, pointer.length, address);
    const found = Buffer.alloc(text.length);
    readSync(memory, found, 0, found.length, pointer.readBigUInt64LE(0));
    return found.toString('latin1') === text;
  } catch {
    return false;
  } finally {
    closeSync(memory);
  }
}

/** The interface answers as this file believes, or the library is not used. */
function isSane(engine: YaraEngine): boolean {
  const result = engine.compile(trueRule('wardgrid_sane'));
  if (result.kind !== 'compiled') return false;
  const outcome = result.rules.scan(Buffer.from('x'), 1_000);
  result.rules.close();
  return outcome.kind === 'done' && outcome.matches[0]?.rule === 'wardgrid_sane';
}

/** Calls a function that gives a pointer by its last argument. @throws on an error code. */
function created({ foreign }: Library, call: (out: bigint) => number): bigint {
  const slot = Buffer.alloc(8);
  const code = call(foreign.getRawPointer(slot));
  if (code !== 0) throw new Error(`libyara failed with ${code}`);
  return slot.readBigUInt64LE(0);
}

/** The name of a rule at an address. */
type NameOf = (rule: bigint) => string | null;

function compile(
  library: Library,
  source: RulesSource,
  nameOf: NameOf,
): ReturnType<YaraEngine['compile']> {
  const { lib, functions: yara, foreign } = library;
  const errors: CompilerError[] = [];
  const onIssue = lib.registerCallback(
    { arguments: ['i32', 'pointer', 'i32', 'pointer', 'pointer', 'pointer'], return: 'void' },
    (...[level, , line, , words]) => {
      if (level !== COMPILER_ERROR) return;
      const message = typeof words === 'bigint' ? foreign.toString(words) : null;
      errors.push({ line, message: message ?? 'refused' });
    },
  );
  const compiler = created(library, (out) => yara.yr_compiler_create(out));
  try {
    yara.yr_compiler_set_callback(compiler, onIssue, 0n);
    const count = yara.yr_compiler_add_string(compiler, source.text, 'default');
    if (count > 0 || errors.length > 0) {
      return { kind: 'refused', errors: errors.length > 0 ? errors : [NO_WORDS] };
    }
    const rules = created(library, (out) => yara.yr_compiler_get_rules(compiler, out));
    const texts = new Map(source.rules.map(({ name, text }) => [name, text]));
    const scanner = createScanner(library, rules, nameOf);
    return { kind: 'compiled', rules: { ...scanner, scan: withPlaces(scanner.scan, texts) } };
  } finally {
    yara.yr_compiler_destroy(compiler);
    lib.unregisterCallback(onIssue);
  }
}

const NO_WORDS: CompilerError = { line: 1, message: 'refused without a reason' };

function createScanner(library: Library, rules: bigint, nameOf: NameOf): CompiledYara {
  const { lib, functions: yara } = library;
  const scanner = created(library, (out) => yara.yr_scanner_create(rules, out));
  let names: string[] = [];
  const onMessage = lib.registerCallback(
    { arguments: ['pointer', 'i32', 'pointer', 'pointer'], return: 'i32' },
    (_context, message, rule) => {
      if (message !== CALLBACK_RULE_MATCHES || typeof rule !== 'bigint') return 0;
      const name = nameOf(rule);
      if (name !== null) names.push(name);
      return 0;
    },
  );
  yara.yr_scanner_set_callback(scanner, onMessage, 0n);
  yara.yr_scanner_set_flags(scanner, REPORT_MATCHES | NO_TRY_CATCH);
  return {
    scan(bytes, timeoutMs) {
      names = [];
      // Whole seconds are all that libyara takes; zero would be none.
      yara.yr_scanner_set_timeout(scanner, Math.max(1, Math.ceil(timeoutMs / 1_000)));
      const code = yara.yr_scanner_scan_mem(scanner, bytes, BigInt(bytes.length));
      if (code === ERROR_SCAN_TIMEOUT) return { kind: 'stopped', reason: 'deadline' };
      if (code !== 0) return { kind: 'stopped', reason: 'engine-failed' };
      return { kind: 'done', matches: names.map((rule) => ({ rule, places: [] })) };
    },
    close() {
      yara.yr_scanner_destroy(scanner);
      yara.yr_rules_destroy(rules);
      lib.unregisterCallback(onMessage);
    },
  };
}

/** The library's structures for matches differ between versions: plain strings are looked for again. */
function withPlaces(
  scan: CompiledYara['scan'],
  texts: ReadonlyMap<string, string>,
): CompiledYara['scan'] {
  return (bytes, timeoutMs) => {
    const outcome = scan(bytes, timeoutMs);
    if (outcome.kind !== 'done') return outcome;
    const matches = outcome.matches.map(({ rule }) => ({
      rule,
      places: placesOf(texts.get(rule) ?? '', bytes),
    }));
    return { kind: 'done', matches };
  };
}

/** Where the plain strings of a rule lie first. */
function placesOf(ruleText: string, bytes: Uint8Array): readonly string[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return plainStringsOf(ruleText)
    .flatMap(({ name, bytes: wanted }) => {
      const at = buffer.indexOf(wanted);
      return at < 0 ? [] : [`${name} at 0x${at.toString(16)}`];
    })
    .slice(0, PLACES_MAX);
}
