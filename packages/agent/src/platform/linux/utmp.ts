import type { SessionRow } from '../../inventory/index.ts';
import { boundedInstant, boundedName } from '../../inventory/index.ts';

/** A signed-in session as utmp(5) records it, with the process that leads it. */
export interface UtmpSession extends SessionRow {
  readonly pid: number;
}

/** The type of a record that is a session of a person. */
export const USER_PROCESS = 7;
/** The type of a record that ends what its terminal had before. */
export const DEAD_PROCESS = 8;

/* Offsets of glibc's `struct utmp`; they are the same up to the time, which is 32 bits wide on
   x86 and 64 on ARM, so that the records differ in size. */
const OFFSET = { type: 0, pid: 4, line: 8, user: 44, host: 76, session: 336 } as const;
const LENGTH = { line: 32, user: 32, host: 256 } as const;

/** How utmp records lie in the file on an architecture. */
interface UtmpLayout {
  readonly recordBytes: number;
  readonly readSeconds: (record: Buffer) => number;
}

const NARROW: UtmpLayout = { recordBytes: 384, readSeconds: (record) => record.readInt32LE(340) };
const WIDE: UtmpLayout = {
  recordBytes: 400,
  readSeconds: (record) => Number(record.readBigInt64LE(OFFSET.session + 8)),
};

/** The length of a record on an architecture. */
export function utmpRecordBytes(architecture: string): number {
  return layoutOf(architecture).recordBytes;
}

function layoutOf(architecture: string): UtmpLayout {
  return architecture === 'arm64' ? WIDE : NARROW;
}

/** One record of utmp, wtmp or btmp, of whatever type. */
export interface UtmpRecord {
  /** `USER_PROCESS` 7, `DEAD_PROCESS` 8, and others of utmp(5). */
  readonly type: number;
  readonly pid: number;
  readonly user: string | null;
  readonly terminal: string | null;
  readonly remoteHost: string | null;
  /** Epoch milliseconds; null for nonsense. */
  readonly at: number | null;
}

/** The record in its bytes. */
export function parseUtmpRecord(record: Buffer, architecture: string): UtmpRecord {
  return {
    type: record.readInt16LE(OFFSET.type),
    pid: record.readInt32LE(OFFSET.pid),
    user: textAt(record, 'user'),
    terminal: textAt(record, 'line'),
    remoteHost: textAt(record, 'host'),
    at: boundedInstant(layoutOf(architecture).readSeconds(record) * 1_000),
  };
}

/** The sessions in the bytes of a utmp file. A record that is cut off at the end is left out. */
export function parseUtmp(bytes: Buffer, architecture: string): UtmpSession[] {
  const recordBytes = utmpRecordBytes(architecture);
  const sessions: UtmpSession[] = [];
  for (let at = 0; at + recordBytes <= bytes.length; at += recordBytes) {
    const record = parseUtmpRecord(bytes.subarray(at, at + recordBytes), architecture);
    const { type, pid, user, terminal, remoteHost, at: since } = record;
    if (type !== USER_PROCESS || user === null || since === null) continue;
    sessions.push({ user, terminal, remoteHost, since, pid });
  }
  return sessions;
}

/** A field that ends at its first zero byte or at its full length. */
function textAt(record: Buffer, field: keyof typeof LENGTH): string | null {
  const bytes = record.subarray(OFFSET[field], OFFSET[field] + LENGTH[field]);
  const end = bytes.indexOf(0);
  const text = bytes.subarray(0, end === -1 ? bytes.length : end).toString('utf8');
  return text === '' ? null : boundedName(text);
}
