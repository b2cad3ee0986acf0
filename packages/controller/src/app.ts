import { readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { boundedText, visibleText, type Clock, type Log, type NewId } from '@wardgrid/base';
import { systemRandom } from '@wardgrid/base/system';
import { OWN_NAME_LENGTH_MAX, type ControllerRole } from '@wardgrid/wire';
import { isAnnounced, isLoopbackHost, wayInOf, type Config } from './config.ts';
import { createFeatures, type Features } from './features.ts';
import { askGrid, joinGrid } from './features/controllers/index.ts';
import { SYNC_TYPES, type SyncType } from './features/sync/index.ts';
import { openBus } from './platform/bus.ts';
import {
  correctedClock,
  createChainTime,
  readCorrection,
  type ChainTime,
} from './platform/chain-time.ts';
import { mountConsole } from './platform/console-files.ts';
import { openDatabase, type Database } from './platform/database.ts';
import { createHttp, type Http } from './platform/http.ts';
import { createTemporaryIds } from './platform/temporary-ids.ts';
import { createIdempotency } from './platform/idempotency.ts';
import { openKeys, type Keys } from './platform/keys.ts';
import { CLOUD_PLACE, openPlace, settleRole, type Place } from './platform/membership.ts';
import { migrate } from './platform/migrate.ts';
import { startEmbeddedPostgres } from './platform/postgres/index.ts';
import { createRateLimiter } from './platform/rate-limit.ts';
import { createSecretStore, readMasterKey, type SecretStore } from './platform/secrets.ts';
import type { Platform } from './platform/services.ts';
import {
  openCertificateAuthority,
  ownNames,
  type CertificateAuthority,
  type TlsMaterial,
} from './platform/tls.ts';

/** What a controller is started with. */
export interface ControllerOptions {
  readonly config: Config;
  readonly clock: Clock;
  readonly newId: NewId;
  readonly log: Log;
  /** Requests a minute of one caller. */
  readonly requestsPerMinute?: number;
  /** Where the rules of the product lie; beside the programs unless told. */
  readonly rulesFolder?: string;
  /** What syncs; what this release knows unless told, as by a release that knows more or less. */
  readonly syncTypes?: readonly SyncType[];
  /** Gives up waiting for a parent that is away or lets nobody in. */
  readonly signal?: AbortSignal;
  /** Tells the person who started it what is to be compared while it waits to be let in. */
  readonly say?: (line: string) => void;
  /** Only for the test that shows row-level security to hold alone. */
  readonly isPredicateOff?: boolean;
}

/** A running controller. */
export interface Controller {
  /** Where people and agents reach it, without a slash at the end. */
  readonly url: string;
  /** What to compare when a program asks whether to trust our own authority; null with another's certificate or none. */
  readonly caFingerprint: string | null;
  /** The one-time set-up path, while nobody has an account. */
  readonly setupPath: string | null;
  readonly features: Features;
  readonly platform: Platform;
  /** Finishes what is under way and stops, database included. */
  readonly close: () => Promise<void>;
}

/** Requests a minute of one caller: a busy console needs some hundred, a script more. */
const REQUESTS_PER_MINUTE = 3_000;
/** The built console, beside the programs. */
const CONSOLE_FOLDER = fileURLToPath(new URL('../../console/dist/', import.meta.url));
/** The rules of the product, beside the programs. */
const RULES_FOLDER = fileURLToPath(new URL('../../../rules/', import.meta.url));

/** Starts a controller: database, keys, certificate, features, HTTP, workers, in this order. */
export async function startController(options: ControllerOptions): Promise<Controller> {
  const closers: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const closer of closers.splice(0).toReversed()) await closer();
  };
  try {
    return { ...(await start(options, closers)), close };
  } catch (error) {
    await close();
    throw error;
  }
}

type Closers = (() => Promise<void>)[];

async function start(
  given: ControllerOptions,
  closers: Closers,
): Promise<Omit<Controller, 'close'>> {
  const chainTime = createChainTime(given.clock);
  const clock = correctedClock(given.clock, chainTime);
  const options = { ...given, clock };
  const { config, log } = options;
  const { database, bus, secrets, keys, place, authority, tls } = await openGround(
    options,
    { chainTime },
    closers,
  );

  let url = config.publicUrl ?? '';
  let features: Features | undefined;
  const http = openHttp(options, { database, keys, secrets, tls: tls.material }, () => features);
  const platform: Platform = {
    clock,
    chainTime,
    newId: options.newId,
    log,
    database,
    bus,
    keys,
    place,
    secrets,
    http,
    publicUrl: () => url,
    urls: () => [url, ...othersOf(config)],
  };
  const caFingerprint = tls.isOwn ? authority.fingerprint : null;
  features = createFeatures(platform, {
    config,
    caFingerprint,
    authority: tls.isOwn ? authority.certificate : null,
    rulesFolder: options.rulesFolder ?? RULES_FOLDER,
    syncTypes: options.syncTypes ?? SYNC_TYPES,
  });
  mountPlain(http, database, authority);
  await mountConsole(http, CONSOLE_FOLDER, features.accounts.documentAccess);
  http.requireComplete();
  await http.app.listen({ host: config.listen.host, port: config.listen.port });
  closers.push(() => http.app.close());
  url =
    config.publicUrl === null
      ? addressOf(http, config, tls.material !== null)
      : withoutSlash(config.publicUrl);

  const stopping = new AbortController();
  const working = features.start(stopping.signal);
  closers.push(async () => {
    stopping.abort();
    await working;
  });
  return { url, caFingerprint, setupPath: await setupPathOf(features, config), features, platform };
}

/** What features stand on: the database, the bus, and who this controller is. */
async function openGround(
  options: ControllerOptions,
  { chainTime }: { readonly chainTime: ChainTime },
  closers: Closers,
) {
  const { config, clock, log } = options;
  const role = await settleRole(config.data, config.role);
  const connection = await openConnection(options, closers);
  await migrate(connection, log);
  const database = openDatabase({
    connection,
    poolSize: config.poolSize,
    log,
    isPredicateOff: options.isPredicateOff === true,
  });
  closers.push(database.close);
  chainTime.recall(await readCorrection(database));
  const bus = openBus({ connection, clock, log });
  closers.push(bus.close);
  const secrets = createSecretStore(database, await readMasterKey(config.data));
  const identity = await openIdentity(options, {
    database,
    secrets,
    role,
    chainTime,
  });
  return { database, bus, secrets, ...identity };
}

/** Who this controller is: its keys, its certificate, its place in the chain, for which it joins first. */
async function openIdentity(
  options: ControllerOptions,
  given: {
    readonly database: Database;
    readonly secrets: SecretStore;
    readonly role: ControllerRole;
    readonly chainTime: ChainTime;
  },
) {
  const { database, secrets, role, chainTime } = given;
  const { config, clock } = options;
  let place: Place = CLOUD_PLACE;
  const keys = await openKeys(database, secrets, {
    newId: options.newId,
    membership: () => place.membership(),
  });
  const { controllerId } = keys;
  place = await openPlace(database, { role, data: config.data, controllerId });
  const authority = await openCertificateAuthority(secrets, clock);
  const tls = await tlsOf(config, authority);
  if (role !== 'cloud' && !place.membership()) {
    await joinParent(options, {
      keys,
      place,
      chainTime,
      tls: { ...tls, authority: tls.isOwn ? authority.certificate : null },
    });
  }
  return { keys, place, authority, tls };
}

/** The first start of a local controller: it serves nobody before it has its place in the chain. */
async function joinParent(
  options: ControllerOptions,
  given: {
    readonly keys: Keys;
    readonly place: Place;
    readonly chainTime: ChainTime;
    readonly tls: Tls;
  },
): Promise<void> {
  const { config, clock, log } = options;
  const { parentCa, parentKey, publicUrl, listen } = config;
  const { keys, place, chainTime, tls } = given;
  const signal = options.signal ?? new AbortController().signal;
  const shared = {
    keys,
    place,
    clock,
    chainTime,
    log,
    urls: publicUrl === null ? [] : [withoutSlash(publicUrl), ...othersOf(config)],
    parentAuthority: parentCa === null ? null : await readFile(parentCa, 'utf8'),
    authority: tls.authority,
  };
  const way = wayInOf(config);
  if (way.kind === 'token') {
    await joinGrid({ ...shared, ...way }, signal);
    return;
  }
  const isTls = tls.material !== null;
  await askGrid(
    {
      ...shared,
      parent: way.parent,
      parentKey,
      random: systemRandom,
      say: options.say ?? ((line) => log.info(line)),
      name: ownNameOf(hostname()),
      announced: isAnnounced(config) ? { listen, isTls } : null,
    },
    signal,
  );
}

/** What a machine is called, as a controller may call itself. */
function ownNameOf(machine: string): string {
  return boundedText(visibleText(machine), OWN_NAME_LENGTH_MAX);
}

/** The path of first-run set-up; the token is behind `#`, so that no server or proxy logs it. */
async function setupPathOf(features: Features, config: Config): Promise<string | null> {
  const token = await features.accounts.openSetup(join(config.data, 'setup-token'));
  return token === null ? null : `/setup#${token}`;
}

async function openConnection(
  options: ControllerOptions,
  closers: Closers,
): Promise<pg.ClientConfig> {
  const { config, clock, log } = options;
  if (config.database) return { connectionString: config.database.reveal() };
  const stopping = new AbortController();
  const embedded = await startEmbeddedPostgres({
    dataDir: join(config.data, 'postgres'),
    log,
    clock,
    signal: stopping.signal,
  });
  closers.push(embedded.stop);
  return embedded.connection;
}

/** How it serves TLS, if it does; the authority is its own. */
interface Tls {
  readonly material: TlsMaterial | null;
  readonly authority: string | null;
}

/** The certificate in use: the given one, our own beyond loopback, none on loopback. */
async function tlsOf(
  config: Config,
  authority: CertificateAuthority,
): Promise<{ readonly material: TlsMaterial | null; readonly isOwn: boolean }> {
  if (config.tlsKey !== null && config.tlsCertificate !== null) {
    const [key, certificate] = await Promise.all([
      readFile(config.tlsKey, 'utf8'),
      readFile(config.tlsCertificate, 'utf8'),
    ]);
    return { material: { key, certificate }, isOwn: false };
  }
  if (isLoopbackHost(config.listen.host)) return { material: null, isOwn: false };
  const urls = [...(config.publicUrl === null ? [] : [config.publicUrl]), ...config.otherUrls];
  const names = ownNames([...urls.map((url) => new URL(url).hostname), config.listen.host]);
  return { material: await authority.issue(names), isOwn: true };
}

function openHttp(
  options: ControllerOptions,
  given: {
    readonly database: Database;
    readonly keys: Keys;
    readonly secrets: SecretStore;
    readonly tls: TlsMaterial | null;
  },
  features: () => Features | undefined,
): Http {
  const accounts = (): Features['accounts'] => {
    const made = features();
    if (!made) throw new Error('a request came before the features were made');
    return made.accounts;
  };
  return createHttp({
    log: options.log,
    clock: options.clock,
    newId: options.newId,
    trustedProxies: options.config.trustedProxies,
    tls: given.tls,
    authenticate: (request, context) => accounts().authenticate(request, context),
    requireNotBlocked: (address) => accounts().requireNotBlocked(address),
    csrfTokenOf: given.keys.csrfTokenOf,
    idempotency: createIdempotency(given.database, {
      secrets: given.secrets,
      key: given.keys.cursor,
    }),
    temporaryIds: createTemporaryIds(given.database),
    limiter: createRateLimiter(options.clock, options.requestsPerMinute ?? REQUESTS_PER_MINUTE),
  });
}

/** What is no part of the API's contract: probes, and the certificate that agents pin. */
function mountPlain(http: Http, database: Database, authority: CertificateAuthority): void {
  http.app.get('/livez', async () => ({ status: 'ok' }));
  http.app.get('/readyz', async (_request, reply) => {
    const isReady = await database.pool.query('select 1').then(
      () => true,
      () => false,
    );
    reply.code(isReady ? 200 : 503);
    return { status: isReady ? 'ok' : 'down', dependencies: { database: isReady ? 'ok' : 'down' } };
  });
  http.app.get('/api/v1/ca.pem', async (_request, reply) =>
    reply.type('application/x-pem-file').send(authority.certificate),
  );
}

function withoutSlash(url: string): string {
  return url.replace(/\/$/, '');
}

function othersOf({ otherUrls }: Config): readonly string[] {
  return otherUrls.map(withoutSlash);
}

function addressOf(http: Http, config: Config, isTls: boolean): string {
  const bound = http.app.server.address();
  const port = typeof bound === 'object' && bound !== null ? bound.port : config.listen.port;
  const isAnyHost = config.listen.host === '0.0.0.0' || config.listen.host === '::';
  const host = isAnyHost ? (ownNames([]).at(0) ?? 'localhost') : config.listen.host;
  return `${isTls ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
