import { formatIp } from '@wardgrid/base';

/** What a socket does. */
export type SocketAct = 'connect' | 'accept' | 'listen';

/** A socket that began to do something. */
export interface SocketFact {
  readonly act: SocketAct;
  /** Epoch milliseconds. */
  readonly at: number;
  readonly transport: 'tcp' | 'udp';
  readonly local: SocketAddress;
  /** Null for one that listens. */
  readonly remote: SocketAddress | null;
  /** Who did it; null when that is not known. */
  readonly pid: number | null;
  readonly startTicks: number | null;
  readonly uid: number | null;
  /** Whether it was there already when the sensor began. */
  readonly isOld: boolean;
}

/** One end of a socket; port 0 is none yet. */
export interface SocketAddress {
  readonly ip: string;
  readonly port: number;
}

const FAMILY_V4 = 2;
const MAPPED_PREFIX = 0xffffn;

/** The text of an address as the kernel keeps it, big endian; IPv4 inside IPv6 is told as IPv4. */
export function ipOf(family: number, bytes: Buffer): string {
  if (family === FAMILY_V4) return formatIp(4, BigInt(bytes.readUInt32BE(0)));
  const value = (bytes.readBigUInt64BE(0) << 64n) | bytes.readBigUInt64BE(8);
  const isMapped = value >> 32n === MAPPED_PREFIX;
  return isMapped ? formatIp(4, value & 0xffff_ffffn) : formatIp(6, value);
}
