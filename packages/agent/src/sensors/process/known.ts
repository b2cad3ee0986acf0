import { entityIdOf, readBootId } from '../../platform/linux/process-files.ts';
import type { ExecFact, ProcessKey } from './source.ts';

/** Processes remembered at once; of others `/proc` is asked. All texts at their longest take 30 MB. */
const ALIVE_MAX = 8_192;
/** Ended ones remembered for a while, since their children name them. */
const ENDED_MAX = 2_048;
/** Of a parent's command line in memory; rules about parents look at its beginning. */
const COMMAND_LINE_LENGTH_MAX = 1_024;
/** Of a parent's path; a longer one is an attack on this table. */
const EXECUTABLE_LENGTH_MAX = 512;
/** What the event shape allows. */
const ANCESTORS_MAX = 8;

/** What events of children tell of a process. */
export interface ProcessBrief {
  readonly entityId: string;
  readonly pid: number;
  readonly executable: string | null;
  readonly commandLine: string | null;
}

/** A process with where it came from. Holds no other entry: a chain of them would never end. */
export interface KnownProcess {
  readonly startTicks: number | null;
  readonly brief: ProcessBrief;
  readonly parent: ProcessBrief | null;
  /** Executables from the parent's parent upwards. */
  readonly ancestors: readonly string[];
}

/** The processes of this machine, as far as children need to know them. */
export interface KnownProcesses {
  readonly find: (key: ProcessKey) => KnownProcess | undefined;
  readonly started: (fact: ExecFact) => KnownProcess;
  readonly forked: (child: ProcessKey, parent: ProcessKey) => KnownProcess;
  readonly ended: (key: ProcessKey) => KnownProcess;
}

/** An empty table. `readFact` looks at a process that was never told of; null when it is gone. */
export function createKnownProcesses(rootPath: string, readFact: ReadFact): KnownProcesses {
  return new ProcessTable(readBootId(rootPath), readFact);
}

type ReadFact = (pid: number) => ExecFact | null;

class ProcessTable implements KnownProcesses {
  readonly #alive = new Map<number, KnownProcess>();
  readonly #gone = new Map<number, KnownProcess>();
  readonly #bootId: string;
  readonly #readFact: ReadFact;

  constructor(bootId: string, readFact: ReadFact) {
    this.#bootId = bootId;
    this.#readFact = readFact;
  }

  find(key: ProcessKey): KnownProcess | undefined {
    return matching(this.#alive.get(key.pid), key) ?? matching(this.#gone.get(key.pid), key);
  }

  started(fact: ExecFact): KnownProcess {
    /* Who forked it is its parent for ever, even if that one ended and init adopted it. */
    const before = this.find(fact.process);
    const lineage = before?.parent ? before : lineageBelow(this.#parentOf(fact.parent));
    const startTicks = fact.process.startTicks ?? before?.startTicks ?? null;
    const key = { pid: fact.process.pid, startTicks };
    return this.#keepAlive(key, { ...lineage, brief: briefOf(fact, this.#entityId(key)) });
  }

  forked(child: ProcessKey, parentKey: ProcessKey): KnownProcess {
    const parent = this.#parentOf(parentKey);
    const brief = { ...(parent?.brief ?? NOTHING_KNOWN), ...this.#names(child) };
    return this.#keepAlive(child, { ...lineageBelow(parent), brief });
  }

  ended(key: ProcessKey): KnownProcess {
    const known = this.find(key);
    if (known === undefined) return this.#unknown(key);
    this.#alive.delete(key.pid);
    keep(this.#gone, ENDED_MAX, known);
    return known;
  }

  #entityId({ pid, startTicks }: ProcessKey): string {
    return entityIdOf(this.#bootId, pid, startTicks ?? 0);
  }

  #names(key: ProcessKey): Pick<ProcessBrief, 'entityId' | 'pid'> {
    return { entityId: this.#entityId(key), pid: key.pid };
  }

  #unknown(key: ProcessKey): KnownProcess {
    const brief = { ...NOTHING_KNOWN, ...this.#names(key) };
    return { startTicks: key.startTicks, brief, parent: null, ancestors: [] };
  }

  #keepAlive(key: ProcessKey, parts: Omit<KnownProcess, 'startTicks'>): KnownProcess {
    const { brief, parent, ancestors } = parts;
    const entry = { startTicks: key.startTicks, brief, parent, ancestors };
    keep(this.#alive, ALIVE_MAX, entry);
    return entry;
  }

  /** The parent, read from the machine when it was never told of: one level, it does not recurse. */
  #parentOf(key: ProcessKey | null): KnownProcess | undefined {
    if (key === null || key.pid === 0) return undefined;
    const known = this.find(key);
    if (known !== undefined) return known;
    const fact = this.#readFact(key.pid);
    if (fact === null || !isStart(fact.process.startTicks, key.startTicks)) {
      return this.#unknown(key);
    }
    const brief = briefOf(fact, this.#entityId(fact.process));
    return this.#keepAlive(fact.process, { brief, parent: null, ancestors: [] });
  }
}

const NOTHING_KNOWN = { executable: null, commandLine: null } as const;

function keep(map: Map<number, KnownProcess>, countMax: number, entry: KnownProcess): void {
  map.delete(entry.brief.pid);
  if (map.size >= countMax) map.delete(map.keys().next().value ?? 0);
  map.set(entry.brief.pid, entry);
}

function matching(entry: KnownProcess | undefined, key: ProcessKey): KnownProcess | undefined {
  return entry !== undefined && isStart(entry.startTicks, key.startTicks) ? entry : undefined;
}

/** A start that was not seen matches any: the number alone is all there is. */
function isStart(left: number | null, right: number | null): boolean {
  return left === null || right === null || left === right;
}

function briefOf(fact: ExecFact, entityId: string): ProcessBrief {
  const commandLine = fact.args === null ? null : fact.args.join(' ');
  return {
    entityId,
    pid: fact.process.pid,
    executable: keptText(fact.executable, EXECUTABLE_LENGTH_MAX),
    commandLine: keptText(commandLine, COMMAND_LINE_LENGTH_MAX),
  };
}

/** The beginning of a text, as a copy: a mere slice would keep the whole text in memory. */
function keptText(text: string | null, lengthMax: number): string | null {
  if (text === null || text.length <= lengthMax) return text;
  return Buffer.from(text.slice(0, lengthMax), 'utf16le').toString('utf16le');
}

function lineageBelow(
  parent: KnownProcess | undefined,
): Pick<KnownProcess, 'parent' | 'ancestors'> {
  if (!parent?.parent) return { parent: parent?.brief ?? null, ancestors: [] };
  const ancestors = [parent.parent.executable ?? '', ...parent.ancestors].slice(0, ANCESTORS_MAX);
  return { parent: parent.brief, ancestors };
}
