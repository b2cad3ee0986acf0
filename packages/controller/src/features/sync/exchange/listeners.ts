import type { ServerResponse } from 'node:http';
import type { SyncPush } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';

/** Controllers below that wait to hear of something new. */
export interface Listeners {
  readonly add: (tenantId: string, response: ServerResponse) => void;
  /** Tells those of a tenant how far this controller is. */
  readonly tell: (tenantId: string) => Promise<void>;
  /** Keeps the connections open until aborted, then ends them. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Controllers that wait at once; one more polls, which costs time alone. */
const LISTENERS_MAX = 5_000;
/** Proxies close what is silent for a minute. */
const KEEP_ALIVE_MS = 25_000;
/** Bytes that may wait for a slow reader before it is cut off. */
const BUFFERED_BYTES_MAX = 16_384;

export function createListeners(
  platform: Pick<Platform, 'clock'>,
  placeOf: (tenantId: string) => Promise<SyncPush>,
): Listeners {
  const waiting = new Map<ServerResponse, string>();
  const write = (response: ServerResponse, text: string): void => {
    if (response.writableLength > BUFFERED_BYTES_MAX) response.destroy();
    else response.write(text);
  };
  return {
    add(tenantId, response) {
      if (waiting.size >= LISTENERS_MAX) {
        response.writeHead(503, { 'content-length': '0', 'retry-after': '60' });
        response.end();
        return;
      }
      waiting.set(response, tenantId);
      response.on('close', () => waiting.delete(response));
      response.writeHead(200, {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store',
      });
      response.flushHeaders();
      void placeOf(tenantId).then(
        (place) => write(response, `${JSON.stringify(place)}\n`),
        () => response.destroy(),
      );
    },
    async tell(tenantId) {
      const listening = [...waiting].filter(([, tenant]) => tenant === tenantId);
      if (listening.length === 0) return;
      const line = `${JSON.stringify(await placeOf(tenantId))}\n`;
      for (const [response] of listening) write(response, line);
    },
    async start(signal) {
      while (!signal.aborted) {
        await platform.clock.sleep(KEEP_ALIVE_MS, signal).catch(() => undefined);
        for (const response of waiting.keys()) write(response, '\n');
      }
      for (const response of waiting.keys()) response.end();
    },
  };
}
