import type { Clock, Log, Random } from '@wardgrid/base';
import { createClient } from '@wardgrid/wire';
import { createAgent, type Agent, type AgentOptions } from '../app.ts';
import type { Config } from '../config.ts';
import { AgentError } from '../errors.ts';
import {
  createDiscoveryHandler,
  createInventoryHandler,
  createKillHandler,
  createPortScanHandler,
  createMalwareScanHandler,
  createPurgeHandler,
  createQuarantineHandler,
  createRestoreHandler,
  type JobHandlers,
  type Whereabouts,
} from '../jobs/index.ts';
import {
  createHttpTransport,
  parseEnrolmentKey,
  trustController,
  type EnrolmentKey,
  type OpenLine,
} from '../link/index.ts';
import { readHeartbeatSource, readMachineFacts } from '../machine.ts';
import { createNearby } from '../nearby/index.ts';
import type { Protection } from '../protect/index.ts';
import { openNamedFile } from '../quarantine/index.ts';
import { createLinuxPlatform } from '../platform/linux/index.ts';
import type { Platform } from '../platform/platform.ts';
import type { DataFolder } from '../store/index.ts';
import { readWhereabouts } from '../whereabouts.ts';

/** What every command of the agent works with. */
export interface Surroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly signal: AbortSignal;
}

/** An agent over a data folder, ready to work. */
export interface AgentSession {
  readonly agent: Agent;
}

/**
 * Puts an agent together: whom to trust, how to talk, what the machine is. @throws AgentError as
 * `trustController` does, and `not-enrolled` when nothing says which controller is meant.
 */
export async function openAgentSession(
  given: {
    readonly config: Config;
    readonly folder: DataFolder;
    readonly isPatient: boolean;
    readonly protection: Protection | null;
  },
  surroundings: Surroundings,
): Promise<AgentSession> {
  const { config, folder, isPatient, protection } = given;
  const { signal, log } = surroundings;
  const identity = folder.store.identity();
  const enrolment = identity?.enrolment ?? null;
  const enrolmentKey = keyOf(config);
  const controllerUrl = config.controllerUrl ?? enrolment?.controllerUrl;
  if (controllerUrl === undefined) {
    throw new AgentError('not-enrolled', 'give --controller and --enrolment-key to enrol');
  }
  const ca = await trustController(
    {
      ...surroundings,
      ...config,
      enrolmentKey,
      controllerUrl,
      isPatient,
      isEnrolled: enrolment !== null,
    },
    signal,
  );
  const serverClock = createServerClock(surroundings.clock);
  const platform = platformOf(surroundings.clock);
  log.debug('agent ready', { controllerUrl, isEnrolled: enrolment !== null });
  const agent = createAgent({
    ...surroundings,
    ...machineParts(platform, surroundings, protection),
    protection,
    store: folder.store,
    openLine: openLineOf(serverClock.set),
    openNearby: config.isDiscovering
      ? (given) => createNearby({ ...surroundings, ...given })
      : null,
    failoverTimes: { patienceMs: config.failoverAfterMs },
    controllerUrl,
    ca,
    enrolmentKey: enrolmentKey?.text ?? null,
    serverTime: serverClock.now,
    onReached: (deviceId) => log.info('controller reached', { deviceId }),
  });
  return { agent };
}

/** Lines by HTTP, which tell the time that controllers say. */
function openLineOf(onServerTime: (epochMs: number) => void): OpenLine {
  return ({ url, ca }) => {
    const { transport, close } = createHttpTransport({ ca, onServerTime });
    return { call: createClient({ baseUrl: url, transport }), close };
  };
}

function keyOf({ enrolmentKey }: Config): EnrolmentKey | null {
  return enrolmentKey ? parseEnrolmentKey(enrolmentKey.reveal()) : null;
}

type MachineParts = Pick<AgentOptions, 'machine' | 'readHeartbeat' | 'readers' | 'createHandlers'>;

function machineParts(
  platform: Platform,
  { clock, signal }: Surroundings,
  protection: Protection | null,
): MachineParts {
  const whereabouts = (): Promise<Whereabouts> => readWhereabouts({ platform, clock, signal });
  const scanDeps = { whereabouts, loadEngine: () => import('../scan/index.ts') };
  return {
    machine: () => readMachineFacts(platform, signal),
    readHeartbeat: () => readHeartbeatSource(platform, whereabouts, protection?.health() ?? null),
    readers: platform.inventory,
    createHandlers: (reports) => ({
      discovery: createDiscoveryHandler(scanDeps),
      'port-scan': createPortScanHandler(scanDeps),
      inventory: createInventoryHandler(reports),
      ...(protection ? responseHandlers(protection) : {}),
    }),
  };
}

/** What only a run that protects can do. */
function responseHandlers({ quarantine, killer, scans }: Protection): JobHandlers {
  return {
    'malware-scan': createMalwareScanHandler(scans),
    quarantine: createQuarantineHandler(quarantine, openNamedFile),
    restore: createRestoreHandler(quarantine),
    purge: createPurgeHandler(quarantine),
    kill: createKillHandler((pid, entityId) => killer.killTree({ pid, entityId })),
  };
}

function platformOf(clock: Clock): Platform {
  if (process.platform === 'linux') return createLinuxPlatform({ clock });
  throw new AgentError('platform-unsupported', `the agent does not run on ${process.platform} yet`);
}

/** The controller's clock, carried on by this device's own running time. */
function createServerClock(clock: Clock): {
  readonly set: (epochMs: number) => void;
  readonly now: () => number | undefined;
} {
  let known: { readonly epochMs: number; readonly atMs: number } | undefined;
  return {
    set: (epochMs) => void (known = { epochMs, atMs: clock.monotonic() }),
    now: () => known && Math.round(known.epochMs + clock.monotonic() - known.atMs),
  };
}
