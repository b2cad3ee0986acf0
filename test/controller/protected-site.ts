import { present } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import {
  createMachine,
  type TestMachine,
} from '@wardgrid/controller/features/link/testdata/machine';
import {
  AgentSettings,
  enrolmentKeyRoutes,
  organizationRoutes,
  type DeviceEvent,
  type DeviceFinding,
  type DeviceId,
  type ExchangeResponse,
  type OrganizationId,
  type ProtectionHealth,
  type RecordBody,
  type SealedFile,
} from '@wardgrid/wire';
import type { TestServer } from '../database/database.ts';
import { startTestController, type SignedIn, type TestController } from './harness.ts';

/** An enrolled machine. */
export interface ProtectedDevice {
  readonly id: DeviceId;
  readonly machine: TestMachine;
  /** Sends records in one exchange. */
  readonly tell: (...bodies: RecordBody[]) => Promise<ExchangeResponse>;
}

/** A controller with an organization whose devices protect. */
export interface ProtectedSite extends AsyncDisposable {
  readonly controller: TestController;
  readonly root: SignedIn;
  readonly organizationId: OrganizationId;
  readonly addOrganization: (name: string) => Promise<OrganizationId>;
  readonly addDevice: (name: string, organizationId?: OrganizationId) => Promise<ProtectedDevice>;
}

/** Starts a controller, does its set-up. */
export async function openProtectedSite(
  server: TestServer,
  options: { readonly rulesFolder?: string } = {},
): Promise<ProtectedSite> {
  const controller = await startTestController({ server, ...options });
  const root = await controller.setUp();
  const { data } = await root.call(organizationRoutes.list, {});
  const first = present(data[0], 'an organization');

  return {
    controller,
    root,
    organizationId: first.id,
    async addOrganization(name) {
      const { id } = await root.call(organizationRoutes.create, {
        body: { name, tenantId: first.tenantId },
      });
      return id;
    },
    async addDevice(name, organizationId = first.id) {
      const { value } = await root.call(enrolmentKeyRoutes.create, {
        body: { name: `key of ${name}`, organizationId },
      });
      const machine = createMachine(controller.url, name);
      const { deviceId } = await machine.enrol(value);
      return {
        id: deviceId as DeviceId,
        machine,
        tell: (...bodies) =>
          machine.exchange({ records: bodies.map((body) => machine.record(body)) }),
      };
    },
    [Symbol.asyncDispose]: () => controller.close(),
  };
}

/** The settings of a reply, whose signature others check. */
export function settingsIn(reply: ExchangeResponse): AgentSettings | null {
  return reply.settings === null
    ? null
    : AgentSettings.parse(JSON.parse(reply.settings.payload) as unknown);
}

/** An event of a process, with what a test wants of it. */
export function eventOf(given: Partial<DeviceEvent> = {}): DeviceEvent {
  return {
    id: systemNewId(),
    class: 'process',
    action: 'exec',
    at: systemClock.now(),
    order: 1,
    sensor: 'process',
    fields: { 'process.entity_id': systemNewId(), 'process.executable': '/usr/bin/curl' },
    missing: [],
    ...given,
  };
}

/** A finding of a device, with what a test wants of it. */
export function findingOf(given: Partial<DeviceFinding> = {}): DeviceFinding {
  const at = systemClock.now();
  return {
    id: systemNewId(),
    rule: 'reverse-shell',
    title: 'A shell talks to the network',
    engine: 'sigma',
    severity: 'high',
    confidence: 90,
    techniques: ['T1059.004'],
    contentDigest: null,
    subject: '/bin/bash',
    remedy: 'Look at who started it.',
    author: null,
    firstSeenAt: at,
    lastSeenAt: at,
    count: 1,
    matches: [{ selection: 'shell', field: 'process.executable', value: '/bin/bash' }],
    event: eventOf(),
    processes: [],
    actions: [],
    ...given,
  };
}

/** A file in a sealed store, with what a test wants of it. */
export function fileOf(given: Partial<SealedFile> = {}): SealedFile {
  const at = systemClock.now();
  return {
    id: systemNewId(),
    state: 'sealed',
    path: '/tmp/eicar.com',
    sizeBytes: 68,
    sha256: '275a021bbfb6489e54d471899f7db9d1663fc695ec2fe2a2c4538aabf651fd0f',
    mode: 0o644,
    uid: 1_000,
    gid: 1_000,
    findingId: null,
    rule: 'eicar',
    sealedAt: at,
    changedAt: at,
    note: null,
    ...given,
  };
}

/** How a device protects, with what a test wants of it. */
export function healthOf(given: Partial<ProtectionHealth> = {}): ProtectionHealth {
  return {
    mode: 'balanced',
    policyVersion: 1,
    contentDigest: null,
    sensors: [
      {
        name: 'process',
        state: 'on',
        source: 'bpf',
        reason: null,
        events: 10,
        dropped: 0,
        p50Us: 1,
        p99Us: 2,
        blindMs: 0,
        blindSpots: [],
      },
    ],
    engines: [],
    quarantined: 0,
    ...given,
  };
}
