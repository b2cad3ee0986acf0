import { Worker } from 'node:worker_threads';
import { messageOf, type Clock } from '@wardgrid/base';

/** Where the code of the threads is. */
export interface ThreadModules {
  readonly sensor: URL;
  /** Calls `runScannerThread` with what makes the signature engines. */
  readonly scanner: URL;
}

/** A thread of file protection. */
export interface FileThread {
  /** Resolves once it works; rejects when it ends before. */
  readonly ready: Promise<void>;
  /** Resolves when it is gone, with its reason when it did not end by itself as told. */
  readonly ended: Promise<string | null>;
  /** Makes it end wherever it is in our code. */
  readonly terminate: () => void;
  /** Leaves a message for the thread, which takes it when it looks. */
  readonly post: (message: unknown) => void;
}

/** Starts a thread; what it says after it is ready goes to `onMessage`. */
export function startThread(
  module: URL,
  data: unknown,
  onMessage: (message: unknown) => void = () => {},
): FileThread {
  const worker = new Worker(module, {
    workerData: data,
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const ready = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<string | null>();
  let reason: string | null = null;
  worker.on('message', (message: unknown) => {
    if (isReady(message)) ready.resolve();
    else onMessage(message);
  });
  worker.on('error', (error) => (reason = messageOf(error)));
  worker.on('exit', (code) => {
    const why = reason ?? (code === 0 ? null : `exit code ${code}`);
    ready.reject(new Error(`a thread ended before it was ready: ${why ?? 'no reason'}`));
    ended.resolve(why);
  });
  /* Who waits for `ready` hears of it; for others it is told by `ended`. */
  ready.promise.catch(() => {});
  return {
    ready: ready.promise,
    ended: ended.promise,
    terminate: () => void worker.terminate(),
    post: (message) => worker.postMessage(message, []),
  };
}

/** Waits for the end of a thread that was told to; makes it end when it takes longer than `limitMs`. */
export async function awaitEnd(
  thread: FileThread,
  limitMs: number,
  after: Clock['after'],
): Promise<void> {
  const cancel = after(limitMs, thread.terminate);
  await thread.ended;
  cancel();
}

function isReady(message: unknown): boolean {
  return (
    typeof message === 'object' && message !== null && 'kind' in message && message.kind === 'ready'
  );
}
