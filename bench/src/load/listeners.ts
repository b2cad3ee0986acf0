import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { systemClock } from '@wardgrid/base/system';
import { stopProcess } from '../controller-process.ts';
import type { BenchContext } from '../figure.ts';
import type { ListenerOrder, ListenerReport } from './live-listener-messages.ts';

/** Listening connections, spread over processes of their own. */
export interface Listeners {
  readonly connect: (target: {
    readonly port: number;
    readonly path: string;
    readonly authorizations: readonly string[];
  }) => Promise<void>;
  /** Prepares to note the next message that begins so; `received` resolves when all have it. */
  readonly await: (opening: string) => Promise<{ readonly received: Promise<Received> }>;
  readonly disconnect: () => Promise<void>;
}

/** When every connection had its message, on the machine's monotonic clock. */
export interface Received {
  readonly atMs: readonly number[];
  readonly sizeBytes: number;
}

const SCRIPT = fileURLToPath(new URL('live-listeners.ts', import.meta.url));
/** Two cores: more processes only switch. */
const PROCESSES = 2;
/** Longest that a step may take. */
const STEP_MS_MAX = 120_000;

/** Starts the processes; they end with the bench. */
export function startListeners(context: BenchContext): Listeners {
  const children = Array.from({ length: PROCESSES }, () => {
    const child = fork(SCRIPT, { execArgv: process.execArgv });
    context.defer(() => stopProcess(child));
    return child;
  });
  const tellAll = async (order: (index: number) => ListenerOrder): Promise<void> => {
    await Promise.all(
      children.map((child, index) => {
        const done = nextReport(child);
        child.send(order(index));
        return done;
      }),
    );
  };
  return {
    connect: ({ authorizations, ...target }) =>
      tellAll((index) => ({
        kind: 'connect',
        ...target,
        authorizations: authorizations.filter((_, place) => place % PROCESSES === index),
      })),
    async await(opening) {
      await tellAll(() => ({ kind: 'await', opening }));
      const reports = Promise.all(children.map((child) => nextReport(child)));
      const received = reports.then((all) => {
        const parts = all.filter((one) => one.kind === 'received');
        const sizeBytes = Math.max(...parts.map((part) => part.sizeBytes));
        return { atMs: parts.flatMap((part) => part.atMs), sizeBytes };
      });
      return { received };
    },
    disconnect: () => tellAll(() => ({ kind: 'disconnect' })),
  };
}

function nextReport(child: ChildProcess): Promise<ListenerReport> {
  return new Promise((resolve, reject) => {
    const finish = (): void => {
      cancel();
      child.off('message', onMessage);
      child.off('exit', onExit);
    };
    const onMessage = (report: ListenerReport): void => {
      finish();
      if (report.kind === 'failed') reject(new Error(report.reason));
      else resolve(report);
    };
    const onExit = (): void => {
      finish();
      reject(new Error('a process of listeners ended'));
    };
    const cancel = systemClock.after(STEP_MS_MAX, () => {
      finish();
      reject(new Error('the listeners did not answer in time'));
    });
    child.on('message', onMessage);
    child.once('exit', onExit);
  });
}
