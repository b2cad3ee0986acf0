import { systemClock } from '@wardgrid/base/system';
import { openConnections, type LoadConnection, type Reply } from './connection.ts';

/** A request as it goes out, and what to do with its reply. */
export interface LoadRequest {
  readonly bytes: Buffer;
  readonly settle: (reply: Reply) => void;
}

/** What a load found. */
export interface LoadResult {
  readonly count: number;
  /** Replies that `isGood` did not take, and the first of them. */
  readonly failures: number;
  readonly firstFailure: string;
  readonly tookMs: number;
  /** Of every request, in milliseconds. */
  readonly latenciesMs: readonly number[];
  /** CPU of the load itself. */
  readonly cpuSeconds: number;
}

/** How many requests are under way at once: each connection carries one. */
export const CONNECTIONS = 256;

/**
 * Keeps every connection busy until `next` has no more for it or the time is up. `next` is asked with
 * the number of the connection, so that what belongs together stays on one.
 */
export async function runClosedLoop(given: {
  readonly port: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly next: (connection: number) => LoadRequest | undefined;
}): Promise<LoadResult> {
  return withConnections(given, async (connections, meter) => {
    const endMs = performance.now() + given.durationMs;
    await Promise.all(
      connections.map(
        (connection, index) =>
          new Promise<void>((resolve) => {
            const go = (): void => {
              const request = performance.now() < endMs ? given.next(index) : undefined;
              if (request) meter.send(connection, { request, dueMs: performance.now(), done: go });
              else resolve();
            };
            go();
          }),
      ),
    );
  });
}

/**
 * Sends at a fixed rate, whatever comes back: a latency counts from the moment the request was due,
 * so that a slow server cannot slow down the load that measures it.
 */
export async function runOpenLoop(given: {
  readonly port: number;
  readonly connections: number;
  readonly durationMs: number;
  readonly perSecond: number;
  /** Undefined: the one whose turn it is has its last request still under way. */
  readonly next: () => LoadRequest | undefined;
}): Promise<LoadResult & { readonly lagMaxMs: number; readonly skipped: number }> {
  let lagMaxMs = 0;
  let skipped = 0;
  const result = await withConnections(given, async (connections, meter) => {
    const idle = [...connections];
    const due: number[] = [];
    const pump = (): void => {
      while (due.length > 0 && idle.length > 0) {
        const dueMs = due.shift() ?? 0;
        const request = given.next();
        const connection = request ? idle.pop() : undefined;
        if (request && connection) {
          meter.send(connection, { request, dueMs, done: () => void idle.push(connection) });
        } else skipped += 1;
      }
    };
    const startMs = performance.now();
    const total = Math.floor((given.durationMs / 1_000) * given.perSecond);
    for (let planned = 0; planned < total;) {
      const nowMs = performance.now();
      const dueMs = (index: number): number => startMs + (index / given.perSecond) * 1_000;
      lagMaxMs = Math.max(lagMaxMs, nowMs - dueMs(planned));
      for (; planned < total && dueMs(planned) <= nowMs; planned += 1) due.push(dueMs(planned));
      pump();
      await systemClock.sleep(1);
    }
    while (idle.length < connections.length || due.length > 0) {
      pump();
      await systemClock.sleep(1);
    }
  });
  return { ...result, lagMaxMs, skipped };
}

interface Meter {
  readonly send: (
    connection: LoadConnection,
    given: { readonly request: LoadRequest; readonly dueMs: number; readonly done: () => void },
  ) => void;
}

async function withConnections(
  given: { readonly port: number; readonly connections: number },
  work: (connections: readonly LoadConnection[], meter: Meter) => Promise<void>,
): Promise<LoadResult> {
  const lost = Promise.withResolvers<never>();
  const connections = await openConnections(given.port, given.connections, lost.reject);
  const latenciesMs: number[] = [];
  let failures = 0;
  let firstFailure = '';
  const meter: Meter = {
    send(connection, { request, dueMs, done }) {
      connection.send(request.bytes, (reply) => {
        latenciesMs.push(performance.now() - dueMs);
        if (reply.status >= 300) {
          failures += 1;
          firstFailure ||= reply.bytes.toString('utf8', 0, 1_000);
        }
        request.settle(reply);
        done();
      });
    },
  };
  const cpu = process.cpuUsage();
  const startMs = performance.now();
  try {
    await Promise.race([work(connections, meter), lost.promise]);
  } finally {
    for (const connection of connections) connection.close();
  }
  const { user, system } = process.cpuUsage(cpu);
  return {
    count: latenciesMs.length,
    failures,
    firstFailure,
    tookMs: performance.now() - startMs,
    latenciesMs,
    cpuSeconds: (user + system) / 1_000_000,
  };
}

/** @throws Error with the first reply that was a failure. */
export function requireNoFailure(result: LoadResult): void {
  if (result.failures === 0) return;
  throw new Error(`${result.failures} of ${result.count} requests failed: ${result.firstFailure}`);
}
