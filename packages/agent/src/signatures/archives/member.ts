import { boundedText, visibleText } from '@wardgrid/base';
import type { MissReason } from '../look.ts';

/** A thing inside an archive, or why there is none to see. */
export type Member =
  | { readonly kind: 'member'; readonly name: string; readonly bytes: Buffer }
  | { readonly kind: 'miss'; readonly reason: MissReason };

/** Opens one kind of archive. Never throws for its content; yields members in their order. */
export type Opener = (bytes: Buffer, room: Room) => Generator<Member>;

/** What may still be unpacked. */
export interface Room {
  /** Most bytes of the next member. */
  readonly memberBytes: () => number;
}

const NAME_LENGTH_MAX = 200;

/** A name for people: hostile characters visible, bytes that are no UTF-8 as replacement characters. */
export function memberName(bytes: Uint8Array): string {
  const cut = Buffer.from(bytes.subarray(0, NAME_LENGTH_MAX * 4)).toString('utf8');
  return boundedText(visibleText(cut), NAME_LENGTH_MAX);
}

export function miss(reason: MissReason): Member {
  return { kind: 'miss', reason };
}
