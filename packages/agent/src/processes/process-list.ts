import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import type { InodeId } from '../platform/linux/inode.ts';

/** `PF_KTHREAD` of linux/sched.h: the process is the kernel's own. */
const KERNEL_THREAD = 0x0020_0000;
/** Clock ticks a second in what `/proc` tells, whatever the kernel's own (`sysconf(_SC_CLK_TCK)`). */
const TICKS_PER_SECOND = 100;

/** A process as `/proc/PID/stat` tells it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parentPid: number;
  /** In clock ticks since boot: with the pid, it names one process for ever. */
  readonly startTicks: number;
  /** `Z` and `X` are dead. */
  readonly state: string;
  readonly isKernelThread: boolean;
}

/** The process with a pid now; undefined when there is none. */
export function readProcess(pid: number): ProcessEntry | undefined {
  try {
    return parseStat(readFileSync(`/proc/${pid}/stat`, 'latin1'));
  } catch {
    return undefined;
  }
}

/** All processes of this moment. One that ends meanwhile is left out. */
export function readProcesses(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? []);
}

/** The name is in parentheses and may hold parentheses itself: fields are counted from the last. */
export function parseStat(text: string): ProcessEntry | undefined {
  const end = text.lastIndexOf(')');
  const pid = Number.parseInt(text, 10);
  const fields = text.slice(end + 2).split(' ');
  const [state = '', parentPid] = fields;
  const startTicks = Number(fields[19]);
  if (end < 0 || !Number.isInteger(pid) || !Number.isInteger(startTicks)) return undefined;
  return {
    pid,
    parentPid: Number(parentPid),
    startTicks,
    state,
    isKernelThread: (Number(fields[6]) & KERNEL_THREAD) !== 0,
  };
}

/** When a process started, in epoch milliseconds, to a second. */
export function startedAtOf({ startTicks }: ProcessEntry): number {
  const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync('/proc/stat', 'latin1'))?.[1]);
  return bootSeconds * 1_000 + Math.round((startTicks / TICKS_PER_SECOND) * 1_000);
}

/** What a process runs, for people; empty when it cannot be told. */
export function executableOf(pid: number): string {
  try {
    return readlinkSync(`/proc/${pid}/exe`);
  } catch {
    return '';
  }
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
