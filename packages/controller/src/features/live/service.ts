import type { Actor } from '../../platform/authorize.ts';
import { ControllerError } from '../../platform/error.ts';
import type { Platform } from '../../platform/services.ts';
import { createRing } from './ring.ts';
import type { Stream } from './stream.ts';

/** A stream with the way to ask again who reads it. */
export interface LiveReader {
  readonly stream: Stream;
  /** Who the reader is now; rejects when their session has ended. */
  readonly refresh: () => Promise<Actor>;
}

/** All streams of this controller. */
export interface LiveStreams {
  /** @throws ControllerError `limit-reached` when the account has too many. */
  readonly requireRoom: (accountId: string) => void;
  /** Adds a stream, first sending what it missed since `lastId`. Returns how to remove it. */
  readonly add: (reader: LiveReader, lastId: string | undefined) => () => void;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Events kept for streams that broke: minutes of a busy grid. */
const RING_SIZE = 10_000;
/** One browser holds one stream; six are several browsers and a script. */
const STREAMS_PER_ACCOUNT_MAX = 6;
/** Proxies cut what is silent for half a minute. */
const BEAT_MS = 15_000;
/** Every second beat it is asked anew what readers may see. */
const BEATS_PER_REFRESH = 2;
/** What a change of an account does to caches is given a moment to take place. */
const REFRESH_DELAY_MS = 100;

export function createLiveStreams(platform: Platform): LiveStreams {
  const { bus, clock } = platform;
  const ring = createRing(RING_SIZE, clock.now().toString(36));
  const readers = new Set<LiveReader>();

  function refreshWhere(isConcerned: (stream: Stream) => boolean): void {
    clock.after(REFRESH_DELAY_MS, () => {
      for (const reader of readers) {
        if (isConcerned(reader.stream)) void refresh(readers, reader);
      }
    });
  }

  bus.on('live', ({ event }) => {
    const rung = ring.push(event);
    for (const { stream } of readers) stream.send(rung);
  });
  bus.on('account.changed', ({ accountId }) =>
    refreshWhere((stream) => stream.accountId === accountId),
  );
  bus.on('tenant.changed', ({ tenantId }) =>
    refreshWhere((stream) => stream.tenantId === null || stream.tenantId === tenantId),
  );
  bus.onReset(() => {
    ring.clear();
    for (const { stream } of readers) stream.reset();
  });

  return {
    requireRoom(accountId) {
      const own = [...readers].filter(({ stream }) => stream.accountId === accountId);
      if (own.length < STREAMS_PER_ACCOUNT_MAX) return;
      throw new ControllerError(
        'limit-reached',
        `at most ${STREAMS_PER_ACCOUNT_MAX} streams at once`,
      );
    },
    add(reader, lastId) {
      const missed = lastId === undefined ? [] : ring.after(lastId);
      if (missed === undefined) reader.stream.reset();
      for (const event of missed ?? []) reader.stream.send(event);
      readers.add(reader);
      return () => void readers.delete(reader);
    },
    async start(signal) {
      for (let turn = 1; !signal.aborted; turn += 1) {
        await clock.sleep(BEAT_MS, signal).catch(() => undefined);
        for (const { stream } of readers) stream.beat();
        if (turn % BEATS_PER_REFRESH !== 0) continue;
        await Promise.all([...readers].map((reader) => refresh(readers, reader)));
      }
      for (const { stream } of readers) stream.end();
      readers.clear();
    },
  };
}

/**
 * Asks anew who reads. A stream whose reader cannot be named any more ends: the session is over, or
 * nobody can say at the moment; its reader comes back with the last id.
 */
async function refresh(readers: Set<LiveReader>, reader: LiveReader): Promise<void> {
  try {
    reader.stream.setActor(await reader.refresh());
  } catch {
    if (readers.delete(reader)) reader.stream.end();
  }
}
