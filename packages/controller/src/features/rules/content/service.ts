import { CONTENT_CHUNK_BYTES, type ContentChunk } from '@wardgrid/wire';
import { notFound } from '../../../platform/error.ts';
import type { Platform } from '../../../platform/services.ts';
import { contentReader } from './repository.ts';

/** Hands out content: of each device only what its own settings may name. */
export function createContent({ database }: Pick<Platform, 'database'>) {
  return async function stretch(
    deviceId: string,
    digest: string,
    offset: number,
  ): Promise<ContentChunk> {
    const found = await database.transact({ kind: 'ingest' }, (tx) =>
      contentReader(tx).stretch({ deviceId, digest, offset, length: CONTENT_CHUNK_BYTES }),
    );
    if (!found) throw notFound('content');
    return {
      digest,
      sizeBytes: found.sizeBytes,
      offset,
      data: found.data.toString('base64'),
    };
  };
}
