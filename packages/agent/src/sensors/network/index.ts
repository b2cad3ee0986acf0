/**
 * The network sensor: connections that this machine asks for and takes, and what begins to listen, with
 * the process behind it. By BPF it sees every TCP connection however short; the kernel's socket table,
 * looked at every few seconds, tells the rest, or all where BPF does not load. It resolves no names and
 * sends nothing. Source is who began, destination who was called.
 */
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { SensorHealth } from '@wardgrid/wire';
import { openBpfStream, type BpfStream } from '../../platform/linux/bpf/stream.ts';
import { createBootTime, type BootTime } from '../../platform/linux/boot-clock.ts';
import type { OnEvents, Sensor } from '../../protect/parts.ts';
import { createProcessFields, type FindProcess } from '../process-fields.ts';
import { createTally } from '../tally.ts';
import { decodeRecord } from './bpf-record.ts';
import { socketEvent } from './events.ts';
import { createPortOwners } from './port-owners.ts';
import type { SocketFact } from './sockets.ts';
import { createSocketWatcher, type SocketWatcher } from './watcher.ts';

/** What the network sensor needs. */
export interface NetworkSensorOptions {
  readonly clock: Clock;
  readonly log: Log;
  readonly rootPath?: string;
  /** Finds processes that are known already. */
  readonly findProcess?: FindProcess;
  /** False to look at the socket table only. */
  readonly mayUseBpf?: boolean;
}

/** The network sensor, which looks sooner when something was started. */
export interface NetworkSensor extends Sensor {
  /** A program was started: without BPF the table is worth a look. */
  readonly hint: () => void;
}

/** `RING_BYTES` of the source. */
const RING_BYTES = 1024 * 1024;
/** Alone, the table must show connections of a few seconds; beside BPF it shows UDP. */
const PACE = {
  alone: { busyMs: 2_000, idleMs: 10_000 },
  besideBpf: { busyMs: 10_000, idleMs: 60_000 },
} as const;
/** What the wire allows for a reason. */
const REASON_LENGTH_MAX = 300;

/** A stopped network sensor. */
export function createNetworkSensor(options: NetworkSensorOptions): NetworkSensor {
  return new SocketSensor(options);
}

class SocketSensor implements NetworkSensor {
  readonly name = 'network';
  readonly #options: NetworkSensorOptions;
  readonly #tally = createTally();
  #stream: BpfStream | undefined;
  #watcher: SocketWatcher | undefined;
  #watching: Promise<void> | undefined;
  #stopping = new AbortController();
  #refusal: string | null = null;
  #failure: string | null = null;
  #dropped = 0;

  constructor(options: NetworkSensorOptions) {
    this.#options = options;
  }

  async start(onEvents: OnEvents): Promise<void> {
    const { clock, log, rootPath = '/', findProcess, mayUseBpf = true } = this.#options;
    this.#stopping = new AbortController();
    this.#refusal = this.#failure = null;
    const describe = createProcessFields(rootPath, findProcess);
    const bootTime = createBootTime(clock);
    const owners = createPortOwners();
    const tell = (seen: readonly SocketFact[]): void => {
      const facts = seen.map(owners.own);
      const oldest = facts[0];
      this.#tally.told(facts.length, oldest?.isOld === false ? bootTime.now() - oldest.at : null);
      onEvents(
        facts.map((fact) =>
          socketEvent(fact, fact.pid === null ? null : describe(fact.pid, fact.startTicks)),
        ),
      );
    };
    if (mayUseBpf) await this.#attachBpf(bootTime, tell);
    const isAlone = this.#stream === undefined;
    const watcher = createSocketWatcher({
      rootPath,
      clock,
      pace: isAlone ? PACE.alone : PACE.besideBpf,
      isWanted: (row) => isAlone || row.isListening || row.transport === 'udp',
      onFacts: tell,
    });
    this.#watcher = watcher;
    this.#watching = watcher.run(this.#stopping.signal).catch((error: unknown) => {
      this.#failure = `socket table: ${messageOf(error)}`;
      log.warn('socket table not readable', { error: messageOf(error) });
    });
    log.info('network sensor started', { source: this.#source(), refusal: this.#refusal });
  }

  hint(): void {
    if (this.#stream === undefined) this.#watcher?.hint();
  }

  health(): SensorHealth {
    const reasons = [this.#refusal, this.#failure].filter((reason) => reason !== null);
    return {
      name: 'network',
      state: this.#state(),
      source: this.#source(),
      reason: reasons.length === 0 ? null : reasons.join('; ').slice(0, REASON_LENGTH_MAX),
      events: this.#tally.events(),
      dropped: this.#dropped + (this.#stream?.dropped() ?? 0) + (this.#watcher?.dropped() ?? 0),
      p50Us: this.#tally.p50Us(),
      p99Us: this.#tally.p99Us(),
      blindMs: 0,
      blindSpots: this.#blindSpots(),
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#dropped += (this.#stream?.dropped() ?? 0) + (this.#watcher?.dropped() ?? 0);
    await Promise.all([this.#watching, this.#stream?.stop()]);
    this.#stream = this.#watcher = this.#watching = undefined;
  }

  async #attachBpf(
    bootTime: BootTime,
    tell: (facts: readonly SocketFact[]) => void,
  ): Promise<void> {
    let facts: SocketFact[] = [];
    try {
      this.#stream = await openBpfStream({
        name: 'network',
        programs: ['on_state'],
        ringBytes: RING_BYTES,
        onRecord(bytes) {
          const fact = decodeRecord(bytes, bootTime.bootedAt());
          if (fact) facts.push(fact);
        },
        onTurn() {
          const told = facts;
          facts = [];
          tell(told);
        },
      });
    } catch (error) {
      this.#refusal = `bpf: ${messageOf(error)}`;
    }
  }

  #state(): SensorHealth['state'] {
    if (this.#watcher === undefined) return 'off';
    if (this.#failure !== null && this.#stream === undefined) return 'off';
    return this.#stream === undefined || this.#failure !== null ? 'degraded' : 'on';
  }

  #source(): string {
    return this.#stream === undefined ? 'inet-diag' : 'bpf';
  }

  #blindSpots(): string[] {
    const truncated = this.#watcher?.isTruncated() === true ? ['sockets beyond 20,000'] : [];
    if (this.#stream !== undefined) {
      return [
        'UDP talks shorter than ten seconds',
        'which of several workers took a connection',
        ...truncated,
      ];
    }
    return [
      'connections shorter than the two to ten seconds between looks',
      'connections of containers with a network of their own',
      ...truncated,
    ];
  }
}
