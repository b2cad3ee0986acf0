/* HTTP/1.1 responses (RFC 9112) as our own controllers send them: a length or chunks, never a body until
   the connection ends. Hand-written, because a simulator must cost less than what it measures. */

/** A response read to its end. */
export interface RawResponse {
  readonly status: number;
  /** The header lines, as they came. */
  readonly head: string;
  readonly body: string;
  /** Whether the connection may carry another request. */
  readonly isKept: boolean;
}

/** Largest reply that a simulated device reads: as the agent's own. */
const REPLY_BYTES_MAX = 6 * 1_024 * 1_024;
const HEAD_BYTES_MAX = 16_384;
const HEAD_END = Buffer.from('\r\n\r\n');

/** Reads responses from the bytes of one connection. */
export interface ResponseParser {
  /** The response once it is whole. @throws Error on what is no response or too large. */
  readonly push: (bytes: Buffer) => RawResponse | undefined;
}

/** A parser for one connection; requests are not pipelined, so one response at a time comes. */
export function createResponseParser(): ResponseParser {
  let pending: Buffer = Buffer.alloc(0);
  return {
    push(bytes) {
      pending = pending.length === 0 ? bytes : Buffer.concat([pending, bytes]);
      if (pending.length > REPLY_BYTES_MAX) throw new Error('the reply is too large');
      const headEnd = pending.indexOf(HEAD_END);
      if (headEnd < 0 && pending.length > HEAD_BYTES_MAX) throw new Error('the head is too large');
      if (headEnd < 0) return undefined;
      const head = pending.toString('latin1', 0, headEnd);
      const body = bodyOf(head, pending.subarray(headEnd + HEAD_END.length));
      if (body === undefined) return undefined;
      pending = Buffer.alloc(0);
      const isKept = !/\r\nconnection: *close/i.test(head);
      return { status: statusOf(head), head, body, isKept };
    },
  };
}

/** The value of a header in the lines of a head, or null. */
export function headerIn(head: string, name: string): string | null {
  const line = new RegExp(`\\r\\n${name}: *([^\\r]*)`, 'i').exec(head);
  return line?.[1]?.trim() ?? null;
}

function statusOf(head: string): number {
  const status = /^HTTP\/1\.1 (\d{3})/.exec(head)?.[1];
  if (status === undefined) throw new Error('this is no HTTP response');
  return Number(status);
}

function bodyOf(head: string, bytes: Buffer): string | undefined {
  const length = /\r\ncontent-length: *(\d{1,9})/i.exec(head)?.[1];
  if (length !== undefined) {
    return bytes.length < Number(length) ? undefined : bytes.toString('utf8', 0, Number(length));
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) return chunkedBody(bytes);
  if (/^HTTP\/1\.1 (?:204|304)/.test(head)) return '';
  throw new Error('the reply has neither a length nor chunks');
}

/** The body of chunks (RFC 9112 section 7.1), or undefined until the last one is there. */
function chunkedBody(bytes: Buffer): string | undefined {
  const parts: Buffer[] = [];
  let offset = 0;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', offset);
    if (lineEnd < 0) return undefined;
    const size = Number.parseInt(bytes.toString('latin1', offset, lineEnd), 16);
    if (!Number.isInteger(size) || size < 0) throw new Error('a chunk has no size');
    const start = lineEnd + 2;
    if (size === 0) {
      return bytes.indexOf('\r\n', start) < 0 ? undefined : Buffer.concat(parts).toString('utf8');
    }
    if (bytes.length < start + size + 2) return undefined;
    parts.push(bytes.subarray(start, start + size));
    offset = start + size + 2;
  }
}
