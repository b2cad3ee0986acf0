import { messageOf } from '@wardgrid/base';
import { instantOf, JobProgress } from '@wardgrid/wire';
import type { Platform } from '../../platform/services.ts';
import { jobStateRepository } from './orders/repository.ts';

/** How running jobs get on: told often, written seldom, lost without harm. */
export interface JobProgressNotes {
  readonly note: (
    deviceId: string,
    items: readonly { readonly jobId: string; readonly progress: JobProgress }[],
  ) => void;
}

/** Written and shown at most this often; what comes in between replaces what waits. */
const WRITE_INTERVAL_MS = 1_000;
/** Jobs whose progress may wait at once. */
const WAITING_MAX = 10_000;
/** Rows in one statement, and messages to consoles at one time. */
const BATCH_MAX = 500;

interface Note {
  readonly jobId: string;
  readonly deviceId: string;
  readonly progress: JobProgress;
}

export function createJobProgress(platform: Platform): JobProgressNotes {
  const waiting = new Map<string, Note>();
  let isScheduled = false;

  function schedule(): void {
    if (isScheduled || waiting.size === 0) return;
    isScheduled = true;
    platform.clock.after(WRITE_INTERVAL_MS, () => {
      void flush().finally(() => {
        isScheduled = false;
        schedule();
      });
    });
  }

  async function flush(): Promise<void> {
    const notes = [...waiting.values()].slice(0, BATCH_MAX);
    for (const note of notes) waiting.delete(note.jobId);
    try {
      await write(platform, notes);
    } catch (error) {
      platform.log.warn('job progress lost', { reason: messageOf(error) });
    }
  }

  return {
    note(deviceId, items) {
      for (const { jobId, progress } of items) {
        if (waiting.size >= WAITING_MAX && !waiting.has(jobId)) return;
        waiting.set(jobId, { jobId, deviceId, progress });
      }
      schedule();
    },
  };
}

async function write(platform: Platform, notes: readonly Note[]): Promise<void> {
  const at = instantOf(platform.clock.now());
  await platform.database.transact({ kind: 'ingest' }, async (tx) => {
    const changed = await jobStateRepository(tx).progress(
      notes.map(({ jobId, deviceId, progress }) => ({
        jobId,
        deviceId,
        text: JSON.stringify({ ...progress, phase: progress.phase.replaceAll(/[^\w -]/g, '?') }),
      })),
    );
    for (const { id, tenantId, scope, progress } of changed) {
      await tx.publish({
        topic: 'live',
        event: {
          at,
          tenantId,
          scope,
          noun: 'jobs',
          verb: 'progress',
          entityId: id,
          progress: JobProgress.parse(progress),
        },
      });
    }
  });
}
