import { readText } from '../../platform/linux/files.ts';

/** Control groups remembered: a large container host has some thousand. */
const GROUPS_MAX = 2_048;
/** Longest path that is told; the kernel allows 4,096. */
const PATH_LENGTH_MAX = 1_024;

/** The place of a process among control groups, as `/proc/PID/cgroup` tells it (cgroups(7)). */
export interface CgroupPlace {
  readonly path: string;
  /** Whether it is of the unified hierarchy, whose ids the kernel tells with events. */
  readonly isUnified: boolean;
}

/** Parses the table: the unified path, or on older machines the longest of the others. */
export function parseCgroup(text: string): CgroupPlace | null {
  const rows = [...text.matchAll(/^(\d+):[^:\n]*:(\/.*)$/gm)].map(([, id, path = '/']) => ({
    isUnified: id === '0',
    path: path.slice(0, PATH_LENGTH_MAX),
  }));
  const unified = rows.find((row) => row.isUnified);
  const others = rows.filter((row) => !row.isUnified);
  const longest = others.toSorted((left, right) => right.path.length - left.path.length)[0];
  const isUsed = unified !== undefined && (unified.path !== '/' || longest === undefined);
  return (isUsed ? unified : longest) ?? null;
}

/** Reads the place of a process; null when it has ended. */
export function readCgroup(rootPath: string, pid: number): CgroupPlace | null {
  return parseCgroup(readText(`${rootPath}proc/${pid}/cgroup`) ?? '');
}

/** The id that container engines give: 64 hexadecimal digits somewhere in the path. */
export function containerIdOf(path: string): string | null {
  return /(?:^|[/:.-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/.exec(path)?.[1] ?? null;
}

/** Paths by the kernel's id, so that a process that is gone already has one too. */
export function createCgroupPaths(rootPath: string): {
  /** Processes of the group, best first: one that is gone already was in the group of its parent. */
  readonly pathOf: (id: bigint, pids: readonly number[]) => string | null;
} {
  const paths = new Map<bigint, string>();
  return {
    pathOf(id, pids) {
      const known = paths.get(id);
      if (known !== undefined) return known;
      const place = pids.map((pid) => readCgroup(rootPath, pid)).find((one) => one !== null);
      if (place?.isUnified === true) {
        if (paths.size >= GROUPS_MAX) paths.clear();
        paths.set(id, place.path);
      }
      return place?.path ?? null;
    },
  };
}
