import { concatBytes, encodeUtf8 } from './bytes.ts';

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
  /** The dotted address of an A record, the name of a PTR or SRV record, the first string of a TXT record. */
  readonly value: string;
  /** All strings of a TXT record. */
  readonly texts?: readonly string[];
  /** The port of an SRV record. */
  readonly port?: number;
}

/** A resource record to be sent. */
export interface DnsAnswer {
  readonly name: string;
  readonly type: number;
  readonly ttlSeconds: number;
  /** Nobody else has records of this name and type (RFC 6762, section 10.2). */
  readonly isUnique: boolean;
  readonly data: Uint8Array;
}

/** A DNS message, as far as it could be read. */
export interface DnsMessage {
  readonly id: number;
  readonly isResponse: boolean;
  readonly questions: readonly DnsQuestion[];
  readonly records: readonly DnsRecord[];
}

/** Record types (RFC 1035, section 3.2.2; RFC 2782). */
export const dnsTypes = { a: 1, ptr: 12, txt: 16, srv: 33, any: 255 } as const;

const HEADER_BYTES = 12;

/** RFC 1035, section 3.1. */
const NAME_LENGTH_MAX = 255;
const LABEL_BYTES_MAX = 63;

/** RFC 1035, section 3.3: a length of one byte stands in front. */
const STRING_BYTES_MAX = 255;

/** A name has at most 127 labels; more jumps than that is a loop. */
const JUMPS_MAX = 16;

/** A response to our few questions carries a few dozen records; the rest is left. */
const RECORDS_MAX = 256;

const QUESTIONS_MAX = 32;

/** An announcement has a dozen strings; more of one record is not read. */
const TEXTS_MAX = 32;

/** The bytes of a query. */
export function encodeDnsQuery(id: number, questions: readonly DnsQuestion[]): Uint8Array {
  const parts = questions.map(({ name, type, isUnicastWanted = false }) =>
    concatBytes(dnsName(name), words(type, isUnicastWanted ? 0x8001 : 1)),
  );
  return concatBytes(words(id, 0, questions.length, 0, 0, 0), ...parts);
}

/** The bytes of a multicast response: authoritative, without questions (RFC 6762, sections 6 and 18). */
export function encodeDnsResponse(answers: readonly DnsAnswer[]): Uint8Array {
  const parts = answers.map(({ name, type, ttlSeconds, isUnique, data }) =>
    concatBytes(
      dnsName(name),
      words(type, isUnique ? 0x8001 : 1, ttlSeconds >>> 16, ttlSeconds & 0xffff, data.length),
      data,
    ),
  );
  return concatBytes(words(0, 0x8400, 0, answers.length, 0, 0), ...parts);
}

/** A name as it travels, without compression. Labels are cut at what the protocol carries. */
export function dnsName(name: string): Uint8Array {
  const labels = name.split('.').map((label) => {
    const bytes = encodeUtf8(label).subarray(0, LABEL_BYTES_MAX);
    return concatBytes(Uint8Array.of(bytes.length), bytes);
  });
  return concatBytes(...labels, Uint8Array.of(0));
}

/** The data of a TXT record; a string is cut at what the protocol carries. */
export function dnsTexts(texts: readonly string[]): Uint8Array {
  return concatBytes(
    ...texts.map((text) => {
      const bytes = encodeUtf8(text).subarray(0, STRING_BYTES_MAX);
      return concatBytes(Uint8Array.of(bytes.length), bytes);
    }),
  );
}

/** The data of an SRV record, of no priority and no weight. */
export function dnsService(port: number, target: string): Uint8Array {
  return concatBytes(words(0, 0, port), dnsName(target));
}

/** Unsigned numbers of two bytes each, as the network orders them. */
function words(...values: readonly number[]): Uint8Array {
  return Uint8Array.from(values.flatMap((value) => [(value >> 8) & 0xff, value & 0xff]));
}

/** The message in hostile bytes, or undefined when they are no DNS message. Never throws, always ends. */
export function parseDnsMessage(bytes: Uint8Array): DnsMessage | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const questionCount = wordAt(bytes, 4);
  const recordCount = wordAt(bytes, 6) + wordAt(bytes, 8) + wordAt(bytes, 10);
  if (questionCount > QUESTIONS_MAX) return undefined;
  let offset = HEADER_BYTES;
  const questions: DnsQuestion[] = [];
  for (let index = 0; index < questionCount; index += 1) {
    const name = readName(bytes, offset);
    if (!name || name.end + 4 > bytes.length) return undefined;
    const isUnicastWanted = (wordAt(bytes, name.end + 2) & 0x8000) !== 0;
    questions.push({ name: name.text, type: wordAt(bytes, name.end), isUnicastWanted });
    offset = name.end + 4;
  }
  const records: DnsRecord[] = [];
  for (let index = 0; index < Math.min(recordCount, RECORDS_MAX); index += 1) {
    const read = readRecord(bytes, offset);
    if (!read) break;
    if (read.record) records.push(read.record);
    offset = read.end;
  }
  const isResponse = ((bytes[2] ?? 0) & 0x80) !== 0;
  return { id: wordAt(bytes, 0), isResponse, questions, records };
}

function wordAt(bytes: Uint8Array, offset: number): number {
  return ((bytes[offset] ?? 0) << 8) | (bytes[offset + 1] ?? 0);
}

function readRecord(
  bytes: Uint8Array,
  offset: number,
): { record: DnsRecord | undefined; end: number } | undefined {
  const name = readName(bytes, offset);
  if (!name || name.end + 10 > bytes.length) return undefined;
  const type = wordAt(bytes, name.end);
  const start = name.end + 10;
  const end = start + wordAt(bytes, name.end + 8);
  if (end > bytes.length) return undefined;
  const said = readData(bytes, type, { start, end });
  return { record: said && { name: name.text, type, ...said }, end };
}

function readData(
  bytes: Uint8Array,
  type: number,
  { start, end }: { readonly start: number; readonly end: number },
): Omit<DnsRecord, 'name' | 'type'> | undefined {
  if (type === dnsTypes.a) {
    return end - start === 4 ? { value: bytes.subarray(start, end).join('.') } : undefined;
  }
  if (type === dnsTypes.ptr) {
    const value = readName(bytes, start)?.text;
    return value === undefined ? undefined : { value };
  }
  if (type === dnsTypes.srv && end - start > 6) {
    const value = readName(bytes, start + 6)?.text;
    return value === undefined ? undefined : { value, port: wordAt(bytes, start + 4) };
  }
  if (type !== dnsTypes.txt) return undefined;
  const texts = readTexts(bytes.subarray(start, end));
  return texts[0] === undefined ? undefined : { value: texts[0], texts };
}

function readTexts(data: Uint8Array): string[] {
  const texts: string[] = [];
  for (let at = 0; at < data.length && texts.length < TEXTS_MAX;) {
    const end = at + 1 + (data[at] ?? 0);
    if (end > data.length) break;
    texts.push(textOf(data.subarray(at + 1, end)));
    at = end;
  }
  return texts;
}

/** What is no UTF-8 shows its fault instead of ending the reading. */
const decoder = new TextDecoder();

function textOf(bytes: Uint8Array): string {
  return decoder.decode(bytes);
}

/** The name at `offset`, following compression pointers backwards only (RFC 1035, section 4.1.4). */
function readName(bytes: Uint8Array, offset: number): { text: string; end: number } | undefined {
  const labels: string[] = [];
  let length = 0;
  let at = offset;
  let end: number | undefined;
  let limit = bytes.length;
  for (let jumps = 0; at < limit;) {
    const head = wordAt(bytes, at) >> 8;
    if (head === 0) return { text: labels.join('.'), end: end ?? at + 1 };
    if (head < 64) {
      if (at + 1 + head > bytes.length) return undefined;
      length += head + 1;
      if (length > NAME_LENGTH_MAX) return undefined;
      labels.push(textOf(bytes.subarray(at + 1, at + 1 + head)));
      at += 1 + head;
      continue;
    }
    if (head < 0xc0 || at + 2 > bytes.length) return undefined;
    const target = wordAt(bytes, at) & 0x3fff;
    jumps += 1;
    /* A pointer must lead to before itself, so that every walk ends. */
    if (target >= at || jumps > JUMPS_MAX) return undefined;
    end ??= at + 2;
    limit = at;
    at = target;
  }
  return undefined;
}
