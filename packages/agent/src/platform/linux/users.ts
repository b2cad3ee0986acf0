import {
  ACCOUNTS_MAX,
  boundedInstant,
  boundedName,
  SESSIONS_MAX,
  type SessionRow,
  type BodyOf,
} from '../../inventory/index.ts';
import { parseAccounts, parseAdminGroups } from './accounts.ts';
import { readBytes, readNames, readText, TABLE_BYTES_MAX } from './files.ts';
import { parseKeyValues } from './key-values.ts';
import type { LinuxSource } from './source.ts';
import { parseUtmp } from './utmp.ts';

/** Reads who can use the machine and who does. Password hashes are never opened. */
export function readUsers(source: LinuxSource): BodyOf<'users'> {
  const { rootPath } = source;
  const admins = parseAdminGroups(readText(`${rootPath}etc/group`, TABLE_BYTES_MAX) ?? '');
  const accounts = parseAccounts(readText(`${rootPath}etc/passwd`, TABLE_BYTES_MAX) ?? '', admins);
  const sessions = mergeSessions(readSystemdSessions(rootPath), readUtmpSessions(rootPath));
  return {
    section: 'users',
    accounts: accounts.slice(0, ACCOUNTS_MAX),
    sessions: sessions.slice(0, SESSIONS_MAX),
    isTruncated: accounts.length > ACCOUNTS_MAX || sessions.length > SESSIONS_MAX,
  };
}

/** The sessions of utmp whose leading process still lives; a crash leaves records behind. */
function readUtmpSessions(rootPath: string): SessionRow[] {
  const bytes =
    readBytes(`${rootPath}run/utmp`, TABLE_BYTES_MAX) ??
    readBytes(`${rootPath}var/run/utmp`, TABLE_BYTES_MAX);
  if (!bytes) return [];
  return parseUtmp(bytes, process.arch)
    .filter(({ pid }) => pid > 0 && readText(`${rootPath}proc/${pid}/stat`) !== null)
    .map(({ user, terminal, remoteHost, since }) => ({ user, terminal, remoteHost, since }));
}

function readSystemdSessions(rootPath: string): SessionRow[] {
  const path = `${rootPath}run/systemd/sessions`;
  return readNames(path, SESSIONS_MAX * 2)
    .filter((name) => /^[A-Za-z0-9]{1,64}$/.test(name))
    .flatMap((name) => parseSystemdSession(readText(`${path}/${name}`) ?? '') ?? []);
}

/** The session in a file of `/run/systemd/sessions`; undefined when no person uses it. */
export function parseSystemdSession(text: string): SessionRow | undefined {
  const values = parseKeyValues(text);
  const user = values.get('USER');
  const microseconds = values.get('REALTIME') ?? '';
  if (user === undefined || values.get('CLASS') !== 'user') return undefined;
  if (values.get('STATE') === 'closing' || !/^\d{1,18}$/.test(microseconds)) return undefined;
  const since = boundedInstant(Number(microseconds) / 1_000);
  if (since === null) return undefined;
  return {
    user: boundedName(user),
    terminal: nameOrNull(values.get('TTY') ?? values.get('DISPLAY')),
    remoteHost: nameOrNull(values.get('REMOTE_HOST')),
    since,
  };
}

function nameOrNull(text: string | undefined): string | null {
  return text === undefined || text === '' ? null : boundedName(text);
}

/** Both lists, each session once: the same person at the same terminal is the same session. */
export function mergeSessions(
  preferred: readonly SessionRow[],
  others: readonly SessionRow[],
): SessionRow[] {
  const keyOf = (row: SessionRow): string => `${row.user}\n${row.terminal ?? ''}`;
  const known = new Set(preferred.map(keyOf));
  return [...preferred, ...others.filter((row) => !known.has(keyOf(row)))];
}
