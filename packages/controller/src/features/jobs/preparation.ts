import type { JobTask, MalwareScanArguments, NewJobTask } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import type { JobDeps, JobDevice, NetworkTask, PreparedTask } from './deps.ts';
import type { Assignment, Refused } from './enqueue.ts';

/** What each device is to do, or why it may not. */
export interface Preparation {
  readonly ready: readonly Assignment[];
  readonly refused: readonly Refused[];
}

/** Prepares one task for many devices. @throws ControllerError when the request itself does not fit. */
export async function prepareAll(
  deps: JobDeps,
  given: {
    readonly context: Context;
    readonly task: NewJobTask;
    readonly devices: readonly JobDevice[];
  },
): Promise<Preparation> {
  const prepared = await tasksOf(deps, given);
  const ready: Assignment[] = [];
  const refused: Refused[] = [];
  for (const [index, device] of given.devices.entries()) {
    const one = prepared[index];
    if (one?.kind === 'ready') ready.push({ device, task: one.task });
    else refused.push({ deviceId: device.id, error: one?.error ?? notFound('device') });
  }
  return { ready, refused };
}

/** What touches networks is for others to judge; everything else every device gets as it is. */
async function tasksOf(
  deps: JobDeps,
  { context, task, devices }: Parameters<typeof prepareAll>[1],
): Promise<readonly PreparedTask[]> {
  if (task.kind === 'discovery' || task.kind === 'port-scan') {
    return deps.prepare(context, { task, devices });
  }
  const ready = { kind: 'ready', task: plainTaskOf(task) } as const;
  return devices.map(() => ready);
}

function plainTaskOf(task: Exclude<NewJobTask, NetworkTask>): JobTask {
  switch (task.kind) {
    case 'inventory':
      return { kind: task.kind, arguments: { sections: task.sections } };
    case 'malware-scan':
      return { kind: task.kind, arguments: scanOf(task) };
    case 'quarantine':
      return { kind: task.kind, arguments: { path: task.path, sha256: task.sha256 } };
    case 'restore':
      return {
        kind: task.kind,
        arguments: { entryId: task.entryId, exceptionDays: task.exceptionDays },
      };
    case 'purge':
      return { kind: task.kind, arguments: { entryId: task.entryId } };
    case 'kill':
      return { kind: task.kind, arguments: { pid: task.pid, entityId: task.entityId } };
  }
}

/** @throws ControllerError `scan-paths-invalid`: paths belong to a scan of paths, and to it alone. */
function scanOf({
  scope,
  paths,
  cpuPercentMax,
}: Extract<NewJobTask, { kind: 'malware-scan' }>): MalwareScanArguments {
  const isFit = scope === 'path' ? paths.length > 0 : paths.length === 0;
  if (isFit) return { scope, paths: [...new Set(paths)], cpuPercentMax };
  const detail = scope === 'path' ? 'name at least one path' : `a ${scope} scan takes no paths`;
  throw new ControllerError('scan-paths-invalid', detail);
}
