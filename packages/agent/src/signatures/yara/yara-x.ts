import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Compiler, initSync, type Rules } from '@virustotal/yara-x';
import * as z from 'zod';
import {
  PLACES_MAX,
  type CompilerError,
  type CompiledYara,
  type RuleSource,
  type RulesSource,
  type YaraEngine,
} from './engine.ts';

/* The official WebAssembly build of YARA-X: memory-safe and everywhere, with about 12 ms for each scan
   however small. Its time limit is not kept (measured), so the bytes are all that bounds it. */

/** The part of its answer that is read. */
const Answer = z.object({
  matches: z.array(
    z.object({
      identifier: z.string(),
      patterns: z.array(
        z.object({ identifier: z.string(), matches: z.array(z.object({ offset: z.number() })) }),
      ),
    }),
  ),
});

/** Matches of one pattern that are kept: only the first few are told. */
const MATCHES_PER_PATTERN_MAX = 8;

let isReady = false;

/** YARA-X, with its module loaded. @throws when its files are missing. */
export function openYaraX(): YaraEngine {
  if (!isReady) {
    const script = createRequire(import.meta.url).resolve('@virustotal/yara-x');
    initSync({ module: readFileSync(script.replace(/\.js$/, '_bg.wasm')) });
    isReady = true;
  }
  return { name: 'yara-x', compile };
}

function compile({ text, rules }: RulesSource): ReturnType<YaraEngine['compile']> {
  const compiler = new Compiler();
  try {
    compiler.addSource(text);
  } catch {
    return { kind: 'refused', errors: compiler.errors.map(errorOf) };
  }
  try {
    return { kind: 'compiled', rules: scannerOf(compiler.build(), privateOf(rules)) };
  } catch (error) {
    return { kind: 'refused', errors: [errorOf(String(error))] };
  }
}

/** `error[E009]: unknown identifier …` over ` --> line:3:2` and a drawing. */
function errorOf(report: string): CompilerError {
  const line = Number(/--> line:(\d+):/.exec(report)?.[1] ?? 1);
  const [message = report] = report.split('\n');
  return { line, message: message.replace(/^error\[\w+\]: /, '') };
}

/** It tells private rules as well, which others do not. */
function privateOf(rules: readonly RuleSource[]): ReadonlySet<string> {
  return new Set(rules.filter(({ isPrivate }) => isPrivate).map(({ name }) => name));
}

function scannerOf(rules: Rules, hidden: ReadonlySet<string>): CompiledYara {
  const scanner = rules.scanner();
  scanner.setMaxMatchesPerPattern(MATCHES_PER_PATTERN_MAX);
  return {
    scan(bytes, timeoutMs) {
      scanner.setTimeoutMs(Math.max(1, Math.ceil(timeoutMs)));
      try {
        const answer = Answer.parse(scanner.scan(bytes));
        const matches = answer.matches
          .filter(({ identifier }) => !hidden.has(identifier))
          .map(({ identifier, patterns }) => ({ rule: identifier, places: placesOf(patterns) }));
        return { kind: 'done', matches };
      } catch (error) {
        const isLate = /time/i.test(String(error));
        return { kind: 'stopped', reason: isLate ? 'deadline' : 'engine-failed' };
      }
    },
    close() {
      scanner.free();
      rules.free();
    },
  };
}

function placesOf(
  patterns: z.infer<typeof Answer>['matches'][number]['patterns'],
): readonly string[] {
  return patterns
    .flatMap(({ identifier, matches }) => {
      const [first] = matches;
      return first ? [`${identifier} at 0x${first.offset.toString(16)}`] : [];
    })
    .slice(0, PLACES_MAX);
}
