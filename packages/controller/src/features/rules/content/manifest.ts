import { createHash } from 'node:crypto';
import type { ContentManifest } from '@wardgrid/wire';
import type { Transaction } from '../../../platform/database.ts';
import { contentReader, type ManifestPart } from './repository.ts';

/** The content of each tenant; null while there is none. */
export async function manifestsOf(
  tx: Transaction,
  tenantIds: readonly string[],
): Promise<ReadonlyMap<string, ContentManifest | null>> {
  const content = contentReader(tx);
  const parts = await content.parts(tenantIds);
  const serials = await content.tenantSerials(tenantIds);
  const product = parts.filter(({ tenantId }) => tenantId === null);
  return new Map(
    tenantIds.map((tenantId) => {
      const own = parts.filter((part) => part.tenantId === tenantId);
      return [tenantId, manifestOf([...product, ...own], serials.get(tenantId) ?? 0)];
    }),
  );
}

function manifestOf(parts: readonly ManifestPart[], serial: number): ContentManifest | null {
  if (parts.length === 0) return null;
  const digests = parts.map(({ digest }) => digest).join('\n');
  return {
    digest: createHash('sha256').update(digests).digest('hex'),
    serial: Math.max(serial, ...parts.map((part) => part.serial)),
    parts: parts.map(({ kind, origin, digest, sizeBytes }) => ({
      kind,
      origin,
      digest,
      sizeBytes,
    })),
  };
}
