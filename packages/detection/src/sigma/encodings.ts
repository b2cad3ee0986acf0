import { encodeUtf8 } from '@wardgrid/base';
import type { GlobPart } from '../rule.ts';

/* Values that a rule looks for in another form. Bytes are kept as text of units below 256. */

/** The bytes of a text in UTF-8. */
export function utf8Bytes(text: string): string {
  return String.fromCharCode(...encodeUtf8(text));
}

/** The bytes of a text in UTF-16, with or without its mark. */
export function utf16Bytes(text: string, order: 'le' | 'be', hasMark: boolean): string {
  const units = Array.from({ length: text.length }, (_, at) => text.charCodeAt(at));
  const all = hasMark ? [0xfeff, ...units] : units;
  return all
    .flatMap((unit) => (order === 'le' ? [unit & 0xff, unit >> 8] : [unit >> 8, unit & 0xff]))
    .map((byte) => String.fromCharCode(byte))
    .join('');
}

/** The Base64 text of bytes. */
export function base64(bytes: string): string {
  return btoa(bytes);
}

/** How many characters depend on what stands before, by how many bytes stand before. */
const BEFORE_CHARACTERS = [0, 2, 3] as const;
/** How many characters depend on what stands after, by the bytes in the last group. */
const AFTER_CHARACTERS = [0, 3, 2] as const;

/** The three forms that bytes have somewhere in a Base64 text, without what neighbours decide. */
export function base64Offsets(bytes: string): readonly string[] {
  return BEFORE_CHARACTERS.map((before, offset) => {
    const encoded = btoa(' '.repeat(offset) + bytes);
    const after = AFTER_CHARACTERS[(bytes.length + offset) % 3] ?? 0;
    return encoded.slice(before, encoded.length - after);
  });
}

/** What Windows programs take for the dash of an option. */
const DASHES = ['-', '/', '–', '—', '―'] as const;
const OPTION_DASH = /\B[-/–—―]\b/g;
/** Most dashes of one value that are varied: three make 125 values. */
const DASHES_MAX = 3;

/** The text with the dash of every option in every form; undefined when there are too many. */
export function dashForms(text: string): readonly string[] | undefined {
  const places = [...text.matchAll(OPTION_DASH)].map((match) => match.index);
  if (places.length > DASHES_MAX) return undefined;
  let forms = [text];
  for (const place of places) {
    forms = forms.flatMap((form) =>
      DASHES.map((dash) => form.slice(0, place) + dash + form.slice(place + 1)),
    );
  }
  return forms;
}

/** The expression of a wildcard pattern whose option dashes may have any form. */
export function dashPattern(parts: readonly GlobPart[]): string {
  const patterns = parts.map((part) => {
    if (part === 0) return '.';
    if (part === 1) return '.*';
    const escaped = part.replaceAll(OPTION_DASH, '\u0000');
    return escaped
      .replaceAll(/[\\^$.|?*+()[\]{}]/g, String.raw`\$&`)
      .replaceAll('\u0000', `[${DASHES.join('')}]`);
  });
  return `^${patterns.join('')}$`;
}
