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

/** A string of a rule as it is written. */
export interface RuleString {
  /** `$a`; `$` when it has none. */
  readonly name: string;
  readonly kind: 'text' | 'regex' | 'hex';
  /** With its quotes, slashes or without its braces. */
  readonly text: string;
  /** `nocase`, `wide`, …; of a regular expression also the letters that follow it. */
  readonly modifiers: readonly string[];
}

/** The strings of a rule in their order. */
export function stringsOf(ruleText: string): readonly RuleString[] {
  const tokens = section(ruleText, 'strings', ['condition']);
  return tokens.flatMap((token, index): RuleString[] => {
    if (tokens[index - 1]?.text !== '=' || tokens[index - 2]?.kind !== 'word') return [];
    const name = tokens[index - 2]?.text ?? '$';
    if (token.kind === 'text' || token.kind === 'regex') {
      const modifiers = modifiersAfter(tokens, index);
      return [{ name, kind: token.kind, text: token.text, modifiers }];
    }
    if (token.text !== '{') return [];
    const rest = tokens.slice(index + 1);
    const end = rest.findIndex(({ kind, text }) => kind === 'mark' && text === '}');
    const text = rest.slice(0, end < 0 ? rest.length : end).map((one) => one.text);
    return [{ name, kind: 'hex', text: text.join(' '), modifiers: [] }];
  });
}

/** A string of a rule that plain search finds: no wildcards, no case folding. */
export interface PlainString {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** The text strings of a rule that are looked for as they are. */
export function plainStringsOf(ruleText: string): readonly PlainString[] {
  return stringsOf(ruleText).flatMap(({ name, kind, text, modifiers }): PlainString[] => {
    if (kind !== 'text') return [];
    if (CHANGING_MODIFIERS.some((word) => modifiers.includes(word))) return [];
    const bytes = textBytes(text);
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
  if (kind === 'text') return textBytes(text).toString('utf8');
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
export function textBytes(quoted: string): Buffer {
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
