import { spawn } from 'node:child_process';
import type { Ids } from './identity.ts';

/** How a program ended, with the end of what it said. */
export interface ProgramResult {
  readonly code: number | null;
  readonly output: string;
}

/** Enough for any error message or a list of all processes; older words are thrown away. */
const OUTPUT_CHARS_MAX = 4_000_000;

/**
 * What our children see of the environment: nothing of ours, so no secret and no `PG…` or
 * `LD_LIBRARY_PATH` reaches them, and messages come in the one language we read.
 */
export const CHILD_ENVIRONMENT: Readonly<Record<string, string>> = { LC_ALL: 'C', TZ: 'UTC' };

/** Runs a program to its end as `ids`. @throws what the operating system says when it cannot start. */
export function runProgram(
  command: string,
  args: readonly string[],
  options: { readonly ids?: Ids; readonly signal: AbortSignal },
): Promise<ProgramResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      ...options.ids,
      cwd: '/',
      env: CHILD_ENVIRONMENT,
      signal: options.signal,
      killSignal: 'SIGKILL',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    const keep = (chunk: Buffer): void => {
      output = (output + chunk.toString('utf8')).slice(-OUTPUT_CHARS_MAX);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}
