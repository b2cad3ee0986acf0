import { tokensOf, type Token } from './lexer.ts';

/** One rule as it stands in its source. */
export interface RuleText {
  readonly name: string;
  readonly isPrivate: boolean;
  readonly isGlobal: boolean;
  /** Where it lies in the source. */
  readonly start: number;
  readonly end: number;
  /** Its condition asks where something lies or how large the file is: a piece cannot answer it. */
  readonly isPositional: boolean;
}

/** A source taken apart. */
export interface SourceText {
  readonly imports: readonly string[];
  readonly rules: readonly RuleText[];
  /** Where `include` words stand: they would read files of the device. */
  readonly includes: readonly number[];
}

/** Words of a condition that ask for a place, a size or the whole file. */
const POSITIONAL_WORDS = new Set(['at', 'in', 'filesize', 'entrypoint']);
const READS_BYTES = /^u?int(?:8|16|32)(?:be)?$/;
/** `@a`, `!a`, `#a`: offset, length and count of a match. */
const MEASURES_MATCHES = /^[@!#]/;

/** Takes a source apart. Never throws: what it does not understand is left to the compiler. */
export function parseSource(source: string): SourceText {
  const imports = new Set<string>();
  const includes: number[] = [];
  const rules: RuleText[] = [];
  for (const piece of piecesOf(source)) {
    const words = piece.map(({ text }) => text);
    const include = piece[words.indexOf('include')];
    if (include?.kind === 'word' && !words.includes('rule')) includes.push(include.start);
    if (words.at(-2) === 'import') imports.add(words.at(-1)?.slice(1, -1) ?? '');
    rules.push(...ruleOf(piece, imports));
  }
  return { imports: [...imports], rules, includes };
}

/** The tokens in pieces: an import or include with its text, a rule to its last brace, the rest. */
function* piecesOf(source: string): Generator<readonly Token[]> {
  let piece: Token[] = [];
  let depth = 0;
  for (const token of tokensOf(source)) {
    piece.push(token);
    depth += nestingOf(token);
    const isLine = token.kind === 'text' && LINE_WORDS.has(piece.at(-2)?.text ?? '');
    if (depth > 0 || !(isLine || token.text === '}')) continue;
    yield piece;
    piece = [];
    depth = 0;
  }
  if (piece.length > 0) yield piece;
}

const LINE_WORDS = new Set(['import', 'include']);

function nestingOf({ kind, text }: Token): number {
  if (kind !== 'mark') return 0;
  if (text === '{') return 1;
  return text === '}' ? -1 : 0;
}

function ruleOf(tokens: readonly Token[], imports: ReadonlySet<string>): readonly RuleText[] {
  const words = tokens.map(({ text }) => text);
  const at = words.indexOf('rule');
  if (at < 0) return [];
  let first = at;
  while (['global', 'private'].includes(words[first - 1] ?? '')) first -= 1;
  const condition = tokens.slice(sectionStart(words, 'condition'));
  const rule: RuleText = {
    name: words[at + 1] ?? '',
    isPrivate: words.slice(first, at).includes('private'),
    isGlobal: words.slice(first, at).includes('global'),
    start: tokens[first]?.start ?? 0,
    end: tokens.at(-1)?.end ?? 0,
    isPositional: condition.some(
      ({ kind, text }) =>
        kind === 'word' &&
        (POSITIONAL_WORDS.has(text) ||
          READS_BYTES.test(text) ||
          MEASURES_MATCHES.test(text) ||
          imports.has(text)),
    ),
  };
  return [rule];
}

/** The index after a section's word and its colon, or the end. */
export function sectionStart(words: readonly string[], name: string): number {
  const at = words.findIndex((word, index) => word === name && words[index + 1] === ':');
  return at < 0 ? words.length : at + 2;
}
