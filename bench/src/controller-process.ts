import { spawn, type ChildProcess } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type pg from 'pg';
import { present } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import {
  createClient,
  enrolmentKeyRoutes,
  licenceRoutes,
  organizationRoutes,
  setupRoutes,
  type Call,
  type OrganizationId,
  type TenantId,
} from '@wardgrid/wire';
import { makeTestDirectory } from '../../test/database/directory.ts';
import type { BenchContext } from './figure.ts';
import { createCookieTransport, type CookieTransport } from './cookie-transport.ts';
import { processesBelow, usageOf, type Usage } from './process-usage.ts';

/** A real controller with its embedded database, in a process of its own, set up and signed in to. */
export interface ControllerProcess {
  readonly url: string;
  readonly port: number;
  readonly tenantId: TenantId;
  readonly organizationId: OrganizationId;
  /** The Global Admin. */
  readonly call: Call;
  readonly cookies: CookieTransport['cookies'];
  readonly makeEnrolmentKey: () => Promise<string>;
  /** CPU of the controller (own) and of its database (children), and the controller's memory. */
  readonly usage: () => Usage;
  /** Ends the process and starts it again on the same data: a new process that remembers nothing. */
  readonly restart: () => Promise<ControllerProcess>;
  /** The controller's own database, and a way to others on the same server. */
  readonly connection: Readonly<Pick<pg.ClientConfig, 'host' | 'port' | 'user' | 'database'>>;
}

/** How an admin of a bench signs in. */
const ADMIN = { email: 'bench@example.com', password: 'correct horse battery staple 7' };

const LAUNCHER = fileURLToPath(new URL('../../packages/cli/bin/wardgrid.mjs', import.meta.url));
/** Making a cluster takes seconds on a busy machine. */
const START_MS_MAX = 60_000;
const STOP_MS_MAX = 20_000;
/** More than any bench enrols. */
const SEATS = 1_000_000;

/** What of a controller outlives its process. */
interface Installed {
  readonly context: BenchContext;
  readonly data: string;
}

/** The same of one that people sign in to. */
interface Installation extends Installed {
  readonly web: CookieTransport;
}

/** Starts a controller in a temporary folder and does first-run set-up; ends it with the bench. */
export async function startController(context: BenchContext): Promise<ControllerProcess> {
  const data = await makeDataFolder(context);
  const web = createCookieTransport();
  const installation = { context, data, web };
  const launched = await launch(installation);
  const call = createClient({ baseUrl: launched.url, transport: web.transport });
  await call(setupRoutes.create, {
    body: { ...ADMIN, token: launched.setupToken, organizationName: 'Acme' },
  });
  const { data: organizations } = await call(organizationRoutes.list, { query: {} });
  const organization = present(organizations[0], 'the first organization');
  await call(licenceRoutes.issue, {
    params: { id: organization.tenantId },
    body: { seats: SEATS, validDays: 30 },
  });
  return handleOf(installation, launched, {
    tenantId: organization.tenantId,
    organizationId: organization.id,
  });
}

async function makeDataFolder(context: BenchContext): Promise<string> {
  const directory = await makeTestDirectory();
  context.defer(() => directory.remove());
  const data = join(directory.path, 'data');
  // The database's user is somebody else when we are root, and must be able to enter.
  await mkdir(data, { mode: 0o755 });
  return data;
}

/** A real controller below another, with its embedded database. */
export interface LocalProcess extends Pick<ControllerProcess, 'connection' | 'usage'> {
  /** Ends the process; its database ends with it. */
  readonly stop: () => Promise<void>;
  /** Starts it again on the same data. */
  readonly start: () => Promise<LocalProcess>;
}

/** Starts a controller in a temporary folder that joins below another by a one-time token. */
export async function startLocal(
  context: BenchContext,
  { parentUrl, token }: { readonly parentUrl: string; readonly token: string },
): Promise<LocalProcess> {
  const installed = { context, data: await makeDataFolder(context) };
  const words = ['--role', 'local', '--parent', parentUrl, '--token', token];
  return localOf(installed, await launch(installed, words));
}

function localOf(installed: Installed, { child }: Launched): LocalProcess {
  const pid = present(child.pid, 'a process id');
  return {
    connection: connectionIn(installed.data),
    usage: () => usageOf(pid),
    stop: () => stopProcess(child),
    start: async () => localOf(installed, await launch(installed)),
  };
}

interface Launched {
  readonly child: ChildProcess;
  readonly url: string;
  readonly setupToken: string;
}

async function launch(
  { context, data }: Installed,
  more: readonly string[] = [],
): Promise<Launched> {
  const place = ['--data', data, '--listen', '127.0.0.1:0', '--log-level', 'error'];
  const args = ['controller', ...place, '--discovery', 'off', ...more];
  const child = spawn(process.execPath, [...process.execArgv, LAUNCHER, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  context.defer(() => stopProcess(child));
  return { child, ...(await readStart(child)) };
}

function handleOf(
  installation: Installation,
  { child, url }: Launched,
  place: Pick<ControllerProcess, 'tenantId' | 'organizationId'>,
): ControllerProcess {
  const { data, web } = installation;
  const pid = present(child.pid, 'a process id');
  const call = createClient({ baseUrl: url, transport: web.transport });
  return {
    ...place,
    url,
    port: Number(new URL(url).port),
    call,
    cookies: web.cookies,
    async makeEnrolmentKey() {
      const { organizationId } = place;
      const body = { name: 'bench', organizationId, seats: SEATS };
      return (await call(enrolmentKeyRoutes.create, { body })).value;
    },
    usage: () => usageOf(pid),
    connection: connectionIn(data),
    async restart() {
      await stopProcess(child);
      return handleOf(installation, await launch(installation), place);
    },
  };
}

function connectionIn(data: string): ControllerProcess['connection'] {
  return {
    host: join(data, 'postgres', 'run'),
    port: 5432,
    user: 'wardgrid',
    database: 'wardgrid',
  };
}

async function readStart(
  child: ChildProcess,
): Promise<{ readonly setupToken: string; readonly url: string }> {
  const lines = createInterface({ input: present(child.stdout, 'standard output') });
  const cancel = systemClock.after(START_MS_MAX, () => child.kill('SIGKILL'));
  let setupToken = '';
  try {
    for await (const line of lines) {
      if (line.startsWith('set up: ')) setupToken = line.split('#')[1] ?? '';
      if (line.startsWith('ready: ')) return { setupToken, url: line.slice('ready: '.length) };
    }
  } finally {
    cancel();
  }
  throw new Error('the controller ended before it was ready');
}

/** Ends a program and everything it started; by force when it does not go. */
export async function stopProcess(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const exited = new Promise<void>((resolve) => {
    child.once('exit', () => resolve());
  });
  const below = processesBelow(child.pid);
  child.kill('SIGTERM');
  const cancel = systemClock.after(STOP_MS_MAX, () => {
    for (const pid of below) killNow(pid);
  });
  await exited;
  cancel();
}

function killNow(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
