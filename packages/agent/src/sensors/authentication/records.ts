import { parseIp } from '@wardgrid/base';
import {
  DEAD_PROCESS,
  parseUtmpRecord,
  USER_PROCESS,
  type UtmpRecord,
} from '../../platform/linux/utmp.ts';
import { factOf, type AuthenticationFact } from './fact.ts';

/** Terminals whose users are remembered until they sign out. */
const TERMINALS_MAX = 1_024;

/** A fact with its moment and process. */
export interface RecordedFact {
  readonly fact: AuthenticationFact;
  readonly at: number | null;
  readonly pid: number;
  /** Who wrote it, as far as the record shows: `sshd` or `login`. */
  readonly service: string;
}

/** Reads what the C library records of sign-ins; it names who signs out only by the terminal. */
export function createSignInRecords(): {
  readonly read: (kind: 'sign-in' | 'failure', record: Buffer) => RecordedFact | null;
} {
  const users = new Map<string, string>();

  function signIn(record: UtmpRecord): AuthenticationFact | null {
    const { type, user, terminal } = record;
    if (type === USER_PROCESS && user !== null) {
      if (users.size >= TERMINALS_MAX) users.clear();
      users.set(terminal ?? '', user);
      return factOf('login', { user, ...sourceOf(record), reason: terminal });
    }
    const left = users.get(terminal ?? '');
    if (type !== DEAD_PROCESS || left === undefined) return null;
    users.delete(terminal ?? '');
    return factOf('logout', { user: left, reason: terminal });
  }

  return {
    read(kind, bytes) {
      const record = parseUtmpRecord(bytes, process.arch);
      const { user } = record;
      const fact =
        kind === 'sign-in'
          ? signIn(record)
          : factOf('failure', { user, ...sourceOf(record), reason: record.terminal });
      if (fact === null) return null;
      return { fact, at: record.at, pid: record.pid, service: serviceOf(record) };
    },
  };
}

function sourceOf({ remoteHost }: UtmpRecord): Partial<AuthenticationFact> {
  return remoteHost !== null && parseIp(remoteHost) !== undefined ? { sourceIp: remoteHost } : {};
}

/** OpenSSH records failures at `ssh:notty`, and sign-ins with the host they come from. */
function serviceOf({ terminal, remoteHost }: UtmpRecord): string {
  return remoteHost !== null || terminal?.startsWith('ssh') === true ? 'sshd' : 'login';
}
