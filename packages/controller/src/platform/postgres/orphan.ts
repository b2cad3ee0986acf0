import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, type Clock, type Log } from '@wardgrid/base';
import { EmbeddedPostgresError } from './error.ts';
import { SOCKET_PORT, type Home } from './home.ts';
import { runProgram } from './program.ts';

/** A fast shutdown writes all dirty pages: 128 MB of them on a slow disk take seconds. */
export const FAST_STOP_MS = 30_000;

/** An immediate shutdown only ends processes; recovery comes at the next start. */
export const QUIT_STOP_MS = 5_000;

const POLL_MS = 20;

/**
 * Stops what a controller that was killed left running on this home, so that a server with the
 * present configuration, and us as its parent, can start. The caller holds the lock of the data
 * folder, so whatever runs here has lost its controller.
 */
export async function stopOrphan(options: {
  readonly home: Home;
  readonly uid: number;
  readonly clock: Clock;
  readonly log: Log;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { home, clock, signal } = options;
  const pidFile = join(home.clusterDir, 'postmaster.pid');
  const find = (): Promise<readonly number[]> => findProcesses(home.mark, options.uid, signal);
  const found = await find();
  const pid = await readPid(pidFile);
  if (found.length > 0) {
    // The file is the server's to write: its number counts only when the process is of this home.
    const postmaster = found.find((candidate) => candidate === pid);
    options.log.warn('database of a killed controller found', { pid: postmaster ?? null });
    await endProcesses({ postmaster, find, clock, signal });
  }
  // A dead server's number may be anybody's by now, or a zombie's that no parent collects: the
  // server would take its own left-over files for a living rival and refuse to start.
  const socket = join(home.socketDir, `.s.PGSQL.${SOCKET_PORT}`);
  for (const file of [pidFile, `${socket}.lock`, socket]) await rm(file, { force: true });
}

async function endProcesses(options: {
  readonly postmaster: number | undefined;
  readonly find: () => Promise<readonly number[]>;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { postmaster, find, clock, signal } = options;
  const isGoneWithin = async (waitMs: number): Promise<boolean> => {
    const deadlineMs = clock.monotonic() + waitMs;
    while ((await find()).length > 0) {
      if (clock.monotonic() > deadlineMs) return false;
      await clock.sleep(POLL_MS, signal);
    }
    return true;
  };
  if (postmaster !== undefined) {
    sendSignal(postmaster, 'SIGINT');
    if (await isGoneWithin(FAST_STOP_MS)) return;
    sendSignal(postmaster, 'SIGQUIT');
  }
  // Without their postmaster the others end by themselves.
  if (await isGoneWithin(QUIT_STOP_MS)) return;
  for (const pid of await find()) sendSignal(pid, 'SIGKILL');
  if (await isGoneWithin(QUIT_STOP_MS)) return;
  throw new EmbeddedPostgresError(
    'database-start-failed',
    'a killed controller left a database running that cannot be stopped; end its processes',
  );
}

/** The first line of `postmaster.pid`, or undefined when there is no such file. */
async function readPid(pidFile: string): Promise<number | undefined> {
  const text = await readFile(pidFile, 'utf8').catch(() => '');
  const pid = Number.parseInt(text, 10);
  return Number.isSafeInteger(pid) && pid > 1 ? pid : undefined;
}

/** Processes of `uid` whose command line carries `mark`: the server and all its children. */
async function findProcesses(
  mark: string,
  uid: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  if (process.platform !== 'linux') return findProcessesByList(mark, uid, signal);
  const names = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const pids = await Promise.all(
    names.map(async (name) => {
      // A process may end between two reads; then it is simply not there.
      const owner = await stat(`/proc/${name}`).catch(() => undefined);
      if (owner?.uid !== uid) return [];
      const command = await readFile(`/proc/${name}/cmdline`, 'utf8').catch(() => '');
      return command.includes(mark) ? [Number(name)] : [];
    }),
  );
  return pids.flat();
}

async function findProcessesByList(
  mark: string,
  uid: number,
  signal: AbortSignal,
): Promise<readonly number[]> {
  const { output } = await runProgram('/bin/ps', ['-axo', 'pid=,uid=,command='], { signal });
  return output
    .split('\n')
    .map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line))
    .filter((match) => Number(match?.[2]) === uid && match?.[3]?.includes(mark) === true)
    .map((match) => Number(match?.[1]));
}

/** Sends a signal to a process that may have ended meanwhile. */
function sendSignal(pid: number, name: 'SIGINT' | 'SIGQUIT' | 'SIGKILL'): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
