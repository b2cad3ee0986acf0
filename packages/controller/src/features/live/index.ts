/**
 * The live stream to consoles: what happened to which thing, to everybody who may see it. It owns no
 * table; it hears the bus and must not know any noun beyond its permission to be read.
 */
import type { Platform } from '../../platform/services.ts';
import { mountLiveStream } from './routes.ts';
import { createLiveStreams } from './service.ts';

/** The stream as the program starts it. */
export interface LiveFeature {
  /** Keeps streams alive until aborted, then ends them. */
  readonly start: (signal: AbortSignal) => Promise<void>;
}

export function createLiveFeature(platform: Platform): LiveFeature {
  const streams = createLiveStreams(platform);
  mountLiveStream(platform, streams);
  return { start: streams.start };
}
