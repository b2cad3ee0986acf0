/** A piece of YARA source: enough to tell rules, their metadata and their conditions apart. */
export interface Token {
  readonly kind: 'word' | 'text' | 'regex' | 'mark';
  readonly text: string;
  readonly start: number;
  readonly end: number;
}

/* One alternative a kind, tried in order. None can backtrack: each repeats a class that excludes what
   ends it. A slash always begins a comment or a regular expression, as YARA divides by backslash. */
const PIECE =
  /(?<blank>\s+|\/\/[^\n]*|\/\*(?:[^*]|\*(?!\/))*(?:\*\/)?)|(?<text>"(?:[^"\\\n]|\\.)*"?)|(?<regex>\/(?:[^/\\\n]|\\.)+\/?)|(?<word>[\w$#@!]+)|(?<mark>[^])/gy;

/** The tokens of a source, comments and blanks left out. */
export function* tokensOf(source: string): Generator<Token> {
  for (const match of source.matchAll(PIECE)) {
    const groups = match.groups ?? {};
    const kind = (['word', 'text', 'regex', 'mark'] as const).find(
      (name) => groups[name] !== undefined,
    );
    if (kind === undefined) continue;
    yield { kind, text: match[0], start: match.index, end: match.index + match[0].length };
  }
}
