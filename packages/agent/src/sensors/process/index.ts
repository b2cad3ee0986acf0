/**
 * The process sensor: every program that starts, every process that forks or ends, with who started it,
 * as whom, from where. Three sources stand behind one interface, the best that works is chosen: BPF,
 * audit, the kernel's process connector. It owns a small bounded table of processes to name parents and
 * ancestors by; it judges nothing. What a source cannot see is named in `missing` and in its health.
 */
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import { createBootTime } from '../../platform/linux/boot-clock.ts';
import type { SensorHealth } from '@wardgrid/wire';
import type { OnEvents, SensedEvent, Sensor } from '../../protect/parts.ts';
import type { FindProcess } from '../process-fields.ts';
import { createTally } from '../tally.ts';
import { createAuditSource } from './audit/index.ts';
import { createBpfSource } from './bpf/index.ts';
import { createConnectorSource } from './connector/index.ts';
import { execEvent, exitEvent, forkEvent, type EventContext } from './events.ts';
import { createKnownProcesses, type KnownProcesses } from './known.ts';
import { readExecFact } from './proc-facts.ts';
import { readSnapshot } from './snapshot.ts';
import type { DeniedFile, ProcessFact, ProcessSource, SourceSink } from './source.ts';
import { createUserNames } from './user-names.ts';

export type { DeniedFile, ProcessSource } from './source.ts';

/** What the wire allows for a reason. */
const REASON_LENGTH_MAX = 300;

/** What the process sensor needs. */
export interface ProcessSensorOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** The folder that stands for the root of the machine; `/` unless a test says otherwise. */
  readonly rootPath?: string;
  /** Whether audit may be switched on where BPF cannot be had; a policy's decision. */
  readonly mayEnableAudit?: boolean;
  /** Sources to try, best first, when not all that exist. */
  readonly sources?: readonly ProcessSource[];
}

/** The process sensor, which can also keep files from running where its source can. */
export interface ProcessSensor extends Sensor {
  /** A process that is known, ended lately or not. */
  readonly find: FindProcess;
  /** Kills whoever starts one of these files; replaces the list before. False where it cannot. */
  readonly deny: (files: readonly DeniedFile[]) => boolean;
}

/** All sources that exist, best first. */
export function processSources(rootPath: string, mayEnableAudit: boolean): ProcessSource[] {
  return [
    createBpfSource(rootPath),
    createAuditSource({ rootPath, mayEnable: mayEnableAudit }),
    createConnectorSource(rootPath),
  ];
}

/** A stopped process sensor. */
export function createProcessSensor(options: ProcessSensorOptions): ProcessSensor {
  return new SourcedProcessSensor(options);
}

class SourcedProcessSensor implements ProcessSensor {
  readonly name = 'process';
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #rootPath: string;
  readonly #sources: readonly ProcessSource[];
  readonly #tally = createTally();
  #active: ProcessSource | undefined;
  #known: KnownProcesses | undefined;
  #refusals: string[] = [];
  #dropped = 0;
  #denied: readonly DeniedFile[] = [];
  #stopping = new AbortController();

  constructor(options: ProcessSensorOptions) {
    this.#clock = options.clock;
    this.#log = options.log;
    this.#rootPath = options.rootPath ?? '/';
    this.#sources =
      options.sources ?? processSources(this.#rootPath, options.mayEnableAudit ?? false);
  }

  async start(onEvents: OnEvents): Promise<void> {
    const clock = this.#clock;
    const rootPath = this.#rootPath;
    this.#stopping = new AbortController();
    this.#refusals = [];
    const bootTime = createBootTime(clock);
    const known = createKnownProcesses(rootPath, (pid) => readExecFact(rootPath, pid, clock.now()));
    this.#known = known;
    const userName = createUserNames(rootPath, clock);
    const context = (): EventContext => ({ bootedAt: bootTime.bootedAt(), userName });
    const sense = createSense(known, context);
    await this.#attach({
      bootedAt: bootTime.bootedAt,
      onFacts: (facts) => {
        const oldest = facts[0];
        this.#tally.told(facts.length, oldest ? bootTime.now() - oldest.at : null);
        onEvents(sense(facts));
      },
    });
    const { signal } = this.#stopping;
    await readSnapshot({ rootPath, clock, signal }, (facts) => {
      const fresh = facts.filter((fact) => known.find(fact.process) === undefined);
      const made = fresh.map((fact) =>
        execEvent(fact, known.started(fact), { ...context(), reason: 'running' }),
      );
      this.#tally.told(made.length, null);
      onEvents(made);
    });
  }

  health(): SensorHealth {
    const refusals = this.#refusals.join('; ');
    return {
      name: 'process',
      state: this.#state(),
      source: this.#active?.name ?? 'none',
      reason: refusals === '' ? null : refusals.slice(0, REASON_LENGTH_MAX),
      events: this.#tally.events(),
      dropped: this.#dropped + (this.#active?.dropped() ?? 0),
      p50Us: this.#tally.p50Us(),
      p99Us: this.#tally.p99Us(),
      blindMs: 0,
      blindSpots: [...(this.#active?.blindSpots() ?? [])],
    };
  }

  find(pid: number, startTicks: number | null): ReturnType<FindProcess> {
    return this.#known?.find({ pid, startTicks })?.brief;
  }

  deny(files: readonly DeniedFile[]): boolean {
    this.#denied = files;
    this.#active?.deny?.(files);
    return this.#active?.deny !== undefined;
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    const source = this.#active;
    this.#active = undefined;
    await source?.stop();
    this.#dropped += source?.dropped() ?? 0;
  }

  /** Only the best source sees everything. */
  #state(): SensorHealth['state'] {
    if (this.#active === undefined) return 'off';
    return this.#active === this.#sources[0] ? 'on' : 'degraded';
  }

  /** Starts the first source that works; those before it say why they do not. */
  async #attach(sink: SourceSink): Promise<void> {
    for (const source of this.#sources) {
      try {
        await source.start(sink);
        source.deny?.(this.#denied);
        this.#active = source;
        break;
      } catch (error) {
        this.#refusals.push(`${source.name}: ${messageOf(error)}`);
      }
    }
    const facts = { source: this.#active?.name ?? null, refusals: this.#refusals.join('; ') };
    this.#log.info('process sensor started', facts);
  }
}

/** Turns facts into events, keeping the table of processes on the way. */
function createSense(
  known: ReturnType<typeof createKnownProcesses>,
  context: () => EventContext,
): (facts: readonly ProcessFact[]) => SensedEvent[] {
  return (facts) => {
    const now = context();
    return facts.map((fact) => {
      switch (fact.kind) {
        case 'exec':
          return execEvent(fact, known.started(fact), now);
        case 'fork':
          return forkEvent(fact, known.forked(fact.process, fact.parent), now);
        case 'exit':
          return exitEvent(fact, known.ended(fact.process), now);
      }
    });
  };
}
