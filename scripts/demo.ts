/* `npm run demo`: a controller with a client, groups and a hundred simulated devices that keep
   talking and answer scans, for looking around. Data in `.wardgrid/demo`, thrown away at each start. */
import { spawn, type ChildProcess } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  apiTokenRoutes,
  createClient,
  enrolmentKeyRoutes,
  groupRoutes,
  organizationRoutes,
  setupRoutes,
  type Call,
  type Session,
  type Transport,
} from '@wardgrid/wire';
import { buildConsoleWhenStale } from './console/build-when-stale.ts';

const launcher = fileURLToPath(new URL('../packages/cli/bin/wardgrid.mjs', import.meta.url));
const DATA = '.wardgrid/demo';
/** A demonstration of nothing secret, on loopback. */
const EMAIL = 'demo@example.com';
const PASSWORD = 'look around and be curious';
const DEVICES = 100;

await buildConsoleWhenStale((line) => process.stdout.write(`${line}\n`));
await rm(DATA, { recursive: true, force: true });
const controller = run(['controller', '--data', DATA, '--exchange-interval-ms', '5000']);
const link = new URL(await lineOf(controller, /^set up: (\S+)$/));
await lineOf(controller, /^ready: (\S+)$/);
const call = await setUp(link);
const key = await makeOrganization(call);
run([
  'simulate',
  '--agents',
  String(DEVICES),
  '--controller',
  link.origin,
  '--enrolment-key',
  key,
  '--seconds',
  '86400',
  '--connect',
]);
process.stdout.write(
  `demo: ${link.origin}\nsign in as ${EMAIL} with "${PASSWORD}"\nready: ${link.origin}\n`,
);

function run(args: readonly string[]): ChildProcess {
  const child = spawn(process.execPath, [launcher, ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => child.kill('SIGTERM'));
  return child;
}

function lineOf(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('exit', (code) => reject(new Error(`the controller ended with ${code}`)));
    if (!child.stdout) return;
    createInterface({ input: child.stdout }).on('line', (line) => {
      const match = pattern.exec(line);
      if (match) resolve(match[1] ?? '');
    });
  });
}

/** Does first-run set-up, and goes on with an API token of the new admin. */
async function setUp(link: URL): Promise<Call> {
  let cookie = '';
  const transport: Transport = async (url, request) => {
    const response = await fetch(url, { ...request, headers: { ...request.headers, cookie } });
    const set = response.headers.getSetCookie().map((line) => line.split(';')[0]);
    if (set.length > 0) cookie = set.join('; ');
    return response;
  };
  const open = createClient({ baseUrl: link.origin, transport });
  const body = {
    token: link.hash.slice(1),
    email: EMAIL,
    password: PASSWORD,
    organizationName: 'Northwind',
  };
  const session: Session = await open(setupRoutes.create, { body });
  const { value } = await open(apiTokenRoutes.create, {
    body: { name: 'demo', permissions: session.permissions, expiresInDays: 1 },
    headers: { 'x-wardgrid-csrf': session.csrfToken },
  });
  return createClient({
    baseUrl: link.origin,
    transport: fetch,
    headers: () => ({ authorization: `Bearer ${value}` }),
  });
}

/** A client with two groups; the key of its devices. */
async function makeOrganization(call: Call): Promise<string> {
  const { data } = await call(organizationRoutes.list, { query: {} });
  const organizationId = data[0]?.id;
  if (organizationId === undefined) throw new Error('set-up makes an organization');
  for (const name of ['Head office', 'Warehouse'])
    await call(groupRoutes.create, { body: { name, organizationId } });
  const made = await call(enrolmentKeyRoutes.create, {
    body: { name: 'Demo devices', organizationId, seats: DEVICES },
  });
  return made.value;
}
