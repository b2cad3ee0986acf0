import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { BenchContext } from '../figure.ts';

/** A program of the bench that answers each line of JSON with a line of JSON. */
export interface LineProcess {
  readonly child: ChildProcess;
  readonly ask: <Answer>(question: object) => Promise<Answer>;
}

/** How long one answer may take: clamonacc needs minutes for what takes others seconds. */
const ANSWER_MS_MAX = 120_000;

/** Starts a program of this folder; it ends with the bench. */
export function startLineProcess(
  context: BenchContext,
  script: URL,
  words: readonly string[],
): LineProcess {
  const args = ['--disable-warning=ExperimentalWarning', fileURLToPath(script), ...words];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const ended = new AbortController();
  lines.once('close', () => ended.abort(new Error(`${args.join(' ')} ended`)));
  context.defer(async () => {
    child.stdin.end();
    if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  });
  return {
    child,
    async ask<Answer>(question: object): Promise<Answer> {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const signal = AbortSignal.any([
        context.signal,
        ended.signal,
        AbortSignal.timeout(ANSWER_MS_MAX),
      ]);
      const [line] = (await once(lines, 'line', { signal })) as [string];
      return JSON.parse(line) as Answer;
    },
  };
}
