import { isIP } from 'node:net';
import { formatCidr, parseCidr } from '@wardgrid/base';

/* Values as PostgreSQL takes them. */

/** An address, or null for what is none; zone ids mean nothing elsewhere. */
export function addressOrNull(text: string | null): string | null {
  return text !== null && isIP(text) !== 0 && !text.includes('%') ? text : null;
}

/** A network with its host bits cleared, or null for what is none. */
export function networkOrNull(text: string | null): string | null {
  const cidr = text === null ? undefined : parseCidr(text);
  return cidr ? formatCidr(cidr) : null;
}
