import { tokensOf, type Token } from './lexer.ts';
import { sectionStart } from './rule-text.ts';

/* Metadata and strings of one rule, read when it matched: most rules never do. */

/** A value of a rule's `meta` section. */
export type MetaValue = string | number | boolean;

/** The `meta` section by names in lower case. */
export function metaOf(ruleText: string): ReadonlyMap<string, MetaValue> {
  const tokens = section(ruleText, 'meta', ['strings', 'condition']);
  const meta = new Map<string, MetaValue>();
  for (const [index, { text }] of tokens.entries()) {
    if (text !== '=') continue;
    const name = tokens[index - 1]?.text ?? '';
    const sign = tokens[index + 1]?.text === '-' ? -1 : 1;
    const value = tokens[index + (sign < 0 ? 2 : 1)];
    if (value) meta.set(name.toLowerCase(), metaValueOf(value, sign));
  }
  return meta;
}

/** A string of a rule that plain search finds: no wildcards, no case folding. */
export interface PlainString {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The text strings of a rule that are looked for as they are. */
export function plainStringsOf(ruleText: string): readonly PlainString[] {
  const tokens = section(ruleText, 'strings', ['condition']);
  return tokens.flatMap((token, index): PlainString[] => {
    if (token.kind !== 'text' || tokens[index - 1]?.text !== '=') return [];
    const name = tokens[index - 2]?.text ?? '$';
    const modifiers = modifiersAfter(tokens, index);
    if (CHANGING_MODIFIERS.some((word) => modifiers.includes(word))) return [];
    const bytes = unescape(token.text);
    const narrow = { name, bytes };
    if (!modifiers.includes('wide')) return [narrow];
    const wide = { name, bytes: Buffer.from(bytes.toString('latin1'), 'utf16le') };
    return modifiers.includes('ascii') ? [narrow, wide] : [wide];
  });
}

const CHANGING_MODIFIERS = ['nocase', 'xor', 'base64', 'base64wide'];

function section(ruleText: string, name: string, next: readonly string[]): readonly Token[] {
  const tokens = [...tokensOf(ruleText)];
  const words = tokens.map(({ text }) => text);
  const start = sectionStart(words, name);
  const ends = next.map((word) => sectionStart(words, word) - 2).filter((end) => end >= start);
  return tokens.slice(start, Math.min(...ends, tokens.length));
}

function metaValueOf({ kind, text }: Token, sign: number): MetaValue {
  if (kind === 'text') return unescape(text).toString('utf8');
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return Number.isFinite(number) ? sign * number : text;
}

function modifiersAfter(tokens: readonly Token[], index: number): readonly string[] {
  const words: string[] = [];
  for (const { kind, text } of tokens.slice(index + 1)) {
    if (kind !== 'word' || text.startsWith('$')) break;
    words.push(text);
  }
  return words;
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r' };

/** The bytes of a quoted text with YARA's escapes. */
function unescape(quoted: string): Buffer {
  const text = quoted.replace(/^"/, '').replace(/"$/, '');
  const parts = text.split(/(\\x[0-9a-fA-F]{2}|\\[^x])/);
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\x[0-9a-fA-F]{2}$/.test(part)) return Buffer.from(part.slice(2), 'hex');
      if (!part.startsWith('\\')) return Buffer.from(part, 'utf8');
      const letter = part.slice(1);
      return Buffer.from(ESCAPES[letter] ?? letter, 'utf8');
    }),
  );
}
