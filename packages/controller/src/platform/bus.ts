import pg from 'pg';
import type { Clock, Log } from '@wardgrid/base';
import { messageOf } from '@wardgrid/base';
import { BusEvent, type Topic } from '../topics.ts';
import { BUS_CHANNEL } from './database.ts';

type Handler<T extends Topic> = (event: Extract<BusEvent, { topic: T }>) => void;

/** Facts after commits, from this controller and every other on the same database. */
export interface Bus {
  readonly on: <T extends Topic>(topic: T, handler: Handler<T>) => void;
  /** Called whenever messages may have been missed: whoever caches must forget. */
  readonly onReset: (handler: () => void) => void;
  readonly close: () => Promise<void>;
}

const RECONNECT_MS = 1_000;

/** Listens on its own connection, and reconnects for as long as it is open. */
export function openBus(options: {
  readonly connection: pg.ClientConfig;
  readonly clock: Clock;
  readonly log: Log;
}): Bus {
  const handlers = new Map<Topic, ((event: BusEvent) => void)[]>();
  const resets: (() => void)[] = [];
  const closing = new AbortController();
  const running = listenAlways();

  async function listenAlways(): Promise<void> {
    while (!closing.signal.aborted) {
      try {
        await listenOnce();
      } catch (error) {
        options.log.warn('bus connection lost', { reason: messageOf(error) });
      }
      for (const reset of resets) reset();
      await options.clock.sleep(RECONNECT_MS, closing.signal).catch(() => undefined);
    }
  }

  async function listenOnce(): Promise<void> {
    const client = new pg.Client(options.connection);
    const ended = new Promise<void>((resolve) => {
      client.on('error', () => resolve());
      client.on('end', () => resolve());
      closing.signal.addEventListener('abort', () => resolve(), { once: true });
    });
    client.on('notification', (message) => deliver(message.payload ?? ''));
    try {
      await client.connect();
      await client.query(`listen ${BUS_CHANNEL}`);
      for (const reset of resets) reset();
      await ended;
    } finally {
      await client.end().catch(() => undefined);
    }
  }

  /** A message of a newer controller may not fit; it is left alone. */
  function deliver(payload: string): void {
    const parsed = BusEvent.safeParse(jsonOf(payload));
    if (!parsed.success) {
      options.log.warn('bus message does not fit');
      return;
    }
    for (const handler of handlers.get(parsed.data.topic) ?? []) handler(parsed.data);
  }

  return {
    on(topic, handler) {
      const list = handlers.get(topic) ?? [];
      list.push(handler as (event: BusEvent) => void);
      handlers.set(topic, list);
    },
    onReset: (handler) => void resets.push(handler),
    async close() {
      closing.abort();
      await running;
    },
  };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
