import {
  SYNC_BYTES_MAX,
  SYNC_THROUGH_HEAD_MAX,
  SyncThroughAnswer,
  SyncThroughAsked,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { malformed, parseLine } from './frames.ts';
import { CERTIFICATE_HEADER, TO_HEADER } from './signing.ts';

/*
 * What a controller says to the cloud through those above it, word for word: they can hold it back, and
 * neither read more in it than their own rows nor change a bit, since both ends sign to each other.
 */

/** Largest message that is handed on: an exchange with its headers in front. */
export const THROUGH_BYTES_MAX = SYNC_BYTES_MAX + SYNC_THROUGH_HEAD_MAX;

/** Headers that the two ends sign, or need to check a signature. */
const CARRIED = ['signature', 'signature-input', 'content-digest', TO_HEADER, CERTIFICATE_HEADER];

type Headers = Readonly<Record<string, string | string[] | undefined>>;

function carriedOf(headers: Headers): Record<string, string> {
  return Object.fromEntries(
    CARRIED.flatMap((name) => {
      const value = headers[name];
      return typeof value === 'string' ? [[name, value] as const] : [];
    }),
  );
}

/** A request to the cloud, to be handed on. */
export function packAsked(headers: Headers, body: Uint8Array): Buffer {
  return pack({ headers: carriedOf(headers) }, body);
}

/** A request as one below sent it. @throws ControllerError `sync-page-malformed`. */
export function unpackAsked(bytes: Buffer) {
  const { head, body } = unpack(SyncThroughAsked, bytes);
  return { headers: carriedOf(head.headers), body };
}

/** The cloud's answer, to be handed back. */
export function packAnswer(answer: {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
}): Buffer {
  return pack({ status: answer.status, headers: carriedOf(answer.headers) }, answer.body);
}

/** The cloud's answer, as it came back. @throws ControllerError `sync-page-malformed`. */
export function unpackAnswer(bytes: Buffer) {
  const { head, body } = unpack(SyncThroughAnswer, bytes);
  return { ...head, body };
}

function pack(head: unknown, body: Uint8Array): Buffer {
  return Buffer.concat([Buffer.from(`${JSON.stringify(head)}\n`), body]);
}

function unpack<S extends z.ZodType>(schema: S, bytes: Buffer) {
  const end = bytes.indexOf('\n');
  if (end < 0 || end > SYNC_THROUGH_HEAD_MAX) throw malformed('it has no first line');
  const head = parseLine(schema, bytes.subarray(0, end).toString('utf8'));
  return { head, body: bytes.subarray(end + 1) };
}
