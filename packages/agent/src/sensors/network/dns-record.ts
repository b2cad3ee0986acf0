import { visibleText } from '@wardgrid/base';
import { ipOf, type SocketAddress } from './sockets.ts';

/* The layout of `bpf/dns.bpf.c`, little endian. */
const AT = {
  family: 0,
  pid: 4,
  atNs: 8,
  startNs: 16,
  uid: 24,
  sourcePort: 28,
  length: 30,
  source: 32,
  destination: 48,
  question: 64,
} as const;
const ADDRESS_BYTES = 16;
const PORT_DNS = 53;
/** A clock tick of what `/proc` prints (USER_HZ), in nanoseconds. */
const TICK_NS = 10_000_000n;

/* A DNS message (RFC 1035, section 4.1): its head, then the questions. */
const MESSAGE_HEAD_BYTES = 12;
const RESPONSE_BIT = 0x80;
const LABEL_BYTES_MAX = 63;
const NAME_BYTES_MAX = 255;

/** A question that a process sent to a name server. */
export interface DnsFact {
  /** Epoch milliseconds. */
  readonly at: number;
  readonly pid: number;
  readonly startTicks: number;
  readonly uid: number;
  readonly source: SocketAddress;
  readonly destination: SocketAddress;
  readonly name: string;
}

/** The fact in a record; null when what was sent is no question. */
export function decodeDnsRecord(bytes: Buffer, bootedAt: number): DnsFact | null {
  const length = bytes.readUInt16LE(AT.length);
  const name = questionName(bytes.subarray(AT.question, AT.question + length));
  if (name === null) return null;
  const family = bytes.readUInt32LE(AT.family);
  const ipAt = (at: number): string => ipOf(family, bytes.subarray(at, at + ADDRESS_BYTES));
  return {
    at: bootedAt + Number(bytes.readBigUInt64LE(AT.atNs)) / 1e6,
    pid: bytes.readUInt32LE(AT.pid),
    startTicks: Number(bytes.readBigUInt64LE(AT.startNs) / TICK_NS),
    uid: bytes.readUInt32LE(AT.uid),
    source: { ip: ipAt(AT.source), port: bytes.readUInt16LE(AT.sourcePort) },
    destination: { ip: ipAt(AT.destination), port: PORT_DNS },
    name,
  };
}

/**
 * The name of the first question of a message, in lower case as names have none; null when there is no
 * whole one. Labels hold any byte: what is not plain text is made visible.
 */
export function questionName(message: Buffer): string | null {
  if (message.length < MESSAGE_HEAD_BYTES) return null;
  const isResponse = ((message[2] ?? 0) & RESPONSE_BIT) !== 0;
  if (isResponse || message.readUInt16BE(4) === 0) return null;
  const labels: string[] = [];
  const end = Math.min(message.length, MESSAGE_HEAD_BYTES + NAME_BYTES_MAX);
  for (let at = MESSAGE_HEAD_BYTES; at < end;) {
    const length = message[at] ?? 0;
    if (length === 0) return labels.join('.');
    if (length > LABEL_BYTES_MAX || at + length >= end) return null;
    const label = message.toString('latin1', at + 1, at + 1 + length);
    labels.push(visibleText(label.toLowerCase()));
    at += 1 + length;
  }
  return null;
}
