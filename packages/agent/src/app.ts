import type { Clock, Log, Random } from '@wardgrid/base';
import { contentRoute, PRODUCT_VERSION, type LiveFrame, type MachineFacts } from '@wardgrid/wire';
import type { InventoryReaders } from './inventory/index.ts';
import { createRunner, type JobHandlers, type Runner } from './jobs/index.ts';
import {
  createConnection,
  createSeed,
  DEVICE_HEADER,
  ensureEnrolled,
  keepLive,
  tenantKeyOf,
  type Connection,
  type ConnectionEnd,
  type FailoverTimes,
  type OpenLine,
  type ReadHeartbeat,
} from './link/index.ts';
import type { Nearby, NearbyOptions } from './nearby/index.ts';
import type { FetchContent, Protection } from './protect/index.ts';
import { createInventoryReports, type InventoryReports } from './reports/index.ts';
import type { AgentStore, OrderIntake } from './store/index.ts';

/** What an agent is made of; everything that touches the machine or the network comes from outside. */
export interface AgentOptions {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly store: AgentStore;
  readonly openLine: OpenLine;
  readonly controllerUrl: string;
  readonly enrolmentKey: string | null;
  /** The one CA to trust, as PEM; null for the system's. */
  readonly ca: string | null;
  readonly machine: () => Promise<MachineFacts>;
  readonly readHeartbeat: ReadHeartbeat;
  readonly readers: InventoryReaders;
  readonly createHandlers: (reports: InventoryReports) => JobHandlers;
  /** Works by itself; null when this run does not protect. */
  readonly protection: Pick<Protection, 'onNews' | 'refresh' | 'keepContent'> | null;
  /** The controller's time as its last reply said it; undefined before the first. */
  readonly serverTime: () => number | undefined;
  readonly failoverTimes: FailoverTimes;
  /** Listens for controllers on the local network; null when this run does not. */
  readonly openNearby:
    | ((options: Omit<NearbyOptions, 'clock' | 'log'>) => Pick<Nearby, 'run'>)
    | null;
  /** Enrolled and reached: said once. */
  readonly onReached?: (deviceId: string) => void;
}

/** How an agent ended by itself; errors are thrown. */
export type AgentEnd = 'stopped' | 'retired';

/** The agent of one device. */
export interface Agent {
  /** Works until aborted or retired. @throws AgentError as `ensureEnrolled` does. */
  readonly run: (signal: AbortSignal) => Promise<AgentEnd>;
  /** One pass: exchange, do what is due, send the results. @throws whatever the exchange throws. */
  readonly once: (signal: AbortSignal) => Promise<AgentEnd>;
}

/** An agent over a store. */
export function createAgent(options: AgentOptions): Agent {
  const passes = { run: runDevice, once: passDevice };

  async function untilEnd(kind: keyof typeof passes, signal: AbortSignal): Promise<AgentEnd> {
    const { store, random, log } = options;
    while (!store.link().isRetired) {
      if (signal.aborted) return 'stopped';
      const device = await createDevice(options, kind, signal);
      const end = await passes[kind](options, device, signal);
      if (end.kind === 'stopped') return 'stopped';
      if (end.kind === 'forked') {
        log.warn('another machine uses this identity: becoming a device of its own');
        await startOver(
          options,
          { seed: createSeed(random), splitTicket: end.splitTicket },
          signal,
        );
      } else {
        store.markRetired();
      }
    }
    return 'retired';
  }

  return {
    run: (signal) => untilEnd('run', signal),
    once: (signal) => untilEnd('once', signal),
  };
}

/** The parts of an enrolled device. */
interface Device {
  readonly deviceId: string;
  readonly connection: Connection;
  readonly runner: Runner;
  readonly reports: InventoryReports;
}

async function createDevice(
  options: AgentOptions,
  kind: 'run' | 'once',
  signal: AbortSignal,
): Promise<Device> {
  const { store } = options;
  const home = { url: options.controllerUrl, ca: options.ca };
  const { call, close } = options.openLine(home);
  const enrolment = await ensureEnrolled(
    { ...options, call, agentVersion: PRODUCT_VERSION, isPatient: kind === 'run' },
    signal,
  ).finally(close);
  const seed = store.identity()?.seed ?? new Uint8Array();
  // The three know of each other only by these functions, which are called later.
  const onRecord = (): void => connection.noticeRecord();
  const onOrders = (intake: OrderIntake): void => noticeOrders(device, intake);
  const connection: Connection = createConnection(enrolment, seed, {
    ...options,
    home,
    readProgress: () => runner.progress(),
    isBusy: () => runner.isBusy(),
    onOrders,
    onSettings: () => options.protection?.refresh(),
  });
  options.protection?.onNews(onRecord);
  const reports = createInventoryReports({ ...options, onRecord });
  const handlers = options.createHandlers(reports);
  const runner = createRunner({ ...options, handlers, onRecord });
  const device: Device = { deviceId: enrolment.deviceId, connection, runner, reports };
  return device;
}

function noticeOrders({ runner, connection }: Device, { entries, records }: OrderIntake): void {
  runner.notice(entries.flatMap(({ targetId }) => (targetId === null ? [] : [targetId])));
  if (records.length > 0 || entries.length > 0) connection.noticeRecord();
}

/** A fork must be on disk before the ticket is used: the ticket is good for one device. */
async function startOver(
  { store, clock }: AgentOptions,
  next: Parameters<AgentStore['startOver']>[0],
  signal: AbortSignal,
): Promise<void> {
  while (!store.startOver(next)) await clock.sleep(DISK_RETRY_MS, signal);
}

/** How soon a disk that refused the new identity is tried again. */
const DISK_RETRY_MS = 30_000;

async function runDevice(
  options: AgentOptions,
  device: Device,
  signal: AbortSignal,
): Promise<ConnectionEnd> {
  const { connection, runner, reports, deviceId } = device;
  const over = new AbortController();
  const inner = AbortSignal.any([signal, over.signal]);
  const beside: Promise<void>[] = [runner.run(inner), reports.keepReporting(inner)];
  const nearby = nearbyOf(options, device);
  if (nearby) beside.push(nearby.run(inner));
  let isReached = false;
  const onReached = (): void => {
    if (isReached) return;
    isReached = true;
    options.onReached?.(deviceId);
    const { controllers } = device.connection;
    beside.push(keepLive({ ...options, controllers, deviceId, onFrame }, inner));
    const { protection } = options;
    if (protection) beside.push(protection.keepContent(fetchOf(device), inner));
  };
  function onFrame(frame: LiveFrame): void {
    if (frame.kind === 'order') connection.exchange.takeLive(frame.order);
    connection.noticeCall();
  }
  try {
    const talk = connection.run(inner, onReached);
    const failure = Promise.all(beside).then(() => talk);
    return await Promise.race([talk, failure]);
  } finally {
    over.abort();
    await Promise.allSettled(beside);
    connection.controllers.close();
  }
}

/** The ears of this device, which tell what they hear by its records. */
function nearbyOf(
  { store, clock, openNearby }: AgentOptions,
  { connection }: Device,
): Pick<Nearby, 'run'> | null {
  const enrolment = store.identity()?.enrolment;
  if (!enrolment || !openNearby) return null;
  const { deviceId, tenantId } = enrolment;
  return openNearby({
    deviceId,
    tenantId,
    tenantKey: tenantKeyOf(enrolment),
    controllers: () => store.link().settings.controllers,
    onAddress: connection.controllers.learn,
    report(body) {
      store.append([{ at: clock.now(), body }]);
      connection.noticeRecord();
    },
  });
}

/** Fetches content as this device. */
function fetchOf({ connection, deviceId }: Device): FetchContent {
  return async (digest, offset, signal) => {
    const { session, call } = connection.controllers.current();
    const token = await session.token(signal);
    return call(contentRoute, {
      params: { digest },
      query: { offset },
      signal,
      headers: { authorization: `Device ${token}`, [DEVICE_HEADER]: deviceId },
    });
  };
}

async function passDevice(
  _options: AgentOptions,
  device: Device,
  signal: AbortSignal,
): Promise<ConnectionEnd> {
  const { connection, runner, reports } = device;
  try {
    await reports.reportDue(signal);
    return await pass(connection, runner, signal);
  } finally {
    connection.controllers.close();
  }
}

async function pass(
  connection: Connection,
  runner: Runner,
  signal: AbortSignal,
): Promise<ConnectionEnd> {
  const first = await connection.once(signal);
  if (first.kind !== 'stopped' || !runner.hasWork()) return first;
  const over = new AbortController();
  const inner = AbortSignal.any([signal, over.signal]);
  // Exchanges go on while the jobs run, so that a cancel arrives and progress is seen.
  const talk = connection.run(inner, () => undefined);
  await Promise.race([runner.drain(inner), talk]);
  over.abort();
  const end = await talk;
  return end.kind === 'stopped' ? connection.once(signal) : end;
}
