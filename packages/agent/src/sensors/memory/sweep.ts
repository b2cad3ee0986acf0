import type { Clock } from '@wardgrid/base';
import { readNames, readText } from '../../platform/linux/files.ts';
import { createThrottle } from '../../platform/linux/source.ts';
import { runtimeOf, suspiciousRegions, type Region } from './regions.ts';

/** Processes looked at in a sweep. */
const PROCESSES_MAX = 33_000;
/** A table of regions: the kernel allows 65,530 of them, and browsers have some 5,000. */
const MAPS_BYTES_MAX = 8 * 1024 * 1024;
/** Kinds and mappings remembered of one process. */
const TOLD_MAX = 256;

/** Regions of a process that were not told before. */
export interface FreshRegions {
  readonly pid: number;
  readonly runtime: string | null;
  readonly regions: readonly Region[];
}

/** Looks at the memory maps of processes and remembers what it told. */
export interface MapSweep {
  /** What is new of one process; null when there is nothing or the process is gone. */
  readonly lookAt: (pid: number) => FreshRegions | null;
  /** Looks at all, a little at a time, and forgets those that are gone. */
  readonly lookAtAll: (
    onFresh: (fresh: FreshRegions) => void,
    signal: AbortSignal,
  ) => Promise<void>;
}

/** A sweep that has told nothing yet. `nameOf` names a process for ever; null when it is gone. */
export function createMapSweep(options: {
  readonly rootPath: string;
  readonly clock: Clock;
  readonly nameOf: (pid: number) => string | null;
}): MapSweep {
  const { rootPath, clock, nameOf } = options;
  let told = new Map<string, Set<string>>();

  function lookAt(pid: number): FreshRegions | null {
    const name = nameOf(pid);
    const maps = readText(`${rootPath}proc/${pid}/maps`, MAPS_BYTES_MAX);
    if (name === null || maps === null) return null;
    const keys = told.get(name) ?? new Set<string>();
    told.set(name, keys);
    const fresh = suspiciousRegions(maps).filter((region) => {
      const key = `${region.kind} ${region.mapping}`;
      if (keys.has(key) || keys.size >= TOLD_MAX) return false;
      keys.add(key);
      return true;
    });
    return fresh.length === 0 ? null : { pid, runtime: runtimeOf(maps), regions: fresh };
  }

  return {
    lookAt,
    async lookAtAll(onFresh, signal) {
      const throttle = createThrottle(clock, signal);
      const alive = new Map<string, Set<string>>();
      for (const text of readNames(`${rootPath}proc`, PROCESSES_MAX)) {
        if (!/^\d{1,10}$/.test(text)) continue;
        const fresh = lookAt(Number(text));
        if (fresh !== null) onFresh(fresh);
        const name = nameOf(Number(text));
        const keys = name === null ? undefined : told.get(name);
        if (name !== null && keys !== undefined) alive.set(name, keys);
        await throttle();
      }
      told = alive;
    },
  };
}
