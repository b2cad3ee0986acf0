/**
 * A controller with nothing but tenants and accounts, on a fresh database and a clock that the test
 * moves: HTTP on loopback, believing `X-Forwarded-For` of loopback, so that a test has any address.
 */
// Requests have cookies only where this plugin is known.
import '@fastify/cookie';
import { createFakeClock, silentLog, type FakeClock } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import {
  createAccountsFeature,
  type AccountsFeature,
} from '@wardgrid/controller/features/accounts/index';
import {
  createTenantsFeature,
  type TenantsFeature,
} from '@wardgrid/controller/features/tenants/index';
import { openBus } from '@wardgrid/controller/platform/bus';
import { createChainTime } from '@wardgrid/controller/platform/chain-time';
import { openDatabase } from '@wardgrid/controller/platform/database';
import { createHttp } from '@wardgrid/controller/platform/http';
import { createIdempotency } from '@wardgrid/controller/platform/idempotency';
import { createTemporaryIds } from '@wardgrid/controller/platform/temporary-ids';
import { openKeys } from '@wardgrid/controller/platform/keys';
import { CLOUD_PLACE } from '@wardgrid/controller/platform/membership';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { createRateLimiter } from '@wardgrid/controller/platform/rate-limit';
import { createSecretStore, readMasterKey } from '@wardgrid/controller/platform/secrets';
import type { Platform } from '@wardgrid/controller/platform/services';
import {
  createDatabase,
  openEmbeddedServer,
  type TestDatabase,
  type TestServer,
} from '../../database/database.ts';
import { makeTestDirectory } from '../../database/directory.ts';

/** A controller of these tests; more of them may share a database. */
export interface AccountsServer {
  readonly url: string;
  readonly platform: Platform;
  readonly tenants: TenantsFeature;
  readonly accounts: AccountsFeature;
  readonly clock: FakeClock;
  /** The data folder. */
  readonly folder: string;
  readonly database: TestDatabase;
  readonly close: () => Promise<void>;
}

/** The start of the tests' time: near the real one, so that TLS and UUIDv7 look right. */
const START_MS = 1_800_000_000_000;

export interface ServerOptions {
  readonly server?: TestServer;
  /** Another controller's database, folder and clock, to stand beside it. */
  readonly beside?: AccountsServer;
}

export async function startAccountsServer(options: ServerOptions = {}): Promise<AccountsServer> {
  const { database, folder, clock, release } = await openGround(options);
  const { platform, setAccounts } = await openPlatform(database, folder, clock);
  const tenants = createTenantsFeature(platform, { seatsOf: () => Promise.resolve(null) });
  const accounts = createAccountsFeature(platform, { tenants });
  setAccounts(accounts);
  const url = await platform.http.app.listen({ host: '127.0.0.1', port: 0 });
  return {
    url,
    platform,
    tenants,
    accounts,
    clock,
    folder,
    database,
    async close() {
      await platform.http.app.close();
      await platform.bus.close();
      await platform.database.close();
      await release();
    },
  };
}

/** Database, folder and clock: another controller's, or new ones that go away with this. */
async function openGround(options: ServerOptions) {
  if (options.beside) return { ...options.beside, release: async () => undefined };
  const directory = await makeTestDirectory();
  const database = await createDatabase(options.server ?? openEmbeddedServer(), {
    name: 'migrated for accounts',
    migrate: (connection) => migrate(connection, silentLog),
  });
  const release = async (): Promise<void> => {
    await database.drop();
    await directory.remove();
  };
  return { database, folder: directory.path, clock: createFakeClock(START_MS), release };
}

async function openPlatform(given: TestDatabase, folder: string, clock: FakeClock) {
  const { connection } = given;
  const log = silentLog;
  const database = openDatabase({ connection, poolSize: 8, log });
  const bus = openBus({ connection, clock: systemClock, log });
  const secrets = createSecretStore(database, await readMasterKey(folder));
  const keys = await openKeys(database, secrets, {
    newId: systemNewId,
    membership: CLOUD_PLACE.membership,
  });
  let accounts: AccountsFeature | undefined;
  const made = (): AccountsFeature => {
    if (!accounts) throw new Error('not made yet');
    return accounts;
  };
  const http = createHttp({
    log,
    clock,
    newId: systemNewId,
    tls: null,
    trustedProxies: ['127.0.0.0/8'],
    authenticate: (request, context) => made().authenticate(request, context),
    requireNotBlocked: (address) => made().requireNotBlocked(address),
    csrfTokenOf: keys.csrfTokenOf,
    temporaryIds: createTemporaryIds(database),
    idempotency: createIdempotency(database, { secrets, key: keys.cursor }),
    limiter: createRateLimiter(clock, 1_000_000),
  });
  const platform: Platform = {
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
    publicUrl: () => 'http://127.0.0.1',
    urls: () => ['http://127.0.0.1'],
  };
  return {
    platform,
    setAccounts: (value: AccountsFeature) => {
      accounts = value;
    },
  };
}
