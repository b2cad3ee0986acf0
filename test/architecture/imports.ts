import { posix } from 'node:path';
import { codeOf } from './code.ts';
import { isCode, type Source } from './sources.ts';

/** One file naming another, in any way that TypeScript knows, types included. */
export interface Import {
  readonly from: string;
  /** As written; null when it is computed. */
  readonly specifier: string | null;
  /** The path from the root when it is a relative one. */
  readonly target: string | null;
  /** The bindings, as written between `import` and `from`. */
  readonly clause: string;
}

/** Every import of the code files. */
export function importsOf(sources: readonly Source[]): readonly Import[] {
  return sources.filter((source) => isCode(source)).flatMap((source) => importsIn(source));
}

const STATIC =
  /\b(?:import|export)\b([^;'"`]*?)\bfrom\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g;
const BARE = /\bimport\s*(?<quote>['"])(?<specifier>[^'"\n]+)\k<quote>/g;
const CALLED =
  /\b(?:import|require)\s*\(\s*(?:(?<quote>['"`])(?<specifier>[^'"`\n$]+)\k<quote>\s*[,)])?/g;

/** The imports of one file: static, bare, re-exports, `import()`, `require()`. */
export function importsIn(source: Source): readonly Import[] {
  const code = codeOf(source.text);
  const found: Import[] = [];
  for (const pattern of [STATIC, BARE, CALLED]) {
    for (const match of code.withStrings.matchAll(pattern)) {
      // What only looks like an import stands in a string: there the bare code is blank.
      if (code.bare[match.index] === ' ' || code.bare[match.index - 1] === '.') continue;
      const specifier = match.groups?.['specifier'] ?? null;
      found.push({
        from: source.path,
        specifier,
        target: specifier?.startsWith('.') === true ? resolve(source.path, specifier) : null,
        clause: pattern === STATIC ? (match[1] ?? '') : '',
      });
    }
  }
  return found;
}

function resolve(from: string, specifier: string): string {
  return posix.normalize(posix.join(posix.dirname(from), specifier));
}
