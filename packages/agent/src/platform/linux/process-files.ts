import { createHash } from 'node:crypto';
import { readBytes, readLine, readText } from './files.ts';

/* What `/proc/PID` says of a process (proc_pid_stat(5)). A process may end between any two reads and
   its number be given to another: whoever keeps one compares start times. */

/** Clock ticks a second in what the kernel prints (USER_HZ), the same on every Linux architecture. */
export const TICKS_PER_SECOND = 100;
/** A command line that is read: `ARG_MAX` is 2 MiB, but events carry no more than this. */
const COMMAND_LINE_BYTES_MAX = 32_768;

/** The line of `/proc/PID/stat`, as far as we use it. */
export interface ProcessStat {
  readonly pid: number;
  /** The first 15 bytes of the program's name, or what the process says of itself. */
  readonly name: string;
  readonly state: string;
  readonly parentPid: number;
  /** Device number of the controlling terminal; 0 without one. */
  readonly terminal: number;
  /** Bit set; `PF_KTHREAD` tells threads of the kernel. */
  readonly flags: number;
  readonly cpuTicks: number;
  /** Clock ticks after boot. With the pid it names a process for as long as the machine runs. */
  readonly startTicks: number;
  readonly residentPages: number;
}

/** Parses the line; null when it is none. The name may hold anything, parentheses and spaces too. */
export function parseProcessStat(line: string): ProcessStat | null {
  const open = line.indexOf('(');
  const close = line.lastIndexOf(')');
  if (open < 1 || close < open) return null;
  const rest = line.slice(close + 2).split(' ');
  const numberAt = (place: number): number => Number(rest[place - 3] ?? Number.NaN);
  const stat = {
    pid: Number(line.slice(0, open)),
    name: line.slice(open + 1, close),
    state: rest[0] ?? '',
    parentPid: numberAt(4),
    terminal: numberAt(7),
    flags: numberAt(9),
    cpuTicks: numberAt(14) + numberAt(15),
    startTicks: numberAt(22),
    residentPages: numberAt(24),
  };
  return Number.isSafeInteger(stat.pid) && Number.isSafeInteger(stat.startTicks) ? stat : null;
}

/** `PF_KTHREAD` of include/linux/sched.h. */
const KERNEL_THREAD_FLAG = 0x20_0000;

/** Whether it is a thread of the kernel, which has no program. */
export function isKernelThread(stat: Pick<ProcessStat, 'flags'>): boolean {
  return (stat.flags & KERNEL_THREAD_FLAG) !== 0;
}

/** Reads the line of a process; null when it has ended. */
export function readProcessStat(processPath: string): ProcessStat | null {
  const text = readText(`${processPath}/stat`);
  return text === null ? null : parseProcessStat(text);
}

/**
 * The arguments of a process, or null when it has ended or is no program. A process may write over
 * them: they are what it says of itself, except at the moment of its start.
 */
export function readArguments(processPath: string): string[] | null {
  const bytes = readBytes(`${processPath}/cmdline`, COMMAND_LINE_BYTES_MAX);
  if (bytes === null || bytes.length === 0) return null;
  return argumentsOf(bytes);
}

/** The arguments in memory as the kernel lays them: each ends with a zero byte. */
export function argumentsOf(bytes: Buffer): string[] {
  const args = bytes.toString('utf8').split('\0');
  if (args.at(-1) === '') args.pop();
  return args;
}

/** The boot's own id; empty where the kernel does not tell. */
export function readBootId(rootPath: string): string {
  return readLine(`${rootPath}proc/sys/kernel/random/boot_id`) ?? '';
}

/** Hexadecimal digits of an entity id: 2⁸⁰ of them do not meet by chance on one device. */
const ENTITY_ID_LENGTH = 20;

/**
 * The name of a process for ever: a hash of the boot, its number and when it started. Every part of
 * the agent that names a process makes it here, so that events of different sensors meet.
 */
export function entityIdOf(bootId: string, pid: number, startTicks: number): string {
  return createHash('sha256')
    .update(`${bootId}:${pid}:${startTicks}`)
    .digest('hex')
    .slice(0, ENTITY_ID_LENGTH);
}
