import { createSeededRandom, type Random } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { createClient, type Order } from '@wardgrid/wire';
import { AgentError } from '../errors.ts';
import { fetchCa, parseEnrolmentKey, refuseInsecure, waitAfterMs } from '../link/index.ts';
import { createSimulatedDevice, type SimulatedDevice } from './device.ts';
import { createHttpPool } from './http-pool.ts';
import { createStageMeter, type StageReport } from './stage.ts';
import { createTurns, type Turns } from './turns.ts';

/** Devices in one process: some 20 KB each, and one core's worth of exchanges. */
export const SIMULATED_DEVICES_MAX = 10_000;
/** Connections that all devices share; a site's devices come through few addresses as well. */
const CONNECTIONS = 64;
/** Attempts to enrol, each after a longer wait, as an agent makes them. */
const ENROL_ATTEMPTS = 6;
/** Live connections that are opened at a time. */
const CONNECT_BATCH = 100;
const CONNECT_PAUSE_MS = 20;
/** How long all live connections may take to open. */
const CONNECT_MS_MAX = 120_000;

/** What a simulation is made of. */
export interface SimulationOptions {
  readonly agents: number;
  readonly controllerUrl: string;
  readonly enrolmentKey: string;
  /** Makes the jitter reproducible; keys are random whatever it is. */
  readonly seed?: number;
  readonly connections?: number;
  readonly isPlainHttpAllowed?: boolean;
  readonly signal?: AbortSignal;
  /** An order was taken: by which device, and which. */
  readonly onOrder?: (index: number, order: Order) => void;
}

/** Many devices in one process, with the agent's real link code. */
export interface Simulation {
  readonly devices: readonly SimulatedDevice[];
  /** Enrols all, at a rate a second or (null) all at once. */
  readonly enrol: (ratePerSecond?: number | null) => Promise<StageReport>;
  /** Opens a live connection for each; resolves with how many are open. */
  readonly connect: () => Promise<number>;
  readonly connected: () => number;
  /** Exchanges for some time: at the controller's interval, or (with a rate) so many a second. */
  readonly exchange: (given: {
    readonly seconds: number;
    readonly ratePerSecond?: number | null;
  }) => Promise<StageReport>;
  /** Orders that were taken so far. */
  readonly orders: () => number;
  readonly close: () => void;
}

/**
 * A simulation, not yet enrolled. @throws AgentError `controller-untrusted` when the controller is
 * not the one of the enrolment key, `usage` for more devices than one process carries.
 */
export async function createSimulation(options: SimulationOptions): Promise<Simulation> {
  const { agents, controllerUrl } = options;
  if (agents < 1 || agents > SIMULATED_DEVICES_MAX) {
    throw new AgentError('usage', `--agents must be 1 to ${SIMULATED_DEVICES_MAX}`);
  }
  const stop = new AbortController();
  const signal = options.signal ? AbortSignal.any([stop.signal, options.signal]) : stop.signal;
  const ca = await caOf(options, signal);
  const pool = createHttpPool({
    url: controllerUrl,
    ca,
    connectionsMax: options.connections ?? CONNECTIONS,
  });
  const random = mixedRandom(options.seed ?? 1);
  let turns: Turns | undefined;
  let orders = 0;
  const devices = Array.from({ length: agents }, (_, index) =>
    createSimulatedDevice(index, {
      call: createClient({ baseUrl: controllerUrl, transport: pool.transport }),
      clock: systemClock,
      random,
      controllerUrl,
      enrolmentKey: options.enrolmentKey,
      ca,
      signal,
      onOrder(at, order) {
        orders += 1;
        options.onOrder?.(at, order);
      },
      onUrgent: (device) => turns?.hurry(device),
    }),
  );
  const live = createLive(devices, signal);

  return {
    devices,
    enrol: (ratePerSecond = null) => enrolAll(devices, { ratePerSecond, random, signal }),
    connect: () => live.connect(),
    connected: live.connected,
    async exchange({ seconds, ratePerSecond = null }) {
      const meter = createStageMeter(systemClock);
      turns = createTurns({ clock: systemClock, random, signal, devices, meter });
      await turns.run(systemClock.monotonic() + seconds * 1_000, ratePerSecond);
      turns = undefined;
      return meter.report();
    },
    orders: () => orders,
    close() {
      stop.abort(new Error('the simulation ended'));
      pool.close();
    },
  };
}

/** The CA that the enrolment key names, kept in memory; null for the system's. */
async function caOf(options: SimulationOptions, signal: AbortSignal): Promise<string | null> {
  const { controllerUrl } = options;
  const { caFingerprint } = parseEnrolmentKey(options.enrolmentKey);
  if (!controllerUrl.startsWith('https:')) {
    refuseInsecure(controllerUrl, options.isPlainHttpAllowed ?? false);
    return null;
  }
  return caFingerprint === null ? null : fetchCa(controllerUrl, caFingerprint, signal);
}

/** Keys and nonces by the system, jitter by the seed. */
function mixedRandom(seed: number): Random {
  return { bytes: systemRandom.bytes, fraction: createSeededRandom(seed).fraction };
}

async function enrolAll(
  devices: readonly SimulatedDevice[],
  given: {
    readonly ratePerSecond: number | null;
    readonly random: Random;
    readonly signal: AbortSignal;
  },
): Promise<StageReport> {
  const meter = createStageMeter(systemClock);
  const startMs = systemClock.monotonic();
  const { ratePerSecond, random, signal } = given;

  async function enrolOne(device: SimulatedDevice): Promise<void> {
    const plannedMs =
      ratePerSecond === null ? startMs : startMs + (device.index * 1_000) / ratePerSecond;
    await systemClock.sleep(Math.max(0, plannedMs - systemClock.monotonic()), signal);
    meter.started(plannedMs);
    for (let attempt = 0; attempt < ENROL_ATTEMPTS; attempt += 1) {
      try {
        await device.enrol();
        meter.succeeded(plannedMs);
        return;
      } catch (error) {
        signal.throwIfAborted();
        meter.failed(error);
        if (isRefused(error)) return;
        await systemClock.sleep(waitAfterMs(error, attempt, random), signal);
      }
    }
  }

  await Promise.all(devices.map((device) => enrolOne(device)));
  return meter.report();
}

function isRefused(error: unknown): boolean {
  if (!(error instanceof Error) || !('code' in error)) return false;
  const code = String(error.code);
  return code.startsWith('enrolment-') || code.startsWith('licence-');
}

function createLive(devices: readonly SimulatedDevice[], signal: AbortSignal) {
  const open = new Set<number>();
  return {
    connected: () => open.size,
    async connect(): Promise<number> {
      const endMs = systemClock.monotonic() + CONNECT_MS_MAX;
      for (const [number, device] of devices.entries()) {
        void device.keepLive((isOpen) => {
          if (isOpen) open.add(device.index);
          else open.delete(device.index);
        });
        if (number % CONNECT_BATCH === 0) await systemClock.sleep(CONNECT_PAUSE_MS, signal);
      }
      while (open.size < devices.length && systemClock.monotonic() < endMs) {
        await systemClock.sleep(CONNECT_PAUSE_MS, signal);
      }
      return open.size;
    },
  };
}
