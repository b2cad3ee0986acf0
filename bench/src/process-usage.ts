import { readdirSync, readFileSync } from 'node:fs';

/** What a process used so far. */
export interface Usage {
  /** CPU of the process itself. */
  readonly ownSeconds: number;
  /** CPU of everything it started, living and ended. */
  readonly childrenSeconds: number;
  /** Resident memory of the process itself. */
  readonly rssBytes: number;
}

/** Ticks a second of `/proc/<pid>/stat` (proc(5)): 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;
/** Bytes of a page, the unit of `/proc/<pid>/statm` on x64 and most of arm64. */
const PAGE_BYTES = 4_096;

interface Stat {
  readonly pid: number;
  readonly parent: number;
  /** User and system time of the process, in ticks. */
  readonly own: number;
  /** The same of its children that ended and were waited for. */
  readonly ended: number;
}

/** What the process and everything below it used since they began. */
export function usageOf(pid: number): Usage {
  const all = readdirSync('/proc').flatMap((name) => statOf(name));
  const below = familyOf(pid, all).filter((one) => one.pid !== pid);
  const self = all.find((one) => one.pid === pid);
  const children = below.reduce((sum, one) => sum + one.own + one.ended, self?.ended ?? 0);
  return {
    ownSeconds: (self?.own ?? 0) / TICKS_PER_SECOND,
    childrenSeconds: children / TICKS_PER_SECOND,
    rssBytes: rssOf(pid),
  };
}

/** Every process at or below `pid`. */
export function processesBelow(pid: number): number[] {
  const all = readdirSync('/proc').flatMap((name) => statOf(name));
  return familyOf(pid, all).map((one) => one.pid);
}

/** CPU that children of this very process used, once they ended. */
export function endedChildrenSeconds(): number {
  return (statOf('self')[0]?.ended ?? 0) / TICKS_PER_SECOND;
}

function familyOf(pid: number, all: readonly Stat[]): Stat[] {
  const family = new Set([pid]);
  let size = 0;
  while (size !== family.size) {
    size = family.size;
    for (const one of all) if (family.has(one.parent)) family.add(one.pid);
  }
  return all.filter((one) => family.has(one.pid));
}

function statOf(name: string): Stat[] {
  if (!/^\d+$|^self$/.test(name)) return [];
  const text = readOrUndefined(`/proc/${name}/stat`);
  if (text === undefined) return [];
  // The command, in parentheses, may hold anything; numbers begin behind the last one.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
  const [parent = 0] = fields.slice(1);
  const [user = 0, system = 0, endedUser = 0, endedSystem = 0] = fields.slice(11);
  return [
    {
      pid: Number.parseInt(text, 10),
      parent,
      own: user + system,
      ended: endedUser + endedSystem,
    },
  ];
}

function rssOf(pid: number): number {
  const pages = Number(readOrUndefined(`/proc/${pid}/statm`)?.split(' ')[1] ?? 0);
  return pages * PAGE_BYTES;
}

function readOrUndefined(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
