import { readdirSync, statSync } from 'node:fs';
import type { InodeId } from '../platform/linux/inode.ts';
import {
  entityIdOf,
  readBootId,
  readProcessStat,
  type ProcessStat,
} from '../platform/linux/process-files.ts';

/** The process with a pid now; null when there is none. */
export function readProcess(pid: number): ProcessStat | null {
  return readProcessStat(`/proc/${pid}`);
}

/** All processes of this moment. One that ends meanwhile is left out. */
export function readProcesses(): ProcessStat[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** The name of a process for ever, as its events have it. */
export function nameOf({ pid, startTicks }: ProcessStat): string {
  return entityIdOf(readBootId('/'), pid, startTicks);
}

/** Whether a process runs this very file, which somebody holds open meanwhile. */
export function isRunning(pid: number, file: Pick<InodeId, 'device' | 'inode'>): boolean {
  try {
    const { dev, ino } = statSync(`/proc/${pid}/exe`, { bigint: true });
    return dev === file.device && ino === file.inode;
  } catch {
    return false;
  }
}
