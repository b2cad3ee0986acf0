/* Regular expressions and hexadecimal strings of YARA, as far as it matters which bytes a match holds
   for certain. What is not understood is `anything`, which promises nothing. */

/** What a pattern matches. Texts are bytes as latin1, with letters of ASCII in lower case. */
export type Pattern =
  /** One of these, and nothing else. */
  | { readonly kind: 'exact'; readonly texts: readonly string[] }
  /** Any bytes, also none. */
  | { readonly kind: 'anything' }
  | { readonly kind: 'sequence'; readonly parts: readonly Pattern[] }
  | { readonly kind: 'choice'; readonly of: readonly Pattern[] };

export const ANYTHING: Pattern = { kind: 'anything' };
const NOTHING: Pattern = { kind: 'exact', texts: [''] };
/** A class of more bytes is as good as any byte. */
const CLASS_BYTES_MAX = 4;
/** A part that is repeated more often is written so often. */
const REPEATS_MAX = 8;
const NESTING_MAX = 50;

/** Letters of ASCII in lower case: what is looked for is compared without case. */
export function folded(text: string): string {
  return text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase());
}

/** A pattern that matches exactly this text. */
export function exactly(text: string): Pattern {
  return { kind: 'exact', texts: [folded(text)] };
}

/** The pattern of a regular expression between its slashes. */
export function regexPattern(source: string): Pattern {
  const reader = new RegexReader(source);
  const pattern = reader.readChoice(0);
  return reader.isAtEnd ? pattern : ANYTHING;
}

/** Reads the syntax of YARA's expressions: no look-around, no back references, no named groups. */
class RegexReader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  get isAtEnd(): boolean {
    return this.#at >= this.#source.length;
  }

  readChoice(depth: number): Pattern {
    const of = [this.#readSequence(depth)];
    while (this.#take('|')) of.push(this.#readSequence(depth));
    return of.length === 1 ? (of[0] ?? ANYTHING) : { kind: 'choice', of };
  }

  #readSequence(depth: number): Pattern {
    const parts: Pattern[] = [];
    while (!this.isAtEnd && !'|)'.includes(this.#next)) {
      parts.push(...this.#repeated(this.#readAtom(depth)));
    }
    return { kind: 'sequence', parts };
  }

  #readAtom(depth: number): Pattern {
    const letter = this.#shift();
    switch (letter) {
      case '(': {
        if (depth >= NESTING_MAX) return this.#giveUp();
        const inner = this.readChoice(depth + 1);
        return this.#take(')') ? inner : this.#giveUp();
      }
      case '[':
        return this.#readClass();
      case '\\':
        return escapePattern(this.#readEscape());
      case '^':
      case '$':
        return NOTHING;
      case '.':
        return ANYTHING;
      default:
        return letter > '\x7f' ? ANYTHING : exactly(letter);
    }
  }

  /** The part as often as its quantifier says, or once. */
  #repeated(part: Pattern): readonly Pattern[] {
    const [least, isMore] = this.#readQuantifier();
    this.#take('?');
    if (least === 0) return [isMore ? ANYTHING : { kind: 'choice', of: [part, NOTHING] }];
    const times = Math.min(least, REPEATS_MAX);
    const parts = Array.from({ length: times }, () => part);
    return isMore || times < least ? [...parts, ANYTHING] : parts;
  }

  /** How often at least, and whether it may be more often (of none: more often than once). */
  #readQuantifier(): readonly [number, boolean] {
    if (this.#take('*')) return [0, true];
    if (this.#take('+')) return [1, true];
    if (this.#take('?')) return [0, false];
    const [all, least = '', comma, most] =
      /^\{(\d*)(,?)(\d*)\}/.exec(this.#source.slice(this.#at, this.#at + 24)) ?? [];
    if (all === undefined) return [1, false];
    this.#at += all.length;
    return [Number(least), comma === ',' && most !== least];
  }

  #readClass(): Pattern {
    const isNegated = this.#take('^');
    const bytes = new Set<string>();
    let isWide = isNegated;
    for (let isFirst = true; isFirst || this.#next !== ']'; isFirst = false) {
      if (this.isAtEnd) return this.#giveUp();
      const from = this.#readClassByte();
      if (from === null) isWide = true;
      if (this.#next !== '-' || this.#source[this.#at + 1] === ']') {
        bytes.add(folded(from ?? ''));
        continue;
      }
      this.#shift();
      this.#readClassByte();
      isWide = true;
    }
    this.#shift();
    if (isWide || bytes.size > CLASS_BYTES_MAX) return ANYTHING;
    return { kind: 'exact', texts: [...bytes] };
  }

  #readClassByte(): string | null {
    const letter = this.#shift();
    const byte = letter === '\\' ? this.#readEscape() : letter;
    return byte !== null && byte !== '' && byte <= '\x7f' ? byte : null;
  }

  /** The byte of an escape; empty for what has no width, null for a class. */
  #readEscape(): string | null {
    const letter = this.#shift();
    if (letter === 'x') {
      const digits = this.#shift() + this.#shift();
      return /^[0-9a-fA-F]{2}$/.test(digits)
        ? String.fromCharCode(Number.parseInt(digits, 16))
        : null;
    }
    if (letter === 'b' || letter === 'B') return '';
    return CONTROL_ESCAPES[letter] ?? (/[a-zA-Z0-9]/.test(letter) ? null : letter);
  }

  get #next(): string {
    return this.#source[this.#at] ?? '';
  }

  #shift(): string {
    const letter = this.#next;
    this.#at += 1;
    return letter;
  }

  #take(letter: string): boolean {
    if (this.#next !== letter) return false;
    this.#at += 1;
    return true;
  }

  #giveUp(): Pattern {
    this.#at = this.#source.length;
    return ANYTHING;
  }
}

const CONTROL_ESCAPES: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  f: '\f',
  a: '\x07',
};

function escapePattern(byte: string | null): Pattern {
  if (byte === null) return ANYTHING;
  return byte === '' ? NOTHING : exactly(byte);
}

/** A byte, of which digits may be open or which may be any other; a jump; brackets; anything else. */
const HEX_PIECE = /~?[0-9a-fA-F?]{2}|\[[^\]]*\]|[()|]|[^]/g;

/** The pattern of a hexadecimal string without its braces. */
export function hexPattern(source: string): Pattern {
  const pieces = source.replaceAll(/\s/g, '').match(HEX_PIECE) ?? [];
  /* Each level of brackets is a choice of sequences. */
  const levels: Pattern[][][] = [[[]]];
  for (const piece of pieces) {
    enterPiece(levels, piece);
    if (levels.length === 0 || levels.length > NESTING_MAX) return ANYTHING;
  }
  const [whole = [], ...open] = levels;
  return open.length === 0 ? choiceOf(whole) : ANYTHING;
}

function enterPiece(levels: Pattern[][][], piece: string): void {
  const choice = levels.at(-1) ?? [];
  if (piece === '(') levels.push([[]]);
  else if (piece === '|') choice.push([]);
  else if (piece === ')') {
    levels.pop();
    levels.at(-1)?.at(-1)?.push(choiceOf(choice));
  } else choice.at(-1)?.push(hexPiece(piece));
}

function hexPiece(piece: string): Pattern {
  if (!/^[0-9a-fA-F]{2}$/.test(piece)) return ANYTHING;
  return exactly(String.fromCharCode(Number.parseInt(piece, 16)));
}

function choiceOf(choice: readonly (readonly Pattern[])[]): Pattern {
  return { kind: 'choice', of: choice.map((parts) => ({ kind: 'sequence', parts })) };
}
