import type { KillOutcome } from '../../processes/index.ts';
import { JobError, type JobHandler } from '../job.ts';

/** Ends the tree of a process that is still the one with this entity id. */
export type KillEntity = (pid: number, entityId: string) => Promise<KillOutcome>;

/** Ends the process that the order names, with what it started. */
export function createKillHandler(killEntity: KillEntity): JobHandler<'kill'> {
  return async ({ arguments: { pid, entityId } }) => {
    const outcome = await killEntity(pid, entityId);
    switch (outcome.kind) {
      case 'killed':
        return {
          summary: { processes: outcome.pids.length, survivors: outcome.survivors },
          coverage: null,
        };
      case 'gone':
        throw new JobError('process-gone', `the process ${pid} that was meant has ended`);
      case 'protected':
        throw new JobError('process-protected', `${pid} is left alone: ${outcome.reason}`);
      case 'failed':
        throw new JobError('kill-failed', `${pid} could not be ended: ${outcome.reason}`);
    }
  };
}
