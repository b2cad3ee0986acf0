import type { Quarantine } from '../../quarantine/index.ts';
import type { JobHandler } from '../job.ts';

const DAY_MS = 86_400_000;

/** Puts a sealed file back where it was, and lets it be there for the days that the order says. */
export function createRestoreHandler(
  quarantine: Pick<Quarantine, 'restore'>,
): JobHandler<'restore'> {
  return async ({ arguments: { entryId, exceptionDays } }, { clock }) => {
    const exceptUntil = exceptionDays === null ? null : clock.now() + exceptionDays * DAY_MS;
    const { sizeBytes } = await quarantine.restore(entryId, exceptUntil);
    return { summary: { files: 1, sizeBytes }, coverage: null };
  };
}
