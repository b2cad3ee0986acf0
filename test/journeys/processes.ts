/**
 * The programs as a user starts them, for journeys: real processes through the launcher, watched by
 * what they print. Whoever starts one stops it; what a test leaves is killed when the run ends.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@wardgrid/base/system';

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/wardgrid.mjs', import.meta.url));
/** The newest lines of a program: what it said when it started must outlast a long storm. */
const LINES_KEPT = 2_000;

/** A running program. */
export interface Program {
  readonly pid: number;
  readonly lines: readonly string[];
  /** The first line, past or future, that matches; fails when the program ends or time is over. */
  readonly waitFor: (pattern: RegExp, timeoutMs?: number) => Promise<RegExpMatchArray>;
  /** The exit code, or the signal's name. */
  readonly ended: Promise<number | string>;
  readonly kill: (signal: 'SIGTERM' | 'SIGKILL' | 'SIGSTOP' | 'SIGCONT') => Promise<void>;
}

/** Starts something inside a namespace; absent, here. */
export type Spawn = (command: string, args: readonly string[]) => ChildProcess;

const alive = new Set<ChildProcess>();
process.once('exit', () => {
  for (const child of alive) child.kill('SIGKILL');
});

/** Starts `wardgrid` with these arguments. */
export function startWardgrid(args: readonly string[], within: Spawn = spawnHere): Program {
  return watch(within(process.execPath, [LAUNCHER, ...args, ...unlessSaid(args)]));
}

/** Starts another program than the launcher: a module and its words. */
export function startModule(module: string, args: readonly string[]): Program {
  return watch(spawnHere(process.execPath, [module, ...args]));
}

/** An agent of a test holds up nobody on the machine it runs on but where the test says. */
function unlessSaid([program, command, ...options]: readonly string[]): readonly string[] {
  const isAgent = program === 'agent' && command === 'run';
  return isAgent && !options.includes('--protect-mounts') ? ['--protect-mounts', 'none'] : [];
}

function spawnHere(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
}

function watch(child: ChildProcess): Program {
  const lines: string[] = [];
  const waiting = new Set<(line: string) => void>();
  alive.add(child);
  const ended = new Promise<number | string>((resolve) => {
    child.once('close', (code, signal) => {
      alive.delete(child);
      resolve(code ?? signal ?? 0);
    });
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (!stream) continue;
    createInterface({ input: stream }).on('line', (line) => {
      lines.push(line);
      if (lines.length > LINES_KEPT) lines.shift();
      for (const wake of waiting) wake(line);
    });
  }
  return {
    pid: child.pid ?? 0,
    lines,
    ended,
    waitFor: (pattern, timeoutMs = 60_000) =>
      waitFor({ pattern, timeoutMs, lines, waiting, ended }),
    async kill(signal) {
      child.kill(signal);
      if (signal === 'SIGKILL' || signal === 'SIGTERM') await ended;
    },
  };
}

function waitFor(given: {
  readonly pattern: RegExp;
  readonly timeoutMs: number;
  readonly lines: readonly string[];
  readonly waiting: Set<(line: string) => void>;
  readonly ended: Promise<number | string>;
}): Promise<RegExpMatchArray> {
  const { pattern, lines, waiting } = given;
  return new Promise((resolve, reject) => {
    const fail = (why: string): void => {
      waiting.delete(look);
      reject(new Error(`${why} before ${String(pattern)}:\n${lines.slice(-20).join('\n')}`));
    };
    const cancel = systemClock.after(given.timeoutMs, () =>
      fail(`no line in ${given.timeoutMs} ms`),
    );
    const look = (line: string): void => {
      const match = pattern.exec(line);
      if (!match) return;
      cancel();
      waiting.delete(look);
      resolve(match);
    };
    waiting.add(look);
    for (const line of lines) look(line);
    const end = (code: number | string): void => {
      cancel();
      if (waiting.has(look)) fail(`ended with ${code}`);
    };
    void given.ended.then(end);
  });
}

/** Polls until `look` gives something; fails with `what` when time is over. */
export async function eventually<T>(
  what: string,
  look: () => Promise<T | undefined | false>,
  timeoutMs = 60_000,
): Promise<T> {
  const until = systemClock.monotonic() + timeoutMs;
  let last: unknown;
  while (systemClock.monotonic() < until) {
    try {
      const found = await look();
      if (found !== undefined && found !== false) return found;
    } catch (error) {
      last = error;
    }
    await systemClock.sleep(200);
  }
  throw new Error(`not in ${timeoutMs} ms: ${what}`, { cause: last });
}
