import { ContentStretch, SYNC_CONTENT_PATH } from '@wardgrid/wire';
import type { Platform } from '../../../platform/services.ts';
import type { FetchContent } from '../content.ts';
import { jsonBody, UpstreamError, type Talk, type UpstreamPeer } from './talk.ts';

/** A stretch of the tenant's content from the controller above; null when it has none or is away. */
export async function fetchStretch(
  from: {
    readonly platform: Pick<Platform, 'log'>;
    readonly talk: Talk;
    readonly upstream: UpstreamPeer | undefined;
  },
  asked: { readonly digest: string; readonly offset: number },
): Promise<Awaited<ReturnType<FetchContent>>> {
  if (!from.upstream) return null;
  const request = { path: SYNC_CONTENT_PATH, body: jsonBody(asked), type: 'application/json' };
  try {
    const reply = await from.talk.ask(from.upstream, request, new AbortController().signal);
    const { sizeBytes, data } = ContentStretch.parse(JSON.parse(reply.toString('utf8')));
    return { sizeBytes, data: Buffer.from(data, 'base64') };
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error;
    // Whoever is above may wait for it, too.
    from.platform.log.debug('content waits', { digest: asked.digest, reason: error.code });
    return null;
  }
}
