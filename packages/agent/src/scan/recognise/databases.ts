import { wordOf, type Recognition } from '../shapes.ts';

/** More messages than were asked for are not read. */
const MESSAGES_MAX = 4;

/** Fields of one BSON document that are looked at; `buildInfo` has about twenty. */
const FIELDS_MAX = 128;

const OP_MSG = 2013;
const UNAUTHORIZED = 13;

/** Redis's answer to `PING` and `INFO server`. */
export function parseRedis(bytes: Buffer): Recognition | undefined {
  const text = bytes.toString('latin1');
  if (/^-(?:NOAUTH|DENIED|NOPERM|ERR operation not permitted)\b/.test(text)) {
    return { service: 'redis', product: 'Redis', isUnauthenticated: false };
  }
  if (!text.startsWith('+PONG\r\n')) return undefined;
  const match = /\b(redis|valkey)_version:([\w.]{1,40})/.exec(text);
  return {
    service: 'redis',
    product: /valkey/.test(text) ? 'Valkey' : 'Redis',
    ...(match ? { version: wordOf(match[2] ?? '') } : {}),
    isUnauthenticated: true,
  };
}

/** Memcached's answer to `version`. */
export function parseMemcached(bytes: Buffer): Recognition | undefined {
  const match = /^VERSION ([\w.+-]{1,40})\r\n/.exec(bytes.toString('latin1'));
  if (!match) return undefined;
  return {
    service: 'memcached',
    product: 'Memcached',
    version: wordOf(match[1] ?? ''),
    isUnauthenticated: true,
  };
}

/** PostgreSQL's answer to an SSLRequest: one byte, or an error response. */
export function parsePostgres(bytes: Buffer): Recognition | undefined {
  const isByte = bytes.length === 1 && (bytes[0] === 0x53 || bytes[0] === 0x4e);
  const isError = bytes[0] === 0x45 && /\0C[0-9A-Z]{5}\0/.test(bytes.toString('latin1'));
  return isByte || isError ? { service: 'postgresql', product: 'PostgreSQL' } : undefined;
}

/** An OP_MSG of one command document (MongoDB wire protocol). */
export function encodeMongo(
  requestId: number,
  fields: readonly (readonly [string, number | string])[],
): Buffer {
  const parts = fields.map(([name, value]) => {
    const key = Buffer.from(`${name}\0`);
    const body =
      typeof value === 'number'
        ? int32(value)
        : Buffer.concat([int32(value.length + 1), Buffer.from(`${value}\0`)]);
    return Buffer.concat([Buffer.of(typeof value === 'number' ? 0x10 : 0x02), key, body]);
  });
  const body = Buffer.concat(parts);
  const document = Buffer.concat([int32(body.length + 5), body, Buffer.of(0)]);
  const rest = Buffer.concat([
    int32(requestId),
    int32(0),
    int32(OP_MSG),
    int32(0),
    Buffer.of(0),
    document,
  ]);
  return Buffer.concat([int32(rest.length + 4), rest]);
}

/** MongoDB's answers to `buildInfo` and `listDatabases`. */
export function parseMongo(bytes: Buffer): Recognition | undefined {
  let offset = 0;
  let version = '';
  let isUnauthenticated: boolean | undefined;
  for (let index = 0; index < MESSAGES_MAX && offset + 26 <= bytes.length; index += 1) {
    const sizeBytes = bytes.readInt32LE(offset);
    if (sizeBytes < 26 || bytes.readInt32LE(offset + 12) !== OP_MSG) break;
    const document = bytes.subarray(offset + 21, Math.min(bytes.length, offset + sizeBytes));
    const fields = readBson(document);
    const found = fields.get('version');
    if (typeof found === 'string') version = found;
    if (fields.has('databases')) isUnauthenticated = true;
    if (fields.get('code') === UNAUTHORIZED) isUnauthenticated = false;
    offset += sizeBytes;
  }
  if (offset === 0) return undefined;
  return {
    service: 'mongodb',
    product: 'MongoDB',
    ...(version === '' ? {} : { version: wordOf(version) }),
    ...(isUnauthenticated === undefined ? {} : { isUnauthenticated }),
  };
}

/** The top-level fields of a BSON document: strings and 32-bit numbers by value, others by presence. */
function readBson(document: Buffer): Map<string, string | number | null> {
  const fields = new Map<string, string | number | null>();
  let at = 4;
  while (at < document.length && fields.size < FIELDS_MAX) {
    const type = document[at] ?? 0;
    const end = document.indexOf(0, at + 1);
    if (type === 0 || end < 0) break;
    const start = end + 1;
    const sizeBytes = sizeOfBson(document, type, start);
    if (sizeBytes === undefined || start + sizeBytes > document.length) break;
    fields.set(document.toString('latin1', at + 1, end), readBsonValue(document, type, start));
    at = start + sizeBytes;
  }
  return fields;
}

function sizeOfBson(document: Buffer, type: number, start: number): number | undefined {
  const fixed: Readonly<Record<number, number>> = {
    0x01: 8,
    0x07: 12,
    0x08: 1,
    0x09: 8,
    0x0a: 0,
    0x10: 4,
    0x11: 8,
    0x12: 8,
  };
  if (fixed[type] !== undefined) return fixed[type];
  if (start + 4 > document.length) return undefined;
  const length = document.readInt32LE(start);
  if (length < 0) return undefined;
  if (type === 0x02) return length >= 1 ? 4 + length : undefined;
  if (type === 0x03 || type === 0x04) return length >= 5 ? length : undefined;
  return type === 0x05 ? 5 + length : undefined;
}

function readBsonValue(document: Buffer, type: number, start: number): string | number | null {
  if (type === 0x10) return document.readInt32LE(start);
  if (type !== 0x02) return null;
  return document.toString('utf8', start + 4, start + 4 + document.readInt32LE(start) - 1);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value);
  return bytes;
}
