import { boundedText } from '@wardgrid/base';
import type { DeviceEvent, EventFieldName, EventFields, ProcessNode } from '@wardgrid/wire';
import { keptText } from './kept-text.ts';

/** Most processes kept, running and ended: a busy build server starts this many in some minutes. */
const PROCESSES_MAX = 20_000;
/** Ended processes are kept so long for what their children still do. */
const ENDED_KEPT_MS = 600_000;
/** Executables told as ancestors of one event. */
const ANCESTORS_MAX = 8;
/** Nodes told with one finding. */
const NODES_MAX = 32;
/** Longest executable and command line kept of a process: 20,000 hostile ones stay below 100 MB. */
const KEPT_TEXT_MAX = 2_048;

/** What stands above process trees: what starts sessions and services for others. */
const STARTERS: ReadonlySet<string> = new Set([
  'systemd',
  'init',
  'launchd',
  'kthreadd',
  'sshd',
  'sshd-session',
  'login',
  'cron',
  'crond',
  'atd',
  'gdm-session-worker',
  'dockerd',
  'containerd',
  'containerd-shim',
  'containerd-shim-runc-v2',
  'conmon',
  'tini',
  'services.exe',
  'svchost.exe',
  'wininit.exe',
  'winlogon.exe',
  'explorer.exe',
]);

interface Known {
  readonly entityId: string;
  parent: string | null;
  pid: number;
  readonly startedAt: number;
  endedAt: number | null;
  executable: string;
  commandLine: string;
  user: string;
  /** The entity at the top of its tree. */
  readonly tree: string;
}

/** The processes of a device as events told of them: a bounded reducer. */
export class ProcessTable {
  readonly #known = new Map<string, Known>();
  readonly #byPid = new Map<number, string>();
  #evicted = 0;

  /** Takes an event in and gives it back with what the table knows of its process. */
  accept(event: DeviceEvent): DeviceEvent {
    const entityId = this.#entityOf(event);
    if (entityId === undefined) return event;
    if (event.class === 'process') this.#reduce(event, entityId);
    return this.#enrich(event, this.#known.get(entityId));
  }

  /** The process an event is about: sensors of files know only its number. */
  #entityOf({ class: eventClass, at, fields }: DeviceEvent): string | undefined {
    const named = textOf(fields, 'process.entity_id');
    if (named !== undefined || eventClass === 'process') return named;
    const entityId = this.#byPid.get(numberOf(fields, 'process.pid') ?? -1);
    const entry = entityId === undefined ? undefined : this.#known.get(entityId);
    const hasLeft = entry && entry.endedAt !== null && at - entry.endedAt > LATE_MS_MAX;
    return hasLeft ? undefined : entityId;
  }

  /** The tree an event belongs to; undefined when it has no process. */
  treeOf(event: DeviceEvent): string | undefined {
    const entityId = textOf(event.fields, 'process.entity_id');
    if (entityId === undefined) return undefined;
    return this.#known.get(entityId)?.tree ?? entityId;
  }

  /** The process of an event and its ancestors, the process itself first. */
  nodesOf(event: DeviceEvent): readonly ProcessNode[] {
    const entityId = textOf(event.fields, 'process.entity_id');
    const own = entityId === undefined ? undefined : this.#known.get(entityId);
    return own ? lineOf(this.#known, own, NODES_MAX).map((entry) => nodeOf(entry)) : [];
  }

  counts(): { readonly processes: number; readonly evicted: number } {
    return { processes: this.#known.size, evicted: this.#evicted };
  }

  #reduce(event: DeviceEvent, entityId: string): void {
    const before = this.#known.get(entityId);
    if (event.action === 'exit') {
      if (before) before.endedAt = event.at;
    } else if (before) update(before, event);
    else this.#insert(event, entityId);
  }

  #insert(event: DeviceEvent, entityId: string): void {
    const parentPid = numberOf(event.fields, 'process.parent.pid');
    const parentId =
      textOf(event.fields, 'process.parent.entity_id') ??
      (parentPid === undefined ? undefined : this.#byPid.get(parentPid));
    const parent = parentId === undefined ? undefined : this.#known.get(parentId);
    const entry = processOf(event, entityId, parent);
    entry.parent = parentId ?? null;
    this.#known.set(entityId, entry);
    this.#byPid.set(entry.pid, entityId);
    if (this.#known.size > PROCESSES_MAX) this.#evict(event.at);
  }

  /** Throws out what ended long ago, then the oldest. */
  #evict(now: number): void {
    for (const entry of this.#known.values()) {
      if (entry.endedAt !== null && now - entry.endedAt > ENDED_KEPT_MS) this.#forget(entry);
    }
    for (const entry of this.#known.values()) {
      if (this.#known.size <= PROCESSES_MAX * EVICTED_SHARE) return;
      this.#forget(entry);
      this.#evicted += 1;
    }
  }

  #forget(entry: Known): void {
    this.#known.delete(entry.entityId);
    if (this.#byPid.get(entry.pid) === entry.entityId) this.#byPid.delete(entry.pid);
  }

  #enrich(event: DeviceEvent, entry: Known | undefined): DeviceEvent {
    if (!entry || ADDED.every((name) => event.fields[name] !== undefined)) return event;
    const added = additionsOf(this.#known, entry, event);
    if (added.length === 0) return event;
    const fields: EventFields = { ...event.fields, ...Object.fromEntries(added) };
    const names = new Set<string>(added.map(([name]) => name));
    const missing = event.missing.filter((name) => !names.has(name));
    return { ...event, fields, missing };
  }
}

/** A process as its first event tells of it; what it does not tell it has from its parent. */
function processOf(
  { fields, at }: DeviceEvent,
  entityId: string,
  parent: Known | undefined,
): Known {
  return {
    entityId,
    parent: null,
    pid: numberOf(fields, 'process.pid') ?? 0,
    startedAt: numberOf(fields, 'process.start') ?? at,
    endedAt: null,
    executable: keptOf(fields, 'process.executable') ?? parent?.executable ?? '',
    commandLine: keptOf(fields, 'process.command_line') ?? '',
    user: textOf(fields, 'user.name') ?? parent?.user ?? '',
    tree: parent && !isStarter(parent) ? parent.tree : entityId,
  };
}

/** What a process did is told later than its end by no more than this; then its number may be another's. */
const LATE_MS_MAX = 5_000;

/** An eviction makes room for many, so that it is not done for each. */
const EVICTED_SHARE = 0.9;

/** What an event may lack of its process; an event that has all of it is left as it is. */
const ADDED = [
  'process.entity_id',
  'process.executable',
  'process.name',
  'process.command_line',
  'process.parent.executable',
  'process.parent.command_line',
  'process.ancestors',
] as const satisfies readonly EventFieldName[];

type KnownProcesses = ReadonlyMap<string, Known>;

function update(entry: Known, event: DeviceEvent): void {
  const { fields } = event;
  entry.executable = keptOf(fields, 'process.executable') ?? entry.executable;
  entry.commandLine = keptOf(fields, 'process.command_line') ?? entry.commandLine;
  entry.user = textOf(fields, 'user.name') ?? entry.user;
  entry.parent ??= textOf(fields, 'process.parent.entity_id') ?? null;
}

function isStarter(entry: Known): boolean {
  return entry.pid === 1 || STARTERS.has(baseName(entry.executable));
}

function nameOf(path: string): string {
  return path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
}

function baseName(path: string): string {
  return nameOf(path).toLowerCase();
}

/** The process and its ancestors; a circle or a gap ends it. */
function lineOf(known: KnownProcesses, entry: Known, lengthMax: number): readonly Known[] {
  const line: Known[] = [];
  let current: Known | undefined = entry;
  while (current && line.length < lengthMax && !line.includes(current)) {
    line.push(current);
    current = current.parent === null ? undefined : known.get(current.parent);
  }
  return line;
}

type Addition = readonly [name: EventFieldName, value: string | number | string[]];

function additionsOf(known: KnownProcesses, entry: Known, event: DeviceEvent): readonly Addition[] {
  const [, parent, ...above] = lineOf(known, entry, ANCESTORS_MAX + 2);
  const wanted: readonly (readonly [EventFieldName, string | number | string[] | undefined])[] = [
    ['process.entity_id', entry.entityId],
    ['process.executable', entry.executable],
    ['process.name', nameOf(entry.executable)],
    ['process.command_line', entry.commandLine],
    ['process.parent.entity_id', entry.parent ?? undefined],
    ['process.parent.pid', parent?.pid],
    ['process.parent.executable', parent?.executable],
    ['process.parent.name', parent && baseName(parent.executable)],
    ['process.parent.command_line', parent?.commandLine],
    ['process.ancestors', above.length > 0 ? above.map(({ executable }) => executable) : undefined],
  ];
  return wanted.flatMap(([name, value]) =>
    event.fields[name] === undefined && value !== undefined && value !== ''
      ? [[name, value] as const]
      : [],
  );
}

function nodeOf(entry: Known): ProcessNode {
  return {
    entityId: entry.entityId,
    parentEntityId: entry.parent,
    pid: entry.pid,
    startedAt: entry.startedAt,
    endedAt: entry.endedAt,
    executable: boundedText(entry.executable, KEPT_TEXT_MAX),
    commandLine: boundedText(entry.commandLine, KEPT_TEXT_MAX),
    user: boundedText(entry.user, 255),
  };
}

function textOf(fields: EventFields, name: EventFieldName): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

function keptOf(fields: EventFields, name: EventFieldName): string | undefined {
  const text = textOf(fields, name);
  return text === undefined ? undefined : keptText(text, KEPT_TEXT_MAX);
}

function numberOf(fields: EventFields, name: EventFieldName): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
}
