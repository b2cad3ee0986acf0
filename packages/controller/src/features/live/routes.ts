import { LIVE_STREAM_PATH } from '@wardgrid/wire';
import type { Platform } from '../../platform/services.ts';
import type { LiveStreams } from './service.ts';
import { createStream } from './stream.ts';

/** What a browser waits before it comes back after a break, in milliseconds. */
const RETRY_MS = 1_000;

/** Server-sent events (WHATWG HTML 9.2). No route of the contract: its answer never ends. */
export function mountLiveStream(platform: Platform, streams: LiveStreams): void {
  const { app, requireActor } = platform.http;
  app.get(LIVE_STREAM_PATH, async (request, reply) => {
    const { actor } = await requireActor(request, 'signed-in');
    streams.requireRoom(actor.accountId);
    reply.hijack();
    const response = reply.raw;
    for (const [name, value] of Object.entries(reply.getHeaders())) {
      if (value !== undefined) response.setHeader(name, value);
    }
    response.writeHead(200, {
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      // Proxies such as nginx would keep events until they have a bufferful.
      'x-accel-buffering': 'no',
    });
    response.write(`retry: ${RETRY_MS}\n\n`);
    const stream = createStream(response, actor, platform.clock.now);
    const lastId = request.headers['last-event-id'];
    const remove = streams.add(
      {
        stream,
        refresh: async () => (await requireActor(request, 'signed-in')).actor,
      },
      typeof lastId === 'string' ? lastId : undefined,
    );
    response.on('close', remove);
    response.on('error', remove);
    return reply;
  });
}
