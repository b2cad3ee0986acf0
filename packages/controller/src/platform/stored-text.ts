import { boundedText, visibleText } from '@wardgrid/base';

/* What a device says is hostile: it is made storable here. */

/** Text of a device as it is stored and shown: no control or direction character survives. */
export function shownText(text: string, lengthMax = 255): string {
  return boundedText(visibleText(text), lengthMax);
}

/** Text that a column takes: without NUL and lone surrogates, otherwise as it is. */
export function storableText(text: string): string {
  return text.toWellFormed().replaceAll('\u0000', '\ufffd');
}

/** JSON text that a `jsonb` column takes: without NUL and lone surrogates, which it refuses. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? storableText(member) : member,
  );
}
