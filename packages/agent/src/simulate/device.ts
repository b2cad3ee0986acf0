import { createHash } from 'node:crypto';
import { silentLog, type Clock, type Random } from '@wardgrid/base';
import { PRODUCT_VERSION, type Call, type LiveFrame, type Order } from '@wardgrid/wire';
import { createRunner, type Runner } from '../jobs/index.ts';
import {
  createConnection,
  createSeed,
  enrolOnce,
  keepLive,
  type Connection,
  type ExchangeOutcome,
  type HeartbeatSource,
} from '../link/index.ts';
import { createMemoryStore, type AgentStore } from '../store/index.ts';
import { createSimulatedHandlers } from './handlers.ts';
import { createMachine, type SimulatedMachine } from './machine.ts';

/** What all simulated devices share. */
export interface DeviceSurroundings {
  readonly call: Call;
  readonly clock: Clock;
  readonly random: Random;
  readonly controllerUrl: string;
  readonly enrolmentKey: string;
  readonly ca: string | null;
  readonly signal: AbortSignal;
  /** An order was taken by a device. */
  readonly onOrder: (index: number, order: Order) => void;
  /** A device has something to say before its next turn. */
  readonly onUrgent: (device: SimulatedDevice) => void;
}

/** One simulated device: the agent's own link, store, inbox and runner on a machine that is made up. */
export interface SimulatedDevice {
  readonly index: number;
  readonly store: AgentStore;
  readonly enrol: () => Promise<void>;
  /** How often the controller wanted to hear of it when it enrolled. */
  readonly intervalMs: () => number;
  /** @throws as the agent's exchange does. */
  readonly exchange: () => Promise<ExchangeOutcome>;
  /** Keeps a live connection until the simulation ends. */
  readonly keepLive: (onState: (isOpen: boolean) => void) => Promise<void>;
}

/** What a simulated device does not care for. */
const UNTOLD = {
  onSettings: () => undefined,
  serverTime: () => undefined,
  failoverTimes: { patienceMs: 15_000 },
};

/** A simulated device, not yet enrolled. */
export function createSimulatedDevice(
  index: number,
  surroundings: DeviceSurroundings,
): SimulatedDevice {
  const { random, signal } = surroundings;
  const store = createMemoryStore();
  const machine = createMachine(index);
  const jobs = createJobs(surroundings, { index, machine, store }, () => {
    surroundings.onUrgent(device);
  });
  let connection: Connection | undefined;
  let intervalMs = 0;

  function enrolled(): Connection {
    if (!connection) throw new Error(`device ${index} is not enrolled`);
    return connection;
  }

  const device: SimulatedDevice = {
    index,
    store,
    async enrol() {
      const seed = store.identity()?.seed ?? createSeed(random);
      store.saveIdentity({ seed, splitTicket: null, enrolment: null });
      const nowMs = surroundings.clock.now();
      const given = { ...surroundings, store, machine: machine.facts, nowMs };
      const { enrolment, exchangeIntervalMs } = await enrolOnce({
        ...given,
        agentVersion: PRODUCT_VERSION,
      });
      intervalMs = exchangeIntervalMs;
      store.saveIdentity({ seed, splitTicket: null, enrolment });
      const { call, controllerUrl: url, ca } = surroundings;
      connection = createConnection(enrolment, seed, {
        ...surroundings,
        home: { url, ca },
        openLine: () => ({ call, close() {} }),
        store,
        log: silentLog,
        readHeartbeat: () => Promise.resolve(heartbeatOf(machine, random)),
        readProgress: () => jobs.runner()?.progress() ?? [],
        isBusy: () => jobs.runner()?.isBusy() ?? false,
        onOrders: ({ entries }) => jobs.run(entries.flatMap(({ order }) => order ?? [])),
        ...UNTOLD,
      });
      appendInventory(store, machine, surroundings.clock);
    },
    intervalMs: () => intervalMs,
    exchange: () => enrolled().exchangeOnce(signal),
    keepLive(onState) {
      const { controllers, exchange } = enrolled();
      const deviceId = store.identity()?.enrolment?.deviceId ?? '';
      const onFrame = (frame: LiveFrame): void => {
        if (frame.kind === 'order') exchange.takeLive(frame.order);
        surroundings.onUrgent(device);
      };
      const given = { ...surroundings, deviceId, controllers, log: silentLog };
      return keepLive({ ...given, onFrame, onState }, signal);
    },
  };
  return device;
}

/** The runner of a device, made with its first order: most of many devices never get one. */
function createJobs(
  { clock, signal, onOrder }: DeviceSurroundings,
  device: {
    readonly index: number;
    readonly machine: SimulatedMachine;
    readonly store: AgentStore;
  },
  onRecord: () => void,
) {
  const { index, machine, store } = device;
  let runner: Runner | undefined;
  return {
    runner: () => runner,
    run(orders: readonly Order[]): void {
      for (const order of orders) onOrder(index, order);
      if (orders.length === 0) return;
      const handlers = createSimulatedHandlers(machine, store);
      runner ??= createRunner({ store, clock, log: silentLog, handlers, onRecord });
      void runner.drain(signal);
    },
  };
}

function heartbeatOf(machine: SimulatedMachine, random: Random): HeartbeatSource {
  return {
    hostname: machine.facts.hostname,
    network: machine.network,
    protection: null,
    vitals: { ...machine.vitals, cpuPercent: Math.round(random.fraction() * 1_000) / 10 },
  };
}

/** What a real device sends first, at its smallest: one section. */
function appendInventory(store: AgentStore, machine: SimulatedMachine, clock: Clock): void {
  const body = machine.system;
  const contentHash = createHash('sha256').update(JSON.stringify(body)).digest('hex');
  const at = clock.now();
  store.append([{ at, body: { kind: 'inventory', collectedAt: at, contentHash, body } }]);
}
