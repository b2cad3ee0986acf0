import type { NewJobTask } from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import { notFound } from '../../platform/error.ts';
import type { JobDeps, JobDevice, PreparedTask } from './deps.ts';
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

/** An inventory needs nothing but its sections; what touches networks is for others to judge. */
async function tasksOf(
  deps: JobDeps,
  { context, task, devices }: Parameters<typeof prepareAll>[1],
): Promise<readonly PreparedTask[]> {
  if (task.kind !== 'inventory') return deps.prepare(context, { task, devices });
  const { sections } = task;
  return devices.map(() => ({
    kind: 'ready',
    task: { kind: 'inventory', arguments: { sections } },
  }));
}
