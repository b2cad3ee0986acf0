import { Buffer } from 'node:buffer';

/* A node status request for `*` (RFC 1002, section 4.2.17): the name padded to sixteen bytes and
   written as nibbles, one letter each. */
const WILDCARD = `CK${'A'.repeat(30)}`;

const NBSTAT = 0x21;
const NAME_BYTES = 18;

/** Unique names of these suffixes are the machine's own: workstation and file server. */
const MACHINE_SUFFIXES: ReadonlySet<number> = new Set([0x00, 0x20]);

const GROUP_FLAG = 0x8000;

/** The bytes that ask a host for its NetBIOS names. */
export function encodeNodeStatusQuery(id: number): Buffer {
  const bytes = Buffer.alloc(50);
  bytes.writeUInt16BE(id & 0xffff, 0);
  bytes.writeUInt16BE(1, 4);
  bytes.writeUInt8(32, 12);
  bytes.write(WILDCARD, 13, 'latin1');
  bytes.writeUInt16BE(NBSTAT, 46);
  bytes.writeUInt16BE(1, 48);
  return bytes;
}

/** The machine's name in a node status response, or undefined. Never throws on hostile bytes. */
export function parseNodeStatus(bytes: Buffer, id: number): string | undefined {
  const isAnswer = bytes.length >= 57 && bytes.readUInt16BE(0) === id && (bytes[2] ?? 0) >= 0x80;
  if (!isAnswer) return undefined;
  const start = endOfName(bytes, 12);
  if (start === undefined || start + 11 > bytes.length) return undefined;
  if (bytes.readUInt16BE(start) !== NBSTAT) return undefined;
  const count = bytes.readUInt8(start + 10);
  for (let index = 0; index < count; index += 1) {
    const name = machineName(bytes, start + 11 + index * NAME_BYTES);
    if (name !== undefined) return name;
  }
  return undefined;
}

/** The name of the row at `at` when it is whole and the machine's own. */
function machineName(bytes: Buffer, at: number): string | undefined {
  if (at + NAME_BYTES > bytes.length) return undefined;
  const isMachine = MACHINE_SUFFIXES.has(bytes.readUInt8(at + 15));
  const isGroup = (bytes.readUInt16BE(at + 16) & GROUP_FLAG) !== 0;
  const name = bytes.toString('latin1', at, at + 15).trim();
  return isMachine && !isGroup && name.length > 0 ? name : undefined;
}

function endOfName(bytes: Buffer, offset: number): number | undefined {
  const head = bytes[offset] ?? 0;
  if (head >= 0xc0) return offset + 2;
  const end = offset + 1 + head;
  return end < bytes.length && bytes[end] === 0 ? end + 1 : undefined;
}
