/* An agent over a given store, real HTTP and the real clock, on a machine that is made up. */
import { silentLog } from '@wardgrid/base';
import { systemClock, systemRandom } from '@wardgrid/base/system';
import { createClient, type InventoryBody } from '@wardgrid/wire';
import { createAgent, type Agent, type AgentOptions } from '../app.ts';
import type { InventoryReaders } from '../inventory/index.ts';
import { createInventoryHandler, type JobHandlers } from '../jobs/index.ts';
import { createHttpTransport } from '../link/index.ts';
import { NO_NETWORK } from '../network-view/index.ts';
import { createMemoryStore, type AgentStore } from '../store/index.ts';
import { FAKE_ENROLMENT_KEY, type FakeController } from './fake-controller.ts';

type SystemBody = Extract<InventoryBody, { section: 'system' }>;

const SYSTEM: SystemBody = {
  section: 'system',
  hostname: 'made-up',
  fqdn: null,
  osName: 'Linux',
  osVersion: '1',
  osFamily: 'linux',
  kernel: '6',
  architecture: 'x64',
  bootId: 'boot',
  machineIdHash: 'hash',
  timeZone: 'UTC',
  virtualization: null,
  uptimeSeconds: 1,
};

/** Readers of which only the system section can be read. */
const READERS: InventoryReaders = {
  system: () => Promise.resolve(SYSTEM),
  hardware: () => Promise.reject(new Error('no hardware')),
  network: () => Promise.reject(new Error('no network')),
  users: () => Promise.reject(new Error('no users')),
  software: () => Promise.reject(new Error('no software')),
  services: () => Promise.reject(new Error('no services')),
  processes: () => Promise.reject(new Error('no processes')),
};

export interface TestAgent {
  readonly agent: Agent;
  readonly store: AgentStore;
  readonly stop: AbortController;
}

/** An agent for a fake controller. */
export function createTestAgent(
  controller: Pick<FakeController, 'url'>,
  given: Partial<AgentOptions> & { readonly handlers?: Partial<JobHandlers> } = {},
): TestAgent {
  const store = given.store ?? createMemoryStore();
  const stop = new AbortController();
  const agent = createAgent({
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    openLine({ url, ca }) {
      const { transport, close } = createHttpTransport({ ca });
      return { call: createClient({ baseUrl: url, transport }), close };
    },
    controllerUrl: controller.url,
    enrolmentKey: FAKE_ENROLMENT_KEY,
    ca: null,
    machine: () =>
      Promise.resolve({
        hostname: 'made-up',
        osFamily: 'linux',
        osName: 'Linux',
        osVersion: '1',
        architecture: 'x64',
        fingerprint: 'f'.repeat(64),
      }),
    readHeartbeat: () =>
      Promise.resolve({
        hostname: 'made-up',
        network: NO_NETWORK,
        vitals: null,
        protection: null,
      }),
    readers: READERS,
    protection: null,
    createHandlers: (reports) => ({
      discovery: () => Promise.resolve({ summary: {}, coverage: null }),
      'port-scan': () => Promise.resolve({ summary: {}, coverage: null }),
      inventory: createInventoryHandler(reports),
      ...given.handlers,
    }),
    openNearby: null,
    serverTime: () => undefined,
    failoverTimes: { patienceMs: 15_000 },
    ...given,
    store,
  });
  return { agent, store, stop };
}

/** How long a test waits for what must happen. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 10;

/** Waits until `look` gives something, and gives that. */
export async function until<T>(look: () => T | undefined | null | false): Promise<T> {
  const endMs = systemClock.monotonic() + PATIENCE_MS;
  for (;;) {
    const found = look();
    if (found !== undefined && found !== null && found !== false) return found;
    if (systemClock.monotonic() > endMs) throw new Error(`did not happen: ${look.toString()}`);
    await systemClock.sleep(LOOK_MS);
  }
}
