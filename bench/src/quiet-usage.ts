import { readdirSync, readFileSync } from 'node:fs';
import { processesBelow, usageOf } from './process-usage.ts';

/** What a program that should be quiet uses: itself and everything it started. */
export interface QuietUsage {
  readonly rssBytes: number;
  /** Memory that nobody else has: what would be free without it. */
  readonly privateBytes: number;
  readonly cpuSeconds: number;
  /** How often a thread of it was put on a processor because something happened. */
  readonly wakeUps: number;
}

/** What the process and everything below it uses now. */
export function quietUsageOf(pid: number): QuietUsage {
  const all = processesBelow(pid).map((one) => readOne(one));
  const { ownSeconds, childrenSeconds } = usageOf(pid);
  return {
    rssBytes: sum(all.map((one) => one.rssBytes)),
    privateBytes: sum(all.map((one) => one.privateBytes)),
    cpuSeconds: ownSeconds + childrenSeconds,
    wakeUps: sum(all.map((one) => one.wakeUps)),
  };
}

/** Programs started on the whole machine since it booted: what sensors had to look at. */
export function startsOfMachine(): number {
  return Number(/^processes (\d+)$/m.exec(readFileSync('/proc/stat', 'utf8'))?.[1] ?? 0);
}

function readOne(pid: number): Omit<QuietUsage, 'cpuSeconds'> {
  const memory = textOf(`/proc/${pid}/smaps_rollup`);
  const kilobytes = (name: string): number =>
    Number(new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(memory)?.[1] ?? 0) * 1_024;
  return {
    rssBytes: kilobytes('Rss'),
    privateBytes: kilobytes('Private_Clean') + kilobytes('Private_Dirty'),
    wakeUps: sum(threadsOf(pid).map((thread) => wakeUpsOf(pid, thread))),
  };
}

function threadsOf(pid: number): string[] {
  try {
    return readdirSync(`/proc/${pid}/task`);
  } catch {
    return [];
  }
}

function wakeUpsOf(pid: number, thread: string): number {
  const status = textOf(`/proc/${pid}/task/${thread}/status`);
  return Number(/^voluntary_ctxt_switches:\t(\d+)$/m.exec(status)?.[1] ?? 0);
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
