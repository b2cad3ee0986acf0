import { readdirSync } from 'node:fs';
import { statfs } from 'node:fs/promises';
import { boundedBytes, boundedInstant } from '../../inventory/index.ts';
import type { Vitals } from '../platform.ts';
import { readText, TABLE_BYTES_MAX } from './files.ts';

/** Processor time since boot, in clock ticks. */
export interface CpuTicks {
  readonly busy: number;
  readonly total: number;
}

/** Ticks below which a share is only noise (a tick is 10 ms); the previous share is kept. */
const TICKS_MIN = 10;

/** A reader of vitals that remembers processor time, so that each call tells the share since the last. */
export function createVitalsReader(rootPath: string): () => Promise<Vitals> {
  let before = parseCpuTicks(readProc(rootPath, 'stat'));
  let cpuPercent = percentBetween({ busy: 0, total: 0 }, before);

  return async () => {
    const stat = readProc(rootPath, 'stat');
    const ticks = parseCpuTicks(stat);
    if (ticks.total - before.total >= TICKS_MIN) {
      cpuPercent = percentBetween(before, ticks);
      before = ticks;
    }
    const disk = await diskOf(rootPath);
    return {
      bootedAt: parseBootedAt(stat),
      cpuPercent,
      ...parseMemory(readProc(rootPath, 'meminfo')),
      ...disk,
      loadAverage1m: parseLoadAverage(readProc(rootPath, 'loadavg')),
      processCount: countProcesses(`${rootPath}proc`),
    };
  };
}

function readProc(rootPath: string, name: string): string {
  return readText(`${rootPath}proc/${name}`, TABLE_BYTES_MAX) ?? '';
}

/** The processor time of `/proc/stat`. Guest time is part of user time (proc_stat(5)). */
export function parseCpuTicks(text: string): CpuTicks {
  const line = /^cpu +([\d ]{1,400})$/m.exec(text)?.[1] ?? '';
  const [user = 0, nice = 0, system = 0, idle = 0, wait = 0, irq = 0, softIrq = 0, stolen = 0] =
    line.trim().split(/ +/).map(Number);
  const busy = user + nice + system + irq + softIrq + stolen;
  return { busy, total: busy + idle + wait };
}

/** The busy share between two readings, 0 to 100 with one decimal. */
export function percentBetween(before: CpuTicks, after: CpuTicks): number {
  const total = after.total - before.total;
  const busy = after.busy - before.busy;
  if (!(total > 0)) return 0;
  return Math.round(Math.min(1, Math.max(0, busy / total)) * 1_000) / 10;
}

/** When the machine was started, epoch milliseconds; null when the table does not say. */
export function parseBootedAt(text: string): number | null {
  const seconds = /^btime (\d{1,12})$/m.exec(text)?.[1];
  return seconds === undefined ? null : boundedInstant(Number(seconds) * 1_000);
}

/** Memory of `/proc/meminfo`. Kernels before 3.14 do not tell what is available: free counts then. */
export function parseMemory(text: string): Pick<Vitals, 'memoryUsedBytes' | 'memoryTotalBytes'> {
  const totalBytes = kilobytesOf(text, 'MemTotal') ?? 0;
  const freeBytes = kilobytesOf(text, 'MemAvailable') ?? kilobytesOf(text, 'MemFree') ?? 0;
  return {
    memoryUsedBytes: Math.max(0, totalBytes - freeBytes),
    memoryTotalBytes: totalBytes,
  };
}

function kilobytesOf(text: string, name: string): number | undefined {
  const value = new RegExp(`^${name}: +(\\d{1,15}) kB$`, 'm').exec(text)?.[1];
  return value === undefined ? undefined : Number(value) * 1_024;
}

/** The load average of one minute; 0 when the table does not say. */
export function parseLoadAverage(text: string): number {
  const value = Number(/^\d{1,9}\.\d{1,6}/.exec(text)?.[0] ?? 0);
  return Number.isFinite(value) ? value : 0;
}

async function diskOf(path: string): Promise<Pick<Vitals, 'diskUsedBytes' | 'diskTotalBytes'>> {
  try {
    const { blocks, bfree, bsize } = await statfs(path);
    return {
      diskUsedBytes: boundedBytes((blocks - bfree) * bsize),
      diskTotalBytes: boundedBytes(blocks * bsize),
    };
  } catch {
    return { diskUsedBytes: null, diskTotalBytes: null };
  }
}

function countProcesses(path: string): number {
  try {
    return readdirSync(path).filter((name) => /^\d+$/.test(name)).length;
  } catch {
    return 0;
  }
}
