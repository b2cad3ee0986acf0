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
  return readPids().flatMap((pid) => readProcess(pid) ?? []);
}

/** All processes that run this very file, which somebody holds open meanwhile. */
export function readRunning(file: Pick<InodeId, 'device' | 'inode'>): ProcessStat[] {
  return readPids().flatMap((pid) => (isRunning(pid, file) ? (readProcess(pid) ?? []) : []));
}

function readPids(): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The name of a process for ever, as its events have it. */
export function nameOf({ pid, startTicks }: ProcessStat): string {
  return entityIdOf(readBootId('/'), pid, startTicks);
}

/** Whether a process runs this very file. */
export function isRunning(pid: number, file: Pick<InodeId, 'device' | 'inode'>): boolean {
  try {
    const status = statSync(`/proc/${pid}/exe`, { bigint: true, throwIfNoEntry: false });
    return status?.dev === file.device && status.ino === file.inode;
  } catch {
    return false;
  }
}
