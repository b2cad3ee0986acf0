import { readBytes, readLine, readLink, readStat, readText } from '../../platform/linux/files.ts';
import { argumentsOf, readArguments, readProcessStat } from '../../platform/linux/process-files.ts';
import { readCgroup } from './cgroup.ts';
import { chosenVariables, type ExecFact, type ProcessKey, type StdioType } from './source.ts';

/** Environments are read up to here; a larger one may hide a variable, which no one can rule out. */
const ENVIRONMENT_BYTES_MAX = 64 * 1_024;
/** Nobody signed in: `(uid_t)-1`. */
const NO_LOGIN = 4_294_967_295;
const DELETED = ' (deleted)';
/** Major numbers of terminals (devices.txt). */
const MAJOR = { console: 4, pseudoFirst: 136, pseudoLast: 143 } as const;

/**
 * What `/proc` tells of a process now, as if it had just been started. What is lost first is read
 * first: a short-lived process may be gone after any of these. Null when it is gone at once.
 */
export function readExecFact(rootPath: string, pid: number, at: number): ExecFact | null {
  const path = `${rootPath}proc/${pid}`;
  const args = readArguments(path);
  const stat = readProcessStat(path);
  if (stat === null && args === null) return null;
  return {
    kind: 'exec',
    at,
    process: { pid, startTicks: stat?.startTicks ?? null },
    parent: stat === null ? null : parentOf(rootPath, stat.parentPid),
    args,
    ...readProgram(path),
    folder: readLink(`${path}/cwd`),
    ...readUserIds(path),
    loginUid: readLoginUid(path),
    tty: stat === null ? null : terminalName(stat.terminal),
    stdio: readStdio(path),
    env: readEnvironment(path),
    cgroup: readCgroup(rootPath, pid)?.path ?? null,
    cut: [],
  };
}

/** A start of which nothing could be read but that it happened. */
export function unreadExecFact(pid: number, at: number): ExecFact {
  return {
    kind: 'exec',
    at,
    process: { pid, startTicks: null },
    parent: null,
    args: null,
    ...UNREAD_PROGRAM,
    filename: null,
    isScript: null,
    isDenied: false,
    folder: null,
    uid: null,
    euid: null,
    loginUid: null,
    tty: null,
    stdio: null,
    env: null,
    cgroup: null,
    cut: [],
  };
}

const UNREAD_PROGRAM = {
  executable: null,
  inode: null,
  device: null,
  isDeleted: null,
  isMemfd: null,
} as const;

/** The program by its link; it does not tell whether a script was asked for. */
function readProgram(path: string) {
  const link = readLink(`${path}/exe`);
  const asked = { filename: null, isScript: null, isDenied: false } as const;
  if (link === null) return { ...UNREAD_PROGRAM, ...asked };
  const file = readStat(`${path}/exe`);
  return {
    ...asked,
    executable: programPath(link),
    inode: file?.ino ?? null,
    device: file?.dev ?? null,
    isDeleted: link.endsWith(DELETED),
    isMemfd: link.startsWith('/memfd:'),
  };
}

function readEnvironment(path: string): string[] | null {
  const bytes = readBytes(`${path}/environ`, ENVIRONMENT_BYTES_MAX);
  return bytes === null ? null : chosenVariables(argumentsOf(bytes));
}

/** The path without what the kernel adds to a deleted one, except where it is no path at all. */
function programPath(link: string): string {
  const isPath = link.endsWith(DELETED) && !link.startsWith('/memfd:');
  return isPath ? link.slice(0, -DELETED.length) : link;
}

/** The parent as it is now; its start tells it from a later process of the same number. */
function parentOf(rootPath: string, pid: number): ProcessKey {
  return { pid, startTicks: readProcessStat(`${rootPath}proc/${pid}`)?.startTicks ?? null };
}

/** Real and effective user of `/proc/PID/status`. */
function readUserIds(path: string): Pick<ExecFact, 'uid' | 'euid'> {
  const [, real, effective] =
    /^Uid:\t(\d{1,10})\t(\d{1,10})\t/m.exec(readText(`${path}/status`) ?? '') ?? [];
  if (real === undefined || effective === undefined) return { uid: null, euid: null };
  return { uid: Number(real), euid: Number(effective) };
}

function readLoginUid(path: string): number | null {
  const text = readLine(`${path}/loginuid`);
  const uid = text === null ? NO_LOGIN : Number(text);
  return Number.isInteger(uid) && uid !== NO_LOGIN ? uid : null;
}

/** The name of a terminal by its device number (proc_pid_stat(5)); null without one. */
export function terminalName(device: number): string | null {
  const major = (device >>> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >>> 12) & 0xf_ff00);
  if (major === MAJOR.console) return minor < 64 ? `tty${minor}` : `ttyS${minor - 64}`;
  if (major < MAJOR.pseudoFirst || major > MAJOR.pseudoLast) return null;
  return `pts${(major - MAJOR.pseudoFirst) * 256 + minor}`;
}

function readStdio(path: string): StdioType[] | null {
  const types = [0, 1, 2].map((number) => stdioType(readLink(`${path}/fd/${number}`)));
  if (types.every((type) => type === 'none')) return null;
  return types;
}

function stdioType(target: string | null): StdioType {
  if (target === null) return 'none';
  if (target.startsWith('socket:')) return 'socket';
  if (target.startsWith('pipe:')) return 'pipe';
  if (/^\/dev\/(?:pts\/|tty|console)/.test(target)) return 'tty';
  return target.startsWith('/dev/') ? 'device' : 'file';
}
