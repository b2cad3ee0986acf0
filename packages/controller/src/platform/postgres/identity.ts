import { readFile, realpath, stat } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname } from 'node:path';
import { EmbeddedPostgresError } from './error.ts';

/** A numeric user and group of the operating system. */
export interface Ids {
  readonly uid: number;
  readonly gid: number;
}

/** Who owns the data and runs the server. */
export interface ServerIdentity {
  /** Owner of the cluster, user of the server. */
  readonly server: Ids;
  /** User of `initdb`, which insists on a user that has a name. */
  readonly initializer: Ids;
  /** Whether we are root and the server is somebody else. */
  readonly isSeparate: boolean;
  /** The operating system's name of this process's user: the only one that may connect. */
  readonly clientName: string;
}

/**
 * The user and group of the server when we are root. PostgreSQL refuses root, and no user is made
 * on the machine. An own number rather than `postgres` or `nobody`: whatever else runs as those
 * could read the data and connect. 60706 to 61183 is the gap that systemd's table of user ids
 * leaves unused, outside the ranges of `adduser`, of dynamic users and of containers.
 */
const SERVER_ID = 60_998;

/** Bound on the user table we read; a bigger one is a directory service, not a file. */
const PASSWD_BYTES_MAX = 1_000_000;

/** Decides who runs the server: this user, or an unprivileged one when this user is root. */
export async function findServerIdentity(): Promise<ServerIdentity> {
  const uid = process.getuid?.();
  const gid = process.getgid?.();
  if (uid === undefined || gid === undefined) {
    throw new EmbeddedPostgresError(
      'database-platform-unsupported',
      'the embedded database needs Unix sockets; give the address of a PostgreSQL instead',
    );
  }
  if (uid !== 0) {
    const own = { uid, gid };
    return { server: own, initializer: own, isSeparate: false, clientName: nameOfUser() };
  }
  // Its group is the server's alone, so that it passes the folder that is closed to everybody else.
  const initializer = { uid: await findNamedUid(), gid: SERVER_ID };
  const server = { uid: SERVER_ID, gid: SERVER_ID };
  return { server, initializer, isSeparate: true, clientName: nameOfUser() };
}

/**
 * The first folder on the way to `path` (itself included) that `ids` may not enter, or undefined.
 * Reads permission bits only: access lists can make this stricter than the truth, never laxer.
 */
export async function findBarrier(path: string, ids: Ids): Promise<string | undefined> {
  const real = await realpath(path);
  const steps = [real];
  while (steps[0] !== undefined && steps[0] !== dirname(steps[0])) steps.unshift(dirname(steps[0]));
  for (const step of steps) {
    if (!mayEnter(await stat(step), ids)) return step;
  }
  return undefined;
}

function mayEnter(entry: { uid: number; gid: number; mode: number }, ids: Ids): boolean {
  if (entry.uid === ids.uid) return (entry.mode & 0o100) !== 0;
  if (entry.gid === ids.gid) return (entry.mode & 0o010) !== 0;
  return (entry.mode & 0o001) !== 0;
}

function nameOfUser(): string {
  try {
    return userInfo().username;
  } catch (cause) {
    throw new EmbeddedPostgresError(
      'database-user-unavailable',
      'this user has no name on this machine, and PostgreSQL needs one; add it to /etc/passwd',
      { cause },
    );
  }
}

async function findNamedUid(): Promise<number> {
  const table = await readFile('/etc/passwd', 'utf8').catch(() => '');
  const users = table
    .slice(0, PASSWD_BYTES_MAX)
    .split('\n')
    .map((line) => line.split(':'))
    .map(([name, , uid]) => ({ name, uid: Number(uid) }))
    .filter(({ uid }) => Number.isInteger(uid) && uid > 0);
  const user = users.find(({ name }) => name === 'nobody') ?? users[0];
  if (user) return user.uid;
  throw new EmbeddedPostgresError(
    'database-user-unavailable',
    'PostgreSQL refuses to run as root and /etc/passwd names nobody else; start as another user',
  );
}
