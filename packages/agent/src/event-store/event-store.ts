import { Worker } from 'node:worker_threads';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { DeviceEvent } from '@wardgrid/wire';
import type { EventQuery, EventStoreLimits, EventStoreState } from './event-table.ts';

/** What the thread is started with. */
export interface StoreOrder {
  readonly file: string;
}

/** What the thread is asked. */
export type StoreRequest = { readonly id: number } & (
  | {
      readonly kind: 'add';
      readonly events: readonly DeviceEvent[];
      readonly nowMs: number;
      readonly limits: EventStoreLimits;
    }
  | { readonly kind: 'find'; readonly query: EventQuery }
  | { readonly kind: 'close' }
);

/** What it answers. */
export interface StoreAnswer {
  readonly id: number;
  readonly kept: number;
  readonly state: Omit<EventStoreState, 'dropped'>;
  readonly events: readonly DeviceEvent[];
}

/** What the store needs. */
export interface EventStoreOptions {
  readonly file: string;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: () => EventStoreLimits;
}

/** What happened on this device, for whoever asks later. */
export interface EventStore {
  /** Takes events; returns at once, throws nothing, counts what it cannot keep. */
  readonly add: (events: readonly DeviceEvent[]) => void;
  /** Newest first; none when the store has failed. */
  readonly find: (query: EventQuery) => Promise<readonly DeviceEvent[]>;
  readonly state: () => EventStoreState;
  /** Keeps what waits and ends the thread. */
  readonly close: () => Promise<void>;
}

/** Events that go into one transaction at most; with the beat below, a transaction a second. */
const BATCH_EVENTS = 1_000;
const BEAT_MS = 1_000;
/** Events that wait here and in the thread: some ten seconds of the worst flood, 40 MB. */
const WAITING_EVENTS_MAX = 20_000;
/** What the thread may take: it keeps nothing but the batch in hand. */
const THREAD_MEMORY_MB = 64;

/** The event store in a file, written by a thread of its own. */
export function createEventStore(options: EventStoreOptions): EventStore {
  const { clock, log } = options;
  const thread = startThread(options.file, (error) => {
    log.error('the event store failed', { reason: messageOf(error) });
  });
  let waiting: DeviceEvent[] = [];
  let underWay = 0;
  let dropped = 0;
  let state: StoreAnswer['state'] = { events: 0, sizeBytes: 0 };
  let cancelBeat: (() => void) | undefined;

  function flush(): void {
    cancelBeat?.();
    cancelBeat = undefined;
    const events = waiting;
    waiting = [];
    if (events.length === 0) return;
    underWay += events.length;
    void keep(events);
  }

  async function keep(events: readonly DeviceEvent[]): Promise<void> {
    const request = { kind: 'add' as const, events, nowMs: clock.now(), limits: options.limits() };
    const answer = await thread.ask(request);
    underWay -= events.length;
    dropped += events.length - (answer?.kept ?? 0);
    if (answer) ({ state } = answer);
  }

  return {
    add(events) {
      const room = WAITING_EVENTS_MAX - underWay - waiting.length;
      dropped += Math.max(0, events.length - room);
      waiting.push(...events.slice(0, Math.max(0, room)));
      if (waiting.length >= BATCH_EVENTS) flush();
      else cancelBeat ??= clock.after(BEAT_MS, flush);
    },
    async find(query) {
      flush();
      return (await thread.ask({ kind: 'find', query }))?.events ?? [];
    },
    state: () => ({ ...state, dropped }),
    async close() {
      flush();
      await thread.ask({ kind: 'close' });
      await thread.ended;
    },
  };
}

type Request = StoreRequest extends infer One
  ? One extends unknown
    ? Omit<One, 'id'>
    : never
  : never;

/** The thread, as a function that gives undefined once it has failed. */
function startThread(file: string, onFailure: (error: unknown) => void) {
  const order: StoreOrder = { file };
  const worker = new Worker(new URL('./worker.ts', import.meta.url), {
    workerData: order,
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MB },
  });
  const open = new Map<number, (answer: StoreAnswer | undefined) => void>();
  let lastId = 0;
  let isOver = false;
  worker.on('message', (answer: StoreAnswer) => {
    open.get(answer.id)?.(answer);
    open.delete(answer.id);
  });
  worker.on('error', onFailure);
  const ended = new Promise<void>((resolve) => {
    worker.on('exit', () => {
      isOver = true;
      for (const settle of open.values()) settle(undefined);
      open.clear();
      resolve();
    });
  });
  return {
    ended,
    ask(request: Request): Promise<StoreAnswer | undefined> {
      if (isOver) return Promise.resolve(undefined);
      const id = (lastId += 1);
      return new Promise((resolve) => {
        open.set(id, resolve);
        worker.postMessage({ ...request, id }, []);
      });
    },
  };
}
