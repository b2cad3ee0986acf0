import type { Token } from '@wardgrid/detection/signatures';
import { conditionOf, conjunctsOf } from './size-bound.ts';

/** `uint32be(0) == 0x7f454c46`, as the lexer cuts it. */
const NUMBER = /^uint(8|16|32)(be)? \( 0 \) = = (0x[0-9a-f]{1,8}|\d{1,10})$/i;

/**
 * With one of which bytes a file must begin to match a rule, when its condition is a plain conjunction
 * with `uint16be(0) == 0x2321` in it, or with several of those that `or` joins in brackets; null
 * otherwise. So such rules need not be tried on files that begin in another way.
 */
export function beginningsOf(ruleText: string): readonly Buffer[] | null {
  for (const part of conjunctsOf(conditionOf(ruleText))) {
    const beginnings = alternativesOf(part).map((words) => bytesOf(words));
    if (beginnings.length > 0 && beginnings.every((bytes) => bytes !== null)) return beginnings;
  }
  return null;
}

/** The words of each alternative of a part: of itself, or of what `or` joins in its brackets. */
function alternativesOf(part: readonly Token[]): readonly string[] {
  const words = part.map(({ text }) => text);
  const isBracketed = words[0] === '(' && words.at(-1) === ')';
  const inner = isBracketed ? words.slice(1, -1) : words;
  return inner.join(' ').split(' or ');
}

function bytesOf(words: string): Buffer | null {
  const [, bits, isBigEndian, value] = NUMBER.exec(words) ?? [];
  if (bits === undefined || value === undefined) return null;
  const count = Number(bits) / 8;
  if (Number(value) >= 2 ** Number(bits)) return null;
  const bytes = Buffer.alloc(count);
  if (isBigEndian === undefined) bytes.writeUIntLE(Number(value), 0, count);
  else bytes.writeUIntBE(Number(value), 0, count);
  return bytes;
}

/** Whether the bytes begin with one of these. */
export function beginsWithAny(bytes: Uint8Array, beginnings: readonly Uint8Array[]): boolean {
  for (const beginning of beginnings) {
    if (beginning[0] === bytes[0] && beginsWith(bytes, beginning)) return true;
  }
  return false;
}

function beginsWith(bytes: Uint8Array, beginning: Uint8Array): boolean {
  return beginning.every((byte, index) => bytes[index] === byte);
}
