import { createFakeClock, silentLog, type FakeClock } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import type { Actor } from '@wardgrid/controller/platform/authorize';
import type { Context } from '@wardgrid/controller/platform/context';
import {
  openDatabase,
  type Database,
  type Transaction,
} from '@wardgrid/controller/platform/database';
import type { Http } from '@wardgrid/controller/platform/http';
import { createChainTime } from '@wardgrid/controller/platform/chain-time';
import { CLOUD_PLACE } from '@wardgrid/controller/platform/membership';
import { migrate } from '@wardgrid/controller/platform/migrate';
import type { Platform } from '@wardgrid/controller/platform/services';
import type { Route } from '@wardgrid/wire';
import { Client } from 'pg';
import type * as z from 'zod';
import { createDatabase, type TestServer } from '../database/database.ts';

/** A feature's ground: a migrated database and a platform on it, without HTTP. */
export interface FeatureFixture extends AsyncDisposable {
  readonly platform: Platform;
  readonly clock: FakeClock;
  /** Runs work with the workers' rights. */
  readonly ingest: <T>(work: (tx: Transaction) => Promise<T>) => Promise<T>;
  /** Calls a mounted route's handler as somebody, and checks that the answer keeps the contract. */
  readonly call: <
    P extends z.ZodType,
    Q extends z.ZodType,
    B extends z.ZodType,
    R extends z.ZodType,
  >(
    actor: Actor,
    route: Route<P, Q, B, R>,
    input?: {
      readonly params?: z.input<P>;
      readonly query?: z.input<Q>;
      readonly body?: z.input<B>;
    },
  ) => Promise<z.output<R>>;
  /** Looks behind the curtain, past every policy. */
  readonly query: <Row = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ) => Promise<Row[]>;
  readonly addOrganization: () => Promise<Organization>;
  readonly addDevice: (organization: Organization, device?: NewDevice) => Promise<TestDevice>;
}

export interface Organization {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
}

interface NewDevice {
  readonly name?: string;
  readonly localIp?: string;
  readonly primaryCidr?: string | null;
  readonly macAddress?: string;
  readonly gatewayMac?: string | null;
  readonly publicIp?: string;
}

export interface TestDevice {
  readonly id: string;
  readonly deviceId: string;
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly name: string;
  readonly localIp: string | null;
  readonly primaryCidr: string | null;
  readonly macAddress: string | null;
  readonly gatewayMac: string | null;
}

type Handler = (context: Context, input: unknown) => Promise<unknown>;

const label = (id: string): string => id.replaceAll('-', '');

/** Makes the fixture on a server of the run. */
export async function createFeatureFixture(server: TestServer): Promise<FeatureFixture> {
  const database = await createDatabase(server, {
    name: 'controller',
    migrate: (connection) => migrate(connection, silentLog),
  });
  const pool = openDatabase({ connection: database.connection, poolSize: 5, log: silentLog });
  const curtain = new Client({ ...server.maintenance, database: database.connection.database });
  curtain.on('error', () => undefined);
  await curtain.connect();
  const clock = createFakeClock(Date.UTC(2026, 10, 21, 10));
  const handlers = new Map<string, Handler>();
  const platform = platformOf(pool, clock, handlers);

  async function query<Row>(text: string, values: unknown[] = []): Promise<Row[]> {
    return (await curtain.query(text, values)).rows as Row[];
  }

  return {
    platform,
    clock,
    query,
    ingest: (work) => pool.transact({ kind: 'ingest' }, work),
    async call(actor, route, input = {}) {
      const handler = handlers.get(`${route.method} ${route.path}`);
      if (!handler) throw new Error(`nothing is mounted at ${route.method} ${route.path}`);
      const context = {
        requestId: 'test',
        signal: new AbortController().signal,
        address: '192.0.2.1',
        userAgent: 'test',
        isSecure: true,
        actor,
      };
      const answer = await handler(context, {
        params: route.params.parse(input.params ?? {}),
        query: route.query.parse(input.query ?? {}),
        body: route.body.parse(input.body ?? {}),
      });
      return route.response.parse(answer);
    },
    async addOrganization() {
      const tenantId = systemNewId();
      const id = systemNewId();
      const scope = `${label(tenantId)}.${label(id)}`;
      await query('insert into tenant (id, scope, name, public_key) values ($1, $2, $3, $4)', [
        tenantId,
        label(tenantId),
        `Tenant ${tenantId}`,
        'key',
      ]);
      await query('insert into organization (id, tenant_id, scope, name) values ($1, $2, $3, $4)', [
        id,
        tenantId,
        scope,
        `Organization ${id}`,
      ]);
      return { id, tenantId, scope };
    },
    addDevice: (organization, device) => addDevice(query, organization, { clock, ...device }),
    async [Symbol.asyncDispose]() {
      await curtain.end();
      await pool.close();
      await database.drop();
    },
  };
}

async function addDevice(
  query: FeatureFixture['query'],
  organization: Organization,
  given: NewDevice & { readonly clock: FakeClock },
): Promise<TestDevice> {
  const id = systemNewId();
  const device = {
    id,
    deviceId: id,
    tenantId: organization.tenantId,
    organizationId: organization.id,
    scope: `${organization.scope}.${label(id)}`,
    name: given.name ?? `device-${id.slice(-6)}`,
    localIp: given.localIp ?? null,
    primaryCidr: given.primaryCidr === undefined ? '10.0.0.0/24' : given.primaryCidr,
    macAddress: given.macAddress ?? null,
    gatewayMac: given.gatewayMac === undefined ? '02:00:00:00:00:01' : given.gatewayMac,
  };
  await query(
    `insert into device (id, tenant_id, organization_id, scope, name, hostname, os_family, os_name, os_version, architecture,
      agent_version, public_key, fingerprint, local_ip, primary_cidr, mac_address, gateway_mac)
     values ($1::uuid, $2, $3, $4, $5, $5, 'linux', 'Debian', '12', 'x64', '1', ($1::uuid)::text, 'f', $6, $7, $8, $9)`,
    [
      id,
      device.tenantId,
      device.organizationId,
      device.scope,
      device.name,
      device.localIp,
      device.primaryCidr,
      device.macAddress,
      device.gatewayMac,
    ],
  );
  await query(
    `insert into device_presence (device_id, tenant_id, scope, status, last_seen_at, public_ip)
     values ($1, $2, $3, 'online', $4, $5)`,
    [id, device.tenantId, device.scope, new Date(given.clock.now()), given.publicIp ?? null],
  );
  return device;
}

/** A platform whose routes are called directly. */
function platformOf(
  database: Database,
  clock: FakeClock,
  handlers: Map<string, Handler>,
): Platform {
  const http = {
    mount: (route: Route, handler: Handler) =>
      void handlers.set(`${route.method} ${route.path}`, handler),
  };
  return {
    clock,
    chainTime: createChainTime(clock),
    database,
    newId: systemNewId,
    log: silentLog,
    http: http as unknown as Http,
    keys: { cursor: new Uint8Array(32) } as Platform['keys'],
    bus: undefined as never,
    place: CLOUD_PLACE,
    secrets: undefined as never,
    publicUrl: () => '',
    urls: () => [''],
  };
}

/** For features that are tried without findings: no incident has any. */
export const noFindings = (): Promise<{ resolved: number; left: number }> =>
  Promise.resolve({ resolved: 0, left: 0 });

/** A person of a tenant with a role at a scope. */
export function actorAt(
  organization: Organization,
  role: Actor['roles'][number]['role'] = 'owner',
): Actor {
  return {
    accountId: systemNewId(),
    email: `${role}@example.com`,
    name: role,
    kind: 'admin',
    layer: 1,
    tenantId: organization.tenantId,
    scope: label(organization.tenantId),
    reach: 'subtree',
    roles: [{ role, scope: label(organization.tenantId), effect: 'allow', expiresAt: null }],
    licenceState: 'active',
    barredTenantIds: [],
    tokenPermissions: null,
    sessionId: null,
  };
}
