/**
 * Linux: reads the machine through `/proc`, `/sys`, the system's own files and, where there is no
 * file, its own programs. It owns no decision: what the readings mean is for the features that ask.
 * It must not change anything, resolve names or talk to the network.
 */
import type { Clock } from '@wardgrid/base';
import type { Platform } from '../platform.ts';
import { createCommandRunner, type CommandRunner } from './command.ts';
import { readHardware } from './hardware.ts';
import { readNetworkTables } from './network-tables.ts';
import { readNetwork } from './network.ts';
import { readSoftware } from './packages.ts';
import { readProcesses } from './processes.ts';
import { readServices } from './services.ts';
import type { LinuxSource } from './source.ts';
import { readSystem } from './system.ts';
import { readUsers } from './users.ts';
import { createVitalsReader } from './vitals.ts';

/** What the platform needs; a test may bring its own root folder and programs. */
export interface LinuxPlatformOptions {
  readonly clock: Clock;
  /** Ends in a slash. */
  readonly rootPath?: string;
  readonly run?: CommandRunner;
}

/** The platform of this Linux machine. */
export function createLinuxPlatform(options: LinuxPlatformOptions): Platform {
  const { clock, rootPath = '/' } = options;
  const source: LinuxSource = { rootPath, clock, run: options.run ?? createCommandRunner(clock) };
  return {
    networkTables: () => readNetworkTables({ rootPath, isComplete: false }),
    vitals: createVitalsReader(rootPath),
    inventory: {
      system: async () => readSystem(source),
      hardware: (signal) => readHardware(source, signal),
      network: (signal) => readNetwork(source, signal),
      users: async () => readUsers(source),
      software: (signal) => readSoftware(source, signal),
      services: (signal) => readServices(source, signal),
      processes: (signal) => readProcesses(source, signal),
    },
  };
}
