import type { SessionRow } from '../../inventory/index.ts';
import { boundedInstant, boundedName } from '../../inventory/index.ts';

/** A signed-in session as utmp(5) records it, with the process that leads it. */
export interface UtmpSession extends SessionRow {
  readonly pid: number;
}

/** The type of a record that is a session of a person. */
const USER_PROCESS = 7;

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

/** The sessions in the bytes of a utmp file. A record that is cut off at the end is left out. */
export function parseUtmp(bytes: Buffer, architecture: string): UtmpSession[] {
  const layout = architecture === 'arm64' ? WIDE : NARROW;
  const sessions: UtmpSession[] = [];
  for (let at = 0; at + layout.recordBytes <= bytes.length; at += layout.recordBytes) {
    const record = bytes.subarray(at, at + layout.recordBytes);
    const session = parseRecord(record, layout);
    if (session) sessions.push(session);
  }
  return sessions;
}

function parseRecord(record: Buffer, layout: UtmpLayout): UtmpSession | undefined {
  const user = textAt(record, 'user');
  const since = boundedInstant(layout.readSeconds(record) * 1_000);
  if (record.readInt16LE(OFFSET.type) !== USER_PROCESS) return undefined;
  if (user === null || since === null) return undefined;
  return {
    user,
    terminal: textAt(record, 'line'),
    remoteHost: textAt(record, 'host'),
    since,
    pid: record.readInt32LE(OFFSET.pid),
  };
}

/** A field that ends at its first zero byte or at its full length. */
function textAt(record: Buffer, field: keyof typeof LENGTH): string | null {
  const bytes = record.subarray(OFFSET[field], OFFSET[field] + LENGTH[field]);
  const end = bytes.indexOf(0);
  const text = bytes.subarray(0, end === -1 ? bytes.length : end).toString('utf8');
  return text === '' ? null : boundedName(text);
}
