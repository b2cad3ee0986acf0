/**
 * The network sensor: connections that this machine asks for and takes, and what begins to listen, with
 * the process behind it; and the names that programs look up. By BPF it sees every TCP connection however
 * short, and questions over UDP; the kernel's socket table, looked at every few seconds, tells the rest,
 * or all where BPF does not load. It resolves no names and sends nothing. Source is who began, destination who was called.
 */
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import type { SensorHealth } from '@wardgrid/wire';
import { createBootTime } from '../../platform/linux/boot-clock.ts';
import type { OnEvents, SensedEvent, Sensor } from '../../protect/parts.ts';
import { createProcessFields, type FindProcess } from '../process-fields.ts';
import { createTally } from '../tally.ts';
import { openNetworkStreams, type NetworkStreams } from './bpf-streams.ts';
import type { DnsFact } from './dns-record.ts';
import { dnsEvent, socketEvent } from './events.ts';
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

const NO_STREAMS: NetworkStreams = { sockets: null, names: null, refusals: [] };
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
  #streams: NetworkStreams = NO_STREAMS;
  #watcher: SocketWatcher | undefined;
  #watching: Promise<void> | undefined;
  #stopping = new AbortController();
  #failure: string | null = null;
  #dropped = 0;

  constructor(options: NetworkSensorOptions) {
    this.#options = options;
  }

  async start(onEvents: OnEvents): Promise<void> {
    const { clock, log, rootPath = '/', findProcess, mayUseBpf = true } = this.#options;
    this.#stopping = new AbortController();
    this.#failure = null;
    const describe = createProcessFields(rootPath, findProcess);
    const bootTime = createBootTime(clock);
    const owners = createPortOwners();
    const tell = (events: readonly SensedEvent[], at: number | null): void => {
      this.#tally.told(events.length, at === null ? null : bootTime.now() - at);
      onEvents(events);
    };
    const onSockets = (seen: readonly SocketFact[]): void => {
      const facts = seen.map(owners.own);
      const events = facts.map((fact) =>
        socketEvent(fact, fact.pid === null ? null : describe(fact.pid, fact.startTicks)),
      );
      tell(events, facts[0]?.isOld === false ? facts[0].at : null);
    };
    const onNames = (facts: readonly DnsFact[]): void => {
      const events = facts.map((fact) => dnsEvent(fact, describe(fact.pid, fact.startTicks)));
      tell(events, facts[0]?.at ?? null);
    };
    if (mayUseBpf) this.#streams = await openNetworkStreams(bootTime, { onSockets, onNames });
    const isAlone = this.#streams.sockets === null;
    const watcher = createSocketWatcher({
      rootPath,
      clock,
      pace: isAlone ? PACE.alone : PACE.besideBpf,
      isWanted: (row) => isAlone || row.isListening || row.transport === 'udp',
      onFacts: onSockets,
    });
    this.#watcher = watcher;
    this.#watching = watcher.run(this.#stopping.signal).catch((error: unknown) => {
      this.#failure = `socket table: ${messageOf(error)}`;
      log.warn('socket table not readable', { error: messageOf(error) });
    });
    const refusals = this.#streams.refusals.join('; ');
    log.info('network sensor started', { source: this.#source(), refusals });
  }

  hint(): void {
    if (this.#streams.sockets === null) this.#watcher?.hint();
  }

  health(): SensorHealth {
    const failures = this.#failure === null ? [] : [this.#failure];
    const reasons = [...this.#streams.refusals, ...failures];
    return {
      name: 'network',
      state: this.#state(),
      source: this.#source(),
      reason: reasons.length === 0 ? null : reasons.join('; ').slice(0, REASON_LENGTH_MAX),
      events: this.#tally.events(),
      dropped: this.#dropped + this.#droppedNow(),
      p50Us: this.#tally.p50Us(),
      p99Us: this.#tally.p99Us(),
      blindMs: 0,
      blindSpots: this.#blindSpots(),
    };
  }

  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#dropped += this.#droppedNow();
    const { sockets, names } = this.#streams;
    await Promise.all([this.#watching, sockets?.stop(), names?.stop()]);
    this.#streams = NO_STREAMS;
    this.#watcher = this.#watching = undefined;
  }

  #droppedNow(): number {
    const { sockets, names } = this.#streams;
    const inKernel = (sockets?.dropped() ?? 0) + (names?.dropped() ?? 0);
    return inKernel + (this.#watcher?.dropped() ?? 0);
  }

  #state(): SensorHealth['state'] {
    if (this.#watcher === undefined) return 'off';
    const { sockets, names } = this.#streams;
    if (this.#failure !== null && sockets === null) return 'off';
    const isWhole = sockets !== null && names !== null && this.#failure === null;
    return isWhole ? 'on' : 'degraded';
  }

  #source(): string {
    return this.#streams.sockets === null ? 'inet-diag' : 'bpf';
  }

  #blindSpots(): string[] {
    const { sockets, names } = this.#streams;
    const ofSockets =
      sockets === null
        ? [
            'connections shorter than the two to ten seconds between looks',
            'connections of containers with a network of their own',
          ]
        : ['UDP talks shorter than ten seconds', 'which of several workers took a connection'];
    const ofNames = names === null ? 'names that are looked up' : 'names looked up over TCP or TLS';
    const isTruncated = this.#watcher?.isTruncated() === true;
    return [...ofSockets, ofNames, ...(isTruncated ? ['sockets beyond 20,000'] : [])];
  }
}
