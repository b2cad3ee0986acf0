import { Buffer } from 'node:buffer';

/** A question of a DNS message. */
export interface DnsQuestion {
  readonly name: string;
  readonly type: number;
  /** Asks for the answer by unicast (RFC 6762, section 5.4). */
  readonly isUnicastWanted?: boolean;
}

/** A resource record: its name, and what it says where we know how to read it. */
export interface DnsRecord {
  readonly name: string;
  readonly type: number;
  /** The dotted address of an A record, the name of a PTR record, the first string of a TXT record. */
  readonly value: string;
}

/** A DNS message, as far as it could be read. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly records: readonly DnsRecord[];
}

/** Record types (RFC 1035, section 3.2.2). */
export const dnsTypes = { a: 1, ptr: 12, txt: 16 } as const;

const HEADER_BYTES = 12;

/** RFC 1035, section 3.1. */
const NAME_LENGTH_MAX = 255;

/** A name has at most 127 labels; more jumps than that is a loop. */
const JUMPS_MAX = 16;

/** A response to our few questions carries a few dozen records; the rest is left. */
const RECORDS_MAX = 256;

const QUESTIONS_MAX = 32;

/** The bytes of a query. Names are ASCII labels of at most 63 bytes, which is what we ask for. */
export function encodeDnsQuery(id: number, questions: readonly DnsQuestion[]): Buffer {
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(id & 0xffff, 0);
  header.writeUInt16BE(questions.length, 4);
  const parts: Buffer[] = [header];
  for (const { name, type, isUnicastWanted = false } of questions) {
    for (const label of name.split('.')) {
      const bytes = Buffer.from(label, 'latin1').subarray(0, 63);
      parts.push(Buffer.of(bytes.length), bytes);
    }
    parts.push(Buffer.of(0, type >> 8, type & 0xff, isUnicastWanted ? 0x80 : 0, 1));
  }
  return Buffer.concat(parts);
}

/** The message in hostile bytes, or undefined when they are no DNS message. Never throws, always ends. */
export function parseDnsMessage(bytes: Buffer): DnsMessage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const questionCount = bytes.readUInt16BE(4);
  const recordCount = bytes.readUInt16BE(6) + bytes.readUInt16BE(8) + bytes.readUInt16BE(10);
  if (questionCount > QUESTIONS_MAX) return undefined;
  let offset = HEADER_BYTES;
  for (let index = 0; index < questionCount; index += 1) {
    const name = readName(bytes, offset);
    if (!name || name.end + 4 > bytes.length) return undefined;
    offset = name.end + 4;
  }
  const records: DnsRecord[] = [];
  for (let index = 0; index < Math.min(recordCount, RECORDS_MAX); index += 1) {
    const read = readRecord(bytes, offset);
    if (!read) break;
    if (read.record) records.push(read.record);
    offset = read.end;
  }
  const isResponse = (bytes.readUInt8(2) & 0x80) !== 0;
  return { id: bytes.readUInt16BE(0), isResponse, records };
}

function readRecord(
  bytes: Buffer,
  offset: number,
): { record: DnsRecord | undefined; end: number } | undefined {
  const name = readName(bytes, offset);
  if (!name || name.end + 10 > bytes.length) return undefined;
  const type = bytes.readUInt16BE(name.end);
  const start = name.end + 10;
  const end = start + bytes.readUInt16BE(name.end + 8);
  if (end > bytes.length) return undefined;
  const value = readValue(bytes, type, { start, end });
  return { record: value === undefined ? undefined : { name: name.text, type, value }, end };
}

function readValue(
  bytes: Buffer,
  type: number,
  { start, end }: { readonly start: number; readonly end: number },
): string | undefined {
  if (type === dnsTypes.a)
    return end - start === 4 ? [...bytes.subarray(start, end)].join('.') : undefined;
  if (type === dnsTypes.ptr) return readName(bytes, start)?.text;
  if (type !== dnsTypes.txt || end === start) return undefined;
  const length = bytes.readUInt8(start);
  return start + 1 + length <= end
    ? bytes.toString('utf8', start + 1, start + 1 + length)
    : undefined;
}

/** The name at `offset`, following compression pointers backwards only (RFC 1035, section 4.1.4). */
function readName(bytes: Buffer, offset: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let length = 0;
  let at = offset;
  let end: number | undefined;
  let limit = bytes.length;
  for (let jumps = 0; at < limit;) {
    const head = bytes.readUInt8(at);
    if (head === 0) return { text: labels.join('.'), end: end ?? at + 1 };
    if (head < 64) {
      if (at + 1 + head > bytes.length) return undefined;
      length += head + 1;
      if (length > NAME_LENGTH_MAX) return undefined;
      labels.push(bytes.toString('utf8', at + 1, at + 1 + head));
      at += 1 + head;
      continue;
    }
    if (head < 0xc0 || at + 2 > bytes.length) return undefined;
    const target = ((head & 0x3f) << 8) | bytes.readUInt8(at + 1);
    jumps += 1;
    /* A pointer must lead to before itself, so that every walk ends. */
    if (target >= at || jumps > JUMPS_MAX) return undefined;
    end ??= at + 2;
    limit = at;
    at = target;
  }
  return undefined;
}
