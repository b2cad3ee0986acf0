import { setTimeout as sleep } from 'node:timers/promises';
import { present } from '@wardgrid/base';
import { joinTokenRoutes, organizationRoutes, type Organization } from '@wardgrid/wire';
import {
  startController,
  startLocal,
  type ControllerProcess,
  type LocalProcess,
} from './controller-process.ts';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';
import { metered } from './sync/meter.ts';
import { preparePouch } from './sync/pouch.ts';
import { cursorIn, devicesIn, isSealed, openRows, seedDevicesOf } from './sync/site-rows.ts';

/** What one turn took. */
interface Turn {
  readonly seconds: number;
  /** CPU of each controller with its database, without that of starting. */
  readonly cloudSeconds: number;
  readonly localSeconds: number;
  /** How far the local's resident memory rose above where it was when it was ready. */
  readonly rssBytes: number;
  readonly pouchSeconds: number;
}

/**
 * The whole way of a row: a local controller that was away comes back, and takes over real devices from
 * a real cloud over HTTP, signed and checked, into the tables that its features read. PouchDB's replication
 * of as many smaller documents runs beside it, within one process and without HTTP.
 */
export const bench: Bench = {
  name: 'sync-whole',
  summary:
    'devices from a cloud to a local over HTTP, two processes, into the tables of the features',
  async run(context) {
    const devices = context.isQuick ? 2_000 : 10_000;
    const cloud = await startController(context);
    const organization = await organizationAt(cloud);
    const pouch = await preparePouch(context, devices);
    let local = await joined(context, cloud, organization);
    const turns: Turn[] = [];
    for (let round = 0; round < (context.isQuick ? 1 : 3); round += 1) {
      context.signal.throwIfAborted();
      await local.stop();
      await seed(cloud, organization, devices);
      local = await local.start();
      const ours = await comeBack(cloud, local, devices * (round + 1));
      const theirs = await metered(async () => void (await pouch.replicate()));
      turns.push({ ...ours, pouchSeconds: theirs.seconds });
      context.say(`whole: ${Math.round(devices / ours.seconds)} rows/s`);
    }
    return figuresOf(turns, devices);
  },
};

async function organizationAt(cloud: ControllerProcess): Promise<Organization> {
  const { data } = await cloud.call(organizationRoutes.list, { query: {} });
  return present(data[0], 'the first organization');
}

/** A local controller that serves an organization, and has all there is so far. */
async function joined(
  context: BenchContext,
  cloud: ControllerProcess,
  { scope }: Organization,
): Promise<LocalProcess> {
  const { value: token } = await cloud.call(joinTokenRoutes.create, {
    body: { name: 'bench', scope },
  });
  const local = await startLocal(context, { parentUrl: cloud.url, token });
  await untilEqual(cloud, local);
  return local;
}

/** How often it is looked whether it is over. */
const LOOK_MS = 100;

async function seed(
  cloud: ControllerProcess,
  organization: Organization,
  devices: number,
): Promise<void> {
  await using rows = await openRows(cloud.connection);
  await seedDevicesOf(rows, organization, devices);
  while (!(await isSealed(rows))) await sleep(LOOK_MS);
}

/** Measures from when the local is ready until it has all that the cloud had then. */
async function comeBack(
  cloud: ControllerProcess,
  local: LocalProcess,
  total: number,
): Promise<Omit<Turn, 'pouchSeconds'>> {
  const before = { cloud: cloud.usage(), local: local.usage() };
  const startedAt = performance.now();
  const rssBytes = await untilEqual(cloud, local);
  const seconds = (performance.now() - startedAt) / 1_000;
  const after = { cloud: cloud.usage(), local: local.usage() };
  await using rows = await openRows(local.connection);
  const found = await devicesIn(rows);
  if (found !== total) throw new Error(`${found} devices at the local, ${total} at the cloud`);
  const cpu = (name: 'cloud' | 'local'): number =>
    after[name].ownSeconds +
    after[name].childrenSeconds -
    before[name].ownSeconds -
    before[name].childrenSeconds;
  return {
    seconds,
    cloudSeconds: cpu('cloud'),
    localSeconds: cpu('local'),
    rssBytes: rssBytes - before.local.rssBytes,
  };
}

/** Waits until the local has all decisions; the highest memory it had meanwhile. */
async function untilEqual(cloud: ControllerProcess, local: LocalProcess): Promise<number> {
  await using above = await openRows(cloud.connection);
  await using below = await openRows(local.connection);
  let rssBytes = 0;
  for (;;) {
    rssBytes = Math.max(rssBytes, local.usage().rssBytes);
    const [there, here] = [await cursorIn(above), await cursorIn(below)];
    if (there !== null && here === there) return rssBytes;
    await sleep(LOOK_MS);
  }
}

function figuresOf(turns: readonly Turn[], devices: number): Figure[] {
  const figure = (
    name: string,
    { unit, goal }: { readonly unit: string; readonly goal: string },
    of: (turn: Turn) => number,
  ): Figure => figureOf({ bench: 'sync-whole', figure: name, unit, goal }, turns.map(of));
  const ms = (seconds: number): number => (seconds / devices) * 1_000;
  return [
    figure(
      'ratio_to_pouchdb_without_http',
      { unit: 'ratio', goal: '–' },
      ({ seconds, pouchSeconds }) => pouchSeconds / seconds,
    ),
    figure('per_second', { unit: '1/s', goal: '–' }, ({ seconds }) => devices / seconds),
    figure('cloud_cpu', { unit: 'ms a row', goal: '–' }, ({ cloudSeconds }) => ms(cloudSeconds)),
    figure('local_cpu', { unit: 'ms a row', goal: '–' }, ({ localSeconds }) => ms(localSeconds)),
    figure('local_rss', { unit: 'MB', goal: '<=64' }, ({ rssBytes }) => rssBytes / 1_048_576),
  ];
}
