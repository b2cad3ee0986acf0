import type { Quarantine } from '../../quarantine/index.ts';
import type { JobHandler } from '../job.ts';

/** Deletes a sealed file for good. */
export function createPurgeHandler(quarantine: Pick<Quarantine, 'purge'>): JobHandler<'purge'> {
  return async ({ arguments: { entryId } }) => {
    const { sizeBytes } = await quarantine.purge(entryId);
    return { summary: { files: 1, sizeBytes }, coverage: null };
  };
}
