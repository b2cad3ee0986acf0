import {
  createDiscoveryFeature,
  type FinishedScan,
} from '@wardgrid/controller/features/discovery/index';
import { createFindingsFeature } from '@wardgrid/controller/features/findings/index';
import { createIncidentsFeature } from '@wardgrid/controller/features/incidents/index';
import { systemNewId } from '@wardgrid/base/system';
import {
  findingRoutes,
  NewJobTask,
  type JobTask,
  type ScannedHost,
  type ScannedPort,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { TestServer } from '../database/database.ts';
import {
  actorAt,
  createFeatureFixture,
  noFindings,
  type FeatureFixture,
  type Organization,
  type TestDevice,
} from './feature-fixture.ts';

export const GATEWAY_MAC = '02:00:00:00:00:01';
export const CIDR = '10.0.0.0/24';

/** A network, a device on it and all that scans it. */
export interface Site extends AsyncDisposable {
  readonly fixture: FeatureFixture;
  readonly discovery: ReturnType<typeof createDiscoveryFeature>;
  readonly organization: Organization;
  readonly scanner: TestDevice;
  readonly actor: ReturnType<typeof actorAt>;
  readonly prepare: (
    task: z.input<typeof NewJobTask>,
    as?: ReturnType<typeof actorAt>,
  ) => Promise<JobTask>;
  /** A whole scan as an agent does it; its job's id. */
  readonly scan: (found: Found) => Promise<string>;
  readonly findings: (filter?: string) => Promise<string[]>;
}

/** What a scan finds. */
interface Found {
  readonly hosts?: readonly Partial<ScannedHost>[];
  readonly ports?: readonly (Partial<ScannedPort> & { readonly ip: string })[];
  readonly task?: JobTask;
  readonly coverage?: Partial<NonNullable<FinishedScan['body']['coverage']>> | null;
}

/** No worker runs: nothing is waited for. */
const INTERVALS = { exchangeIntervalMs: 60_000, sweepIntervalMs: 15_000 };

/** A network with a device that scans it. */
export async function openSite(server: TestServer, cidr = CIDR): Promise<Site> {
  const fixture = await createFeatureFixture(server);
  const discovery = createDiscoveryFeature(fixture.platform, {
    findings: createFindingsFeature(fixture.platform, {
      incidents: createIncidentsFeature(fixture.platform, {
        ...INTERVALS,
        resolveFindings: noFindings,
      }),
      // Scans make no findings that exceptions are about.
      exceptionsOf: () => Promise.resolve(new Map()),
    }),
  });
  const organization = await fixture.addOrganization();
  const scanner = await fixture.addDevice(organization, {
    name: 'scanner',
    localIp: '10.0.0.2',
    macAddress: '02:00:00:00:00:02',
    primaryCidr: cidr,
  });
  const actor = actorAt(organization);
  await fixture.ingest((tx) => discovery.devicesSeen(tx, [scanner]));
  const prepare: Site['prepare'] = (task, as = actor) => {
    const context = {
      actor: as,
      requestId: 'test',
      address: '192.0.2.1',
      userAgent: 'test',
      isSecure: true,
      signal: new AbortController().signal,
    };
    const parsed = NewJobTask.parse(task);
    if (parsed.kind !== 'discovery' && parsed.kind !== 'port-scan') throw new Error('no scan');
    const given = { device: scanner, task: parsed };
    return fixture.ingest((tx) => discovery.prepare(tx, context, given));
  };
  return {
    fixture,
    discovery,
    organization,
    scanner,
    actor,
    prepare,
    async scan(found) {
      const task = found.task ?? (await prepare({ kind: 'discovery', isNetworkApproved: true }));
      return runScan({ fixture, discovery, scanner }, { ...found, task });
    },
    async findings(filter = 'state:open') {
      const { data } = await fixture.call(actor, findingRoutes.list, {
        query: { filter, limit: 500 },
      });
      return data.map(({ rule }) => rule).toSorted();
    },
    [Symbol.asyncDispose]: () => fixture[Symbol.asyncDispose](),
  };
}

/** A job that runs on the device. */
export async function addJob(fixture: FeatureFixture, scanner: TestDevice, task: JobTask) {
  const job = {
    id: systemNewId(),
    organizationId: scanner.organizationId,
    deviceId: scanner.id,
    kind: task.kind,
    arguments: task.arguments,
  };
  await fixture.query(
    `insert into job (id, tenant_id, organization_id, scope, device_id, kind, arguments, state, created_at, created_by, expires_at)
     values ($1, $2, $3, $4, $5, $6, $7, 'running', $8, 'test', $8)`,
    [
      job.id,
      scanner.tenantId,
      scanner.organizationId,
      scanner.scope,
      scanner.id,
      task.kind,
      JSON.stringify(task.arguments),
      new Date(fixture.clock.now()),
    ],
  );
  return job;
}

async function runScan(
  { fixture, discovery, scanner }: Pick<Site, 'fixture' | 'discovery' | 'scanner'>,
  found: Found & { readonly task: JobTask },
): Promise<string> {
  const job = await addJob(fixture, scanner, found.task);
  await fixture.clock.advance(60_000);
  const hosts = (found.hosts ?? []).map((host) => hostOf(host));
  const ports = (found.ports ?? []).map((port) => portOf(port));
  const asked = found.task.kind === 'inventory' ? null : found.task.arguments;
  await fixture.ingest(async (tx) => {
    for (let start = 0; start < hosts.length; start += 256) {
      const body = {
        kind: 'job-hosts' as const,
        jobId: job.id,
        hosts: hosts.slice(start, start + 256),
      };
      await discovery.store(tx, [{ job, sequence: 1 + start, body }]);
    }
    for (let start = 0; start < ports.length; start += 512) {
      const body = {
        kind: 'job-ports' as const,
        jobId: job.id,
        ports: ports.slice(start, start + 512),
      };
      await discovery.store(tx, [{ job, sequence: 1_000_000 + start, body }]);
    }
  });
  await finish(
    { fixture, discovery },
    {
      job,
      body: {
        kind: 'job-finished',
        jobId: job.id,
        outcome: 'succeeded',
        error: null,
        summary: {},
        coverage:
          found.coverage === null
            ? null
            : {
                cidr: found.task.kind === 'discovery' ? found.task.arguments.cidr : null,
                hosts: found.task.kind === 'port-scan' ? found.task.arguments.hosts : null,
                ports: asked && 'ports' in asked ? asked.ports : null,
                isComplete: true,
                ...found.coverage,
              },
      },
    },
  );
  return job.id;
}

/** As the link does: the job ends, then its results are taken in. */
export function finish(
  { fixture, discovery }: Pick<Site, 'fixture' | 'discovery'>,
  scan: FinishedScan,
) {
  return fixture.ingest(async (tx) => {
    await discovery.complete(tx, scan);
  });
}

/** A host with everything it needs. */
export function hostOf(host: Partial<ScannedHost>): ScannedHost {
  return {
    ip: '10.0.0.9',
    mac: null,
    names: [],
    isSelf: false,
    rttMs: 1,
    evidence: ['arp'],
    ...host,
  };
}

function portOf(port: Partial<ScannedPort> & { readonly ip: string }): ScannedPort {
  return { port: 22, transport: 'tcp', service: 'ssh', ...port };
}
