import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { assert, present, silentLog, type Clock, type Log } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { Config, startController, type Controller } from '@wardgrid/controller';
import type { SyncType } from '@wardgrid/controller/features/sync/index';
import type { PostgresConnection } from '@wardgrid/controller/platform/postgres/index';
import {
  accountRoutes,
  createClient,
  sessionRoutes,
  setupRoutes,
  type Call,
  type Session,
  type Transport,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { createDatabase, openEmbeddedServer, type TestServer } from '../database/database.ts';
import { makeTestDirectory } from '../database/directory.ts';

/** A password that the rules accept, for every account of a test. */
export const PASSWORD = 'correct horse battery staple 7';

/** A real controller on a fresh database, with HTTP on loopback. */
export interface TestController {
  readonly controller: Controller;
  readonly url: string;
  /** What it was started with, to start it again. */
  readonly config: Config;
  /** The client of nobody. */
  readonly anonymous: Call;
  /** Does first-run set-up; the Global Admin's client. */
  readonly setUp: () => Promise<SignedIn>;
  /** Invites an account as its creator, accepts the invitation and signs in. */
  readonly addAccount: (
    creator: SignedIn,
    account: z.input<typeof accountRoutes.create.body>,
  ) => Promise<SignedIn>;
  readonly signIn: (email: string, password?: string) => Promise<SignedIn>;
  readonly close: () => Promise<void>;
}

/** A signed-in person. */
export interface SignedIn {
  readonly call: Call;
  readonly session: Session;
  /** Cookie header and CSRF token, for requests that the client cannot express. */
  readonly headers: () => Readonly<Record<string, string>>;
}

export interface HarnessOptions {
  readonly server?: TestServer;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly exchangeIntervalMs?: number;
  readonly isPredicateOff?: boolean;
  /** Beside what every test has: a role, a parent and a token, other intervals. */
  readonly config?: Partial<z.input<typeof Config>>;
  readonly signal?: AbortSignal;
  /** Hears what a person at the machine is told. */
  readonly say?: (line: string) => void;
  /** What syncs, for a controller of another release; its tables are made by `prepare`. */
  readonly syncTypes?: readonly SyncType[];
  readonly prepare?: (connection: PostgresConnection) => Promise<void>;
  /** The rules of the product; none unless told: compiling them takes a second. */
  readonly rulesFolder?: string;
}

/** Starts a controller for a test. Close it at the end; its database goes with it. */
export async function startTestController(options: HarnessOptions = {}): Promise<TestController> {
  const directory = await makeTestDirectory();
  const database = await createDatabase(options.server ?? openEmbeddedServer(), {
    name: 'empty',
    migrate: async () => undefined,
  });
  await options.prepare?.(database.connection);
  const data = join(directory.path, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  const noRules = join(directory.path, 'rules');
  await mkdir(noRules);
  const { host, port, user, database: name } = database.connection;
  const config = Config.parse({
    data,
    listen: '127.0.0.1:0',
    database: `postgres://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`,
    logLevel: 'warn',
    exchangeIntervalMs: options.exchangeIntervalMs ?? 60_000,
    poolSize: 10,
    ...options.config,
  });
  const controller = await startController({
    config,
    clock: options.clock ?? systemClock,
    newId: systemNewId,
    log: options.log ?? silentLog,
    requestsPerMinute: 1_000_000,
    isPredicateOff: options.isPredicateOff === true,
    ...(options.signal ? { signal: options.signal } : {}),
    ...(options.say ? { say: options.say } : {}),
    ...(options.syncTypes ? { syncTypes: options.syncTypes } : {}),
    rulesFolder: options.rulesFolder ?? noRules,
  });
  // People call it where it listens, also where it says that it is behind something.
  const url = config.publicUrl === null ? controller.url : boundUrlOf(controller, config);
  const anonymous = createClient({ baseUrl: url, transport: fetch });

  async function signIn(email: string, password = PASSWORD): Promise<SignedIn> {
    return signInWith(url, (call) => call(sessionRoutes.create, { body: { email, password } }));
  }

  return {
    controller,
    url,
    config,
    anonymous,
    signIn,
    setUp() {
      const token = present(controller.setupPath, 'an open set-up').split('#')[1] ?? '';
      const body = {
        token,
        email: 'root@example.com',
        password: PASSWORD,
        organizationName: 'Acme',
      };
      return signInWith(url, (call) => call(setupRoutes.create, { body }));
    },
    async addAccount(creator, account) {
      const { invitation } = await creator.call(accountRoutes.create, { body: account });
      const token = present(invitation.path.split('#')[1], 'an invitation token');
      await anonymous(accountRoutes.accept, { body: { token, password: PASSWORD } });
      return signIn(account.email);
    },
    async close() {
      await controller.close();
      await database.drop();
      await directory.remove();
    },
  };
}

/** Where it listens itself: its public address may lead through something that can be cut. */
function boundUrlOf({ platform }: Controller, { listen }: Config): string {
  const bound = platform.http.app.server.address();
  assert(typeof bound === 'object' && bound !== null, 'it listens');
  return `http://${listen.host}:${bound.port}`;
}

/** Signs in through a client that keeps cookies as a browser does. */
async function signInWith(url: string, enter: (call: Call) => Promise<Session>): Promise<SignedIn> {
  const cookies = new Map<string, string>();
  let csrf = '';
  const headers = (): Record<string, string> => ({
    cookie: [...cookies].map(([name, value]) => `${name}=${value}`).join('; '),
    'x-wardgrid-csrf': csrf,
  });
  const transport: Transport = async (address, request) => {
    const response = await fetch(address, {
      ...request,
      headers: { ...request.headers, ...headers() },
    });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      cookies.set(pair.slice(0, at), pair.slice(at + 1));
    }
    return response;
  };
  const call = createClient({ baseUrl: url, transport });
  const session = await enter(call);
  csrf = session.csrfToken;
  assert(cookies.size > 0, 'signing in sets cookies');
  return { call, session, headers };
}
