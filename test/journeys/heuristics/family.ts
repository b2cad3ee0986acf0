import type { SensedEvent } from '@wardgrid/agent/protect/parts';

/** Tells the events of one script and of all it started from those of the rest of the machine. */
export interface Family {
  readonly of: (events: readonly SensedEvent[]) => readonly SensedEvent[];
}

/** Follows the process with this number and its descendants, also those that outlive their parent. */
export function createFamily(rootPid: number): Family {
  const pids = new Set<unknown>([rootPid]);
  return {
    of: (events) =>
      events.filter(({ fields }) => {
        const pid = fields['process.pid'];
        if (pids.has(fields['process.parent.pid'])) pids.add(pid);
        return pids.has(pid);
      }),
  };
}
