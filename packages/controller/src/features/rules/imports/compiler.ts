import { Worker } from 'node:worker_threads';
import { messageOf, type Clock } from '@wardgrid/base';
import type { RuleSetFormat } from '@wardgrid/wire';
import { ControllerError } from '../../../platform/error.ts';
import { compileSources, type Compiled, type SourceFile } from './compile.ts';

/** What the thread is given. */
export interface CompileOrder {
  readonly format: RuleSetFormat;
  readonly files: readonly SourceFile[];
}

export type CompileAnswer =
  | { readonly kind: 'done'; readonly compiled: Compiled }
  | { readonly kind: 'failed'; readonly reason: string };

/** Compiles beside everything else, one set after the other. */
export type Compile = (order: CompileOrder) => Promise<Compiled>;

/** All of SigmaHQ takes some seconds; what takes longer is built to. */
const COMPILE_MS_MAX = 120_000;
const MEMORY_MB_MAX = 1_024;
/** Text that is read at once: some ten rules or 500 digests, a few milliseconds. */
const LIGHT_LENGTH_MAX = 32_768;
/** Imports that wait; more are sent away. */
const WAITING_MAX = 8;

export function createCompiler(clock: Pick<Clock, 'after'>): Compile {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async function compile(order) {
    if (isLight(order)) return compileSources(order.format, order.files);
    if (waiting >= WAITING_MAX) {
      throw new ControllerError('unavailable', 'other rules are being compiled', {
        retryAfterSeconds: 10,
      });
    }
    waiting += 1;
    const run = last.then(() => compileOnce(clock, order));
    last = run.catch(() => undefined);
    try {
      return await run;
    } finally {
      waiting -= 1;
    }
  };
}

/** What is short costs less than a thread; a YARA compiler is bounded by a thread alone. */
function isLight({ format, files }: CompileOrder): boolean {
  const length = files.reduce((sum, { text }) => sum + text.length, 0);
  return format !== 'yara' && length <= LIGHT_LENGTH_MAX;
}

async function compileOnce(clock: Pick<Clock, 'after'>, order: CompileOrder): Promise<Compiled> {
  const worker = new Worker(new URL('compile-worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_MB_MAX },
  });
  let stopTimer = (): void => undefined;
  try {
    const answer = await new Promise<CompileAnswer>((resolve) => {
      const fail = (reason: string): void => resolve({ kind: 'failed', reason });
      stopTimer = clock.after(COMPILE_MS_MAX, () => fail('it takes too long to compile'));
      worker.once('message', resolve);
      worker.once('error', (error) => fail(messageOf(error)));
      worker.once('exit', () => fail('the compiler ended'));
    });
    if (answer.kind === 'done') return answer.compiled;
    throw new ControllerError('rules-invalid', `the rules cannot be compiled: ${answer.reason}`);
  } finally {
    stopTimer();
    await worker.terminate();
  }
}
