import { closeSync } from 'node:fs';
import type { Clock } from '@wardgrid/base';
import { systemCalls } from '../platform/linux/system-calls.ts';
import type { InodeId } from '../platform/linux/inode.ts';
import { isKernelThread, type ProcessStat } from '../platform/linux/process-files.ts';
import { isRunning, nameOf, readProcess, readProcesses, readRunning } from './process-list.ts';

const SIGKILL = 9;
const SIGSTOP = 19;
/** Most processes of one tree: more is a fork bomb, which another round will meet again. */
const TREE_PROCESSES_MAX = 4_096;
/** Looks for new children: a tree that is stopped as it is found has none after two or three. */
const ROUNDS_MAX = 8;
/** How long the killed may take to be gone; one that waits for a dead disk takes for ever. */
const END_MS_MAX = 2_000;
const LOOK_MS = 5;
/** Which process is meant. A pid alone may be another process by now. */
export interface ProcessTarget {
  readonly pid: number;
  /** As its events name it. */
  readonly entityId: string;
}

/** How killing went. */
export type KillOutcome =
  | { readonly kind: 'killed'; readonly pids: readonly number[]; readonly survivors: number }
  /** It ended by itself, or the pid is another process's now. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'protected'; readonly reason: string }
  | { readonly kind: 'failed'; readonly reason: string };

/** Ends processes, never by a pid alone. */
export interface ProcessKiller {
  /** Ends a process and everything it started that still lives, the youngest first. */
  readonly killTree: (target: ProcessTarget) => Promise<KillOutcome>;
  /** Ends every process that runs this very file, which the caller holds open. */
  readonly killRunning: (file: Pick<InodeId, 'device' | 'inode'>) => Promise<KillOutcome>;
}

/** A process held by a descriptor, which never comes to mean another. */
interface Held {
  readonly entry: ProcessStat;
  readonly fd: number;
}

/** A killer that spares the agent, `spared` (its guardian), what they came from, and the system. */
export function createProcessKiller(
  clock: Clock,
  spared: () => readonly number[] = () => [],
): ProcessKiller {
  const guards = (): ReadonlySet<number> => lineOf([process.pid, ...spared()]);
  return {
    async killTree(target) {
      const root = readProcess(target.pid);
      if (!root || nameOf(root) !== target.entityId) return { kind: 'gone' };
      const reason = protectionOf(root, guards());
      if (reason !== undefined) return { kind: 'protected', reason };
      return killHeld(clock, holdTree(root, guards()));
    },
    async killRunning(file) {
      const spare = guards();
      const held = readRunning(file).flatMap((entry) =>
        protectionOf(entry, spare) === undefined ? (hold(entry) ?? []) : [],
      );
      const isStill = ({ entry }: Held): boolean => isRunning(entry.pid, file);
      for (const other of held.filter((one) => !isStill(one))) closeSync(other.fd);
      const meant = held.filter(isStill);
      if (meant.length === 0) return { kind: 'gone' };
      return killHeld(clock, meant);
    },
  };
}

/** Why a process is left alone; undefined when it may be ended. */
function protectionOf(entry: ProcessStat, guards: ReadonlySet<number>): string | undefined {
  if (entry.pid === 1) return 'it is the first process of the system';
  if (isKernelThread(entry)) return 'it is a thread of the kernel';
  if (guards.has(entry.pid)) return 'the agent itself depends on it';
  return undefined;
}

/** The processes and all they descend from: whoever kills those takes the agent with them. */
function lineOf(pids: readonly number[]): ReadonlySet<number> {
  const line = new Set<number>();
  for (const start of pids) {
    for (let pid = start; pid > 0 && !line.has(pid);) {
      line.add(pid);
      pid = readProcess(pid)?.parentPid ?? 0;
    }
  }
  return line;
}

/** Takes hold of a process; undefined when it ended or its pid went to another meanwhile. */
function hold(entry: ProcessStat): Held | undefined {
  const fd = systemCalls().pidfdOpen(entry.pid);
  if (fd < 0) return undefined;
  if (readProcess(entry.pid)?.startTicks === entry.startTicks) return { entry, fd };
  closeSync(fd);
  return undefined;
}

/** Stops a tree from the root down, so that it cannot grow away, until nothing new is found. */
function holdTree(root: ProcessStat, guards: ReadonlySet<number>): readonly Held[] {
  const held = new Map<number, Held>();
  const take = (entry: ProcessStat): void => {
    const one = hold(entry);
    if (!one) return;
    systemCalls().pidfdSendSignal(one.fd, SIGSTOP);
    held.set(entry.pid, one);
  };
  take(root);
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const found = readProcesses().filter(
      (entry) =>
        held.has(entry.parentPid) &&
        !held.has(entry.pid) &&
        protectionOf(entry, guards) === undefined,
    );
    for (const entry of found.slice(0, TREE_PROCESSES_MAX - held.size)) take(entry);
    if (found.length === 0 || held.size >= TREE_PROCESSES_MAX) break;
  }
  return [...held.values()];
}

/** Kills what was taken last first: children before whoever would start them again. */
async function killHeld(clock: Clock, held: readonly Held[]): Promise<KillOutcome> {
  if (held.length === 0) return { kind: 'gone' };
  const errno = killAll(held);
  const alive = errno === undefined ? await whoSurvives(clock, held) : held;
  for (const { fd } of held) closeSync(fd);
  if (errno !== undefined) return { kind: 'failed', reason: `the system refused: errno ${errno}` };
  return { kind: 'killed', pids: held.map(({ entry }) => entry.pid), survivors: alive.length };
}

/** Why one that lives could not be killed; undefined when the system took all. */
function killAll(held: readonly Held[]): number | undefined {
  const calls = systemCalls();
  let failure: number | undefined;
  for (const { fd, entry } of held.toReversed()) {
    if (calls.pidfdSendSignal(fd, SIGKILL) >= 0) continue;
    const errno = calls.errno();
    if (isAlive(entry)) failure = errno;
  }
  return failure;
}

async function whoSurvives(clock: Clock, held: readonly Held[]): Promise<readonly Held[]> {
  const untilMs = clock.monotonic() + END_MS_MAX;
  let alive = held.filter(({ entry }) => isAlive(entry));
  while (alive.length > 0 && clock.monotonic() < untilMs) {
    await clock.sleep(LOOK_MS);
    alive = alive.filter(({ entry }) => isAlive(entry));
  }
  return alive;
}

function isAlive({ pid, startTicks }: ProcessStat): boolean {
  const now = readProcess(pid);
  return now !== null && now.startTicks === startTicks && !/^[ZX]/.test(now.state);
}
