import { isIP } from 'node:net';
import { boundedText, parseCidr, formatCidr, visibleText } from '@wardgrid/base';

/* Values as PostgreSQL takes them. What a device says is hostile: it is made storable here. */

/** An address, or null for what is none; zone ids mean nothing elsewhere. */
export function addressOrNull(text: string | null): string | null {
  return text !== null && isIP(text) !== 0 && !text.includes('%') ? text : null;
}

/** A network with its host bits cleared, or null for what is none. */
export function networkOrNull(text: string | null): string | null {
  const cidr = text === null ? undefined : parseCidr(text);
  return cidr ? formatCidr(cidr) : null;
}

/** Text of a device as it is stored and shown: no control or direction character survives. */
export function shownText(text: string, lengthMax = 255): string {
  return boundedText(visibleText(text), lengthMax);
}

/** JSON text that a `jsonb` column takes: without NUL and lone surrogates, which it refuses. */
export function storableJson(value: unknown): string {
  return JSON.stringify(value, (_key, member: unknown) =>
    typeof member === 'string' ? member.toWellFormed().replaceAll('\u0000', '\ufffd') : member,
  );
}
