import type { SensedEvent } from '@wardgrid/agent/protect/parts';

/** Tells the events of one script and of all it started from those of the rest of the machine. */
export interface Family {
  readonly of: (events: readonly SensedEvent[]) => readonly SensedEvent[];
}

/** Logs of a stage are its own: nobody else writes to them. */
const OWN_BY_NATURE: ReadonlySet<string> = new Set(['authentication', 'service-log']);

/** Follows the process with this number and its descendants, also those that outlive their parent. */
export function createFamily(rootPid: number): Family {
  const pids = new Set<unknown>([rootPid]);
  return {
    of: (events) =>
      events.filter(({ sensor, fields }) => {
        if (OWN_BY_NATURE.has(sensor)) return true;
        const pid = fields['process.pid'];
        if (pids.has(fields['process.parent.pid'])) pids.add(pid);
        return pids.has(pid);
      }),
  };
}
