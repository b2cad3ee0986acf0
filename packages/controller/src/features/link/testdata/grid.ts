import type pg from 'pg';
import { present, silentLog, type Clock, type Log } from '@wardgrid/base';
import { systemClock, systemNewId, systemRandom } from '@wardgrid/base/system';
import {
  createClient,
  DEFAULT_PROTECTION,
  enrolmentKeyRoutes,
  type Call,
  type NewEnrolmentKey,
  type NewJobTask,
  type ProtectionSettings,
  type Transport,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { Actor } from '../../../platform/authorize.ts';
import { openBus } from '../../../platform/bus.ts';
import { createChainTime } from '../../../platform/chain-time.ts';
import { openDatabase, type Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { createHttp } from '../../../platform/http.ts';
import { createTemporaryIds } from '../../../platform/temporary-ids.ts';
import { createIdempotency } from '../../../platform/idempotency.ts';
import { openKeys } from '../../../platform/keys.ts';
import { CLOUD_PLACE } from '../../../platform/membership.ts';
import { migrate } from '../../../platform/migrate.ts';
import { createRateLimiter } from '../../../platform/rate-limit.ts';
import { createSecretStore } from '../../../platform/secrets.ts';
import type { Platform } from '../../../platform/services.ts';
import { createDevicesFeature, makeSettingsDue, type PresenceChange } from '../../devices/index.ts';
import { createJobsFeature, type JobDevice, type PreparedTask } from '../../jobs/index.ts';
import { createLiveFeature } from '../../live/index.ts';
import { createTenantsFeature } from '../../tenants/index.ts';
import { createLinkFeature, type LinkDeps, type LinkFeature } from '../index.ts';

/* A controller of the features around the link, for their tests: real database, real HTTP, and in the
   place of sign-in a header that names the actor. */

export type Told = { readonly kind: string; readonly value: unknown };

export interface TestSite {
  readonly tenantId: string;
  readonly organizationId: string;
  readonly scope: string;
  readonly actor: Actor;
}

export type TestGrid = Awaited<ReturnType<typeof openGrid>>;

export interface GridOptions {
  readonly connection: pg.ClientConfig;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly exchangeIntervalMs?: number;
  readonly poolSize?: number;
}

/** Opens the database, mounts the features, listens on loopback. */
export async function openGrid(options: GridOptions) {
  const actors = new Map<string, Actor>();
  const lookups: string[] = [];
  const { platform, listen } = await openPlatform(options, (id) => {
    lookups.push(id);
    return actors.get(id);
  });
  const told: Told[] = [];
  const faults: { store: Error | null } = { store: null };
  const features = createFeatures(platform, { told, faults }, options.exchangeIntervalMs ?? 60_000);
  const url = await listen();
  const stopping = new AbortController();
  const working = features.start(stopping.signal);

  function callAs(actor: Actor): Call {
    actors.set(actor.accountId, actor);
    return clientFor(url, actor);
  }

  return {
    platform,
    features,
    url,
    /** What the injected callbacks heard. */
    told,
    heard: (kind: string): readonly unknown[] =>
      told.filter((one) => one.kind === kind).map((one) => one.value),
    /** What goes wrong in the features behind the link. */
    faults,
    callAs,
    /** Who the name in the header stands for; undefined is nobody. */
    setActor: (id: string, actor: Actor | undefined) =>
      void (actor ? actors.set(id, actor) : actors.delete(id)),
    /** How often it was asked who an account is. */
    lookupsOf: (id: string): number => lookups.filter((one) => one === id).length,
    /** An enrolment key made by the site's owner. */
    makeKey: (site: TestSite, change: Partial<z.input<typeof NewEnrolmentKey>> = {}) =>
      makeKey(callAs(site.actor), site, change),
    makeSite: (name: string, seats = 1_000) =>
      makeSite(platform, features.tenants, { name, seats }),
    async close() {
      stopping.abort();
      await working;
      await platform.http.app.close();
      await platform.bus.close();
      await platform.database.close();
    },
  };
}

async function openPlatform(options: GridOptions, actorOf: (id: string) => Actor | undefined) {
  const { connection, clock = systemClock, log = silentLog } = options;
  await migrate(connection, log);
  const database = openDatabase({ connection, poolSize: options.poolSize ?? 8, log });
  const bus = openBus({ connection, clock: systemClock, log });
  const secrets = createSecretStore(database, systemRandom.bytes(32));
  const keys = await openKeys(database, secrets, {
    newId: systemNewId,
    membership: CLOUD_PLACE.membership,
  });
  const http = createHttp({
    log,
    clock,
    newId: systemNewId,
    trustedProxies: ['127.0.0.1/32'],
    tls: null,
    authenticate: (request) => {
      const actor = actorOf(String(request.headers['x-test-actor']));
      return Promise.resolve(
        actor ? { kind: 'account', actor, isCookie: false } : { kind: 'anonymous' },
      );
    },
    requireNotBlocked: () => undefined,
    csrfTokenOf: keys.csrfTokenOf,
    idempotency: createIdempotency(database, { secrets, key: keys.cursor }),
    temporaryIds: createTemporaryIds(database),
    limiter: createRateLimiter(clock, 1_000_000),
  });
  let url = '';
  const shared = {
    clock,
    chainTime: createChainTime(clock),
    newId: systemNewId,
    log,
    database,
    bus,
    keys,
    place: CLOUD_PLACE,
    secrets,
    http,
  };
  const platform: Platform = { ...shared, publicUrl: () => url, urls: () => [url] };
  const listen = async (): Promise<string> => {
    url = await http.app.listen({ host: '127.0.0.1', port: 0 });
    return url;
  };
  return { platform, listen };
}

async function makeKey(
  call: Call,
  site: TestSite,
  change: Partial<z.input<typeof NewEnrolmentKey>>,
): Promise<{ readonly id: string; readonly value: string }> {
  const { enrolmentKey, value } = await call(enrolmentKeyRoutes.create, {
    body: { name: 'test', organizationId: site.organizationId, seats: 1_000, ...change },
  });
  return { id: enrolmentKey.id, value };
}

function clientFor(url: string, actor: Actor): Call {
  const transport: Transport = (address, request) =>
    fetch(address, {
      ...request,
      headers: { ...request.headers, 'x-test-actor': actor.accountId },
    });
  return createClient({ baseUrl: url, transport });
}

function createFeatures(
  platform: Platform,
  { told, faults }: { readonly told: Told[]; readonly faults: { store: Error | null } },
  exchangeIntervalMs: number,
) {
  const tell = (kind: string) => (_tx: Transaction, value: unknown) => {
    told.push({ kind, value });
    return Promise.resolve();
  };
  const tenants = createTenantsFeature(platform, { seatsOf: () => Promise.resolve(null) });
  const devices = createDevicesFeature(platform, {
    incidents: {
      presenceChanged: (_tx, { wentOffline, cameBack }) => {
        const ids = (changes: readonly PresenceChange[]): string[] =>
          changes.map((change) => change.deviceId);
        told.push({
          kind: 'presence',
          value: { wentOffline: ids(wentOffline), cameBack: ids(cameBack) },
        });
        return Promise.resolve();
      },
    },
    onRetired: (tx, ids) => jobs.endOfRetired(tx, ids),
    onMoved: tell('moved'),
    caFingerprint: null,
    exchangeIntervalMs,
    controllerSilentMs: 90_000,
  });
  const jobs = createJobsFeature(platform, {
    devices: devices.forJobs,
    live: () => link.live,
    prepare: (_context, { task, devices: chosen }) =>
      Promise.resolve(chosen.map((device) => prepare(device, task))),
  });
  const deps: LinkDeps = {
    devices: devices.link,
    jobs: jobs.link,
    licenceOf: tenants.licences.current,
    discovery: {
      store: (tx, results) =>
        faults.store ? Promise.reject(faults.store) : tell('scan-results')(tx, results),
      complete: tell('scan-finished'),
      devicesSeen: tell('devices-seen'),
    },
    incidents: { identityCloned: tell('identity-cloned'), orderRefused: tell('order-refused') },
    ...protectionFor(tell),
    addressOf: (request) => String(request.headers['x-forwarded-for'] ?? '127.0.0.1'),
    requireNotBlocked: () => undefined,
    onEnrolmentRefused: (address) => void told.push({ kind: 'guess', value: address }),
    exchangeIntervalMs,
  };
  const link: LinkFeature = createLinkFeature(platform, deps);
  const started = [link, devices, jobs, createLiveFeature(platform)];
  const start = (signal: AbortSignal): Promise<unknown> =>
    Promise.all(started.map((feature) => feature.start(signal)));
  return { tenants, devices, jobs, link, start };
}

/** Every device is to run the same; what it tells is heard. */
function protectionFor(
  tell: (kind: string) => (tx: Transaction, value: unknown) => Promise<void>,
): Pick<
  LinkDeps,
  'protectionOf' | 'controllersOf' | 'revokedOf' | 'makeSettingsDue' | 'protection' | 'content'
> {
  return {
    protectionOf: (_tx, asked) =>
      Promise.resolve(new Map(asked.map(({ deviceId }) => [deviceId, PROTECTION]))),
    revokedOf: () => Promise.resolve(new Map()),
    controllersOf: () => Promise.resolve(new Map()),
    makeSettingsDue,
    content: () => Promise.reject(notFound('content')),
    protection: {
      findings: tell('findings'),
      files: tell('files'),
      events: tell('events'),
      changed: tell('protection'),
    },
  };
}

/** What every device here is to run. */
const PROTECTION: ProtectionSettings = {
  policy: DEFAULT_PROTECTION,
  switches: [],
  exceptions: [],
  content: null,
};

/** As discovery does, without its networks: every device may scan its own. */
function prepare(device: JobDevice, task: NewJobTask): PreparedTask {
  const { primaryCidr: cidr, gatewayMac } = device;
  if (cidr === null || task.kind !== 'discovery') {
    const error = new ControllerError('device-without-network', 'it has no network');
    return { kind: 'refused', error };
  }
  const { engine, packetsPerSecond } = task;
  const given = { cidr, gatewayMac, ports: null, engine, packetsPerSecond };
  return { kind: 'ready', task: { kind: 'discovery', arguments: given } };
}

async function makeSite(
  platform: Platform,
  { tenants }: ReturnType<typeof createTenantsFeature>,
  given: { readonly name: string; readonly seats: number },
): Promise<TestSite> {
  const licence = { seats: given.seats, validDays: 30, graceDays: 7, features: [] };
  const visibility = {
    kind: 'platform',
    allowed: [{ scope: '', levels: null }],
    denied: [],
    barredTenantIds: [],
  } as const;
  return platform.database.transact({ kind: 'visible', visibility }, async (tx) => {
    const tenant = await tenants.createWithin(tx, { name: given.name, licence });
    const organization = await tenants.createOrganizationWithin(tx, tenant, 'Main');
    return {
      tenantId: tenant.id,
      organizationId: organization.id,
      scope: organization.scope,
      actor: ownerOf(tenant.id, present(tenant.scope, 'a scope')),
    };
  });
}

/** The owner of a tenant, who may do everything in it. */
function ownerOf(tenantId: string, scope: string): Actor {
  return {
    accountId: systemNewId(),
    email: 'owner@example.com',
    name: 'Owner',
    kind: 'admin',
    layer: 1,
    tenantId,
    scope,
    reach: 'subtree',
    roles: [{ role: 'owner', scope, effect: 'allow', expiresAt: null }],
    licenceState: 'active',
    barredTenantIds: [],
    tokenPermissions: null,
    sessionId: null,
  };
}
