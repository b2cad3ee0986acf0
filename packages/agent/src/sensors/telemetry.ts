import { join } from 'node:path';
import { messageOf, type Clock, type Log } from '@wardgrid/base';
import { systemCalls } from '../platform/linux/system-calls.ts';
import type { OnEvents, SensedEvent, Sensor } from '../protect/parts.ts';
import { createAbsentSensor } from './absent.ts';
import { createAuthenticationSensor } from './authentication/index.ts';
import { createLogFeed, createServiceLogSensor } from './logs/index.ts';
import { createMemorySensor } from './memory/index.ts';
import { createNetworkSensor } from './network/index.ts';
import { createProcessSensor, type ProcessSensor } from './process/index.ts';

/** What the sensors of telemetry need. */
export interface TelemetryOptions {
  readonly clock: Clock;
  readonly log: Log;
  /** Ends in a slash; `/` but in tests. */
  readonly rootPath?: string;
  /** The agent's own folder, where it is kept how far logs were read. */
  readonly dataPath: string;
  /** Whether audit may be switched on where BPF cannot be had. */
  readonly mayEnableAudit?: boolean;
}

/** Everything that only looks: processes, network, sign-ins, service logs, memory. */
export interface Telemetry {
  /** All of them, stopped; processes first, since the others name theirs by it. */
  readonly sensors: readonly Sensor[];
  /** The process sensor among them, which also finds processes and keeps files from running. */
  readonly processes: ProcessSensor | null;
}

const NAMES = ['process', 'network', 'memory', 'authentication', 'service-log'] as const;

/** The sensors of this machine; where the kernel cannot be asked, sensors that say so. */
export function createTelemetry(options: TelemetryOptions): Telemetry {
  try {
    if (process.platform !== 'linux') throw new Error(`no telemetry on ${process.platform} yet`);
    systemCalls();
  } catch (error) {
    const reason = messageOf(error);
    return { processes: null, sensors: NAMES.map((name) => createAbsentSensor(name, reason)) };
  }
  return createLinuxTelemetry(options);
}

/** Each hints at the others what is worth a look. */
function createLinuxTelemetry(options: TelemetryOptions): Telemetry {
  const { clock, log, rootPath = '/', dataPath, mayEnableAudit = false } = options;
  const processes = createProcessSensor({ clock, log, rootPath, mayEnableAudit });
  const findProcess = processes.find.bind(processes);
  const network = createNetworkSensor({ clock, log, rootPath, findProcess });
  const memory = createMemorySensor({ clock, rootPath, findProcess });
  const positionsPath = join(dataPath, 'log-positions.json');
  const feed = createLogFeed({ clock, rootPath, positionsPath });
  const hint = (event: SensedEvent): void => {
    const pid = event.fields['process.pid'];
    if (event.action !== 'exec' || event.fields['event.reason'] !== undefined) return;
    network.hint();
    if (typeof pid === 'number') memory.hint(pid);
  };
  const hinting: ProcessSensor = {
    name: processes.name,
    find: findProcess,
    deny: processes.deny.bind(processes),
    health: processes.health.bind(processes),
    stop: processes.stop.bind(processes),
    start: (onEvents: OnEvents) =>
      processes.start((events) => {
        onEvents(events);
        events.forEach(hint);
      }),
  };
  return {
    processes: hinting,
    sensors: [
      hinting,
      network,
      memory,
      createAuthenticationSensor({ clock, feed }),
      createServiceLogSensor({ clock, feed }),
    ],
  };
}
