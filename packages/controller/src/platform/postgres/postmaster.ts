import { spawn, type ChildProcess } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { codeOf, type Clock } from '@wardgrid/base';
import { EmbeddedPostgresError } from './error.ts';
import type { Home } from './home.ts';
import type { Ids } from './identity.ts';
import type { LogFile } from './log-file.ts';
import { FAST_STOP_MS, QUIT_STOP_MS } from './orphan.ts';
import { CHILD_ENVIRONMENT } from './program.ts';

/** How the server process ended. */
export interface ServerExit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** One running server process. */
export interface Postmaster {
  readonly pid: number;
  /** Resolves when the process has ended; never rejects. */
  readonly exited: Promise<ServerExit>;
  /** Ends it with everything written; resolves when it has ended. */
  readonly stop: () => Promise<ServerExit>;
}

/** After a crash the server replays at most `max_wal_size`; a slow disk takes minutes for it. */
const START_MS_MAX = 600_000;

const POLL_MS = 10;

/** The line of `postmaster.pid` that says whether connections are taken (miscadmin.h). */
const STATUS_LINE = 7;

/**
 * Starts the server and resolves when it takes connections.
 *
 * @throws `database-start-failed` with the server's last words.
 */
export async function startPostmaster(options: {
  readonly postgres: string;
  readonly settingsFile: string;
  readonly home: Home;
  readonly ids: Ids;
  readonly logFile: LogFile;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<Postmaster> {
  const { postgres, settingsFile, home, ids, logFile, clock } = options;
  logFile.forget();
  // The mark on the command line is how a later controller knows the process as this home's.
  const args = ['-D', home.clusterDir, '-c', `config_file=${settingsFile}`];
  const child = spawn(postgres, [...args, '-c', `cluster_name=${home.mark}`], {
    ...ids,
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    // Its own session: Ctrl-C in our terminal must not stop the database before the controller.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = watchExit(child, logFile);
  const postmaster = createPostmaster(child, exited, clock);
  try {
    await waitUntilReady({ ...options, postmaster });
  } catch (error) {
    await postmaster.stop();
    throw error;
  }
  endWithUs(postmaster, ids);
  return postmaster;
}

function watchExit(child: ChildProcess, logFile: LogFile): Promise<ServerExit> {
  const keep = (chunk: Buffer): void => logFile.write(chunk.toString('utf8'));
  child.stdout?.on('data', keep);
  child.stderr?.on('data', keep);
  return new Promise((resolve) => {
    child.once('error', (error) => {
      logFile.write(`cannot run the server: ${codeOf(error) ?? 'unknown'}\n`);
      resolve({ code: null, signal: null });
    });
    // Not 'close': a surviving child of the server may hold the pipe open.
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
}

function createPostmaster(
  child: ChildProcess,
  exited: Promise<ServerExit>,
  clock: Clock,
): Postmaster {
  let stopped: Promise<ServerExit> | undefined;

  async function endsWithin(delayMs: number): Promise<boolean> {
    const timeUp = new AbortController();
    const timer = clock.sleep(delayMs, timeUp.signal).then(
      () => false,
      () => true,
    );
    const hasEnded = await Promise.race([exited.then(() => true), timer]);
    timeUp.abort();
    return hasEnded;
  }

  async function stop(): Promise<ServerExit> {
    child.kill('SIGINT');
    if (await endsWithin(FAST_STOP_MS)) return exited;
    child.kill('SIGQUIT');
    if (await endsWithin(QUIT_STOP_MS)) return exited;
    child.kill('SIGKILL');
    return exited;
  }

  return { pid: child.pid ?? 0, exited, stop: () => (stopped ??= stop()) };
}

async function waitUntilReady(options: {
  readonly postmaster: Postmaster;
  readonly home: Home;
  readonly logFile: LogFile;
  readonly clock: Clock;
  readonly signal: AbortSignal;
}): Promise<void> {
  const { postmaster, home, logFile, clock, signal } = options;
  let hasExited = false;
  void postmaster.exited.then(() => (hasExited = true));
  const deadlineMs = clock.monotonic() + START_MS_MAX;
  while (clock.monotonic() < deadlineMs) {
    signal.throwIfAborted();
    if (hasExited) throw startFailed('the database ended while starting', logFile);
    if (await isReady(home.clusterDir, postmaster.pid)) return;
    await clock.sleep(POLL_MS, signal);
  }
  throw startFailed('the database did not become ready', logFile);
}

async function isReady(clusterDir: string, pid: number): Promise<boolean> {
  const text = await readFile(join(clusterDir, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return Number(lines[0]) === pid && lines[STATUS_LINE]?.trim() === 'ready';
}

/**
 * Leaves a shell of a few hundred kilobytes waiting on a pipe from us. However we end, the kernel
 * closes the pipe and the shell asks the server for a fast shutdown, so a killed controller leaves
 * no database running. The server's own end is waited for by us, and we then end the shell first.
 */
function endWithUs(postmaster: Postmaster, ids: Ids): void {
  const watcher = spawn('/bin/sh', ['-c', 'read -r line; kill -INT "$0"', String(postmaster.pid)], {
    ...ids,
    cwd: '/',
    env: CHILD_ENVIRONMENT,
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  // Without a shell the next start stops what was left; nothing else depends on it.
  watcher.on('error', () => undefined);
  watcher.stdin.on('error', () => undefined);
  void postmaster.exited.then(() => watcher.kill('SIGKILL'));
}

function startFailed(message: string, logFile: LogFile): EmbeddedPostgresError {
  const words = logFile.lastLines().join('\n');
  return new EmbeddedPostgresError(
    'database-start-failed',
    words ? `${message}: ${words}` : message,
  );
}
