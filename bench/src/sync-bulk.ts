import { setTimeout as sleep } from 'node:timers/promises';
import { figureOf, type Bench, type BenchContext, type Figure } from './figure.ts';
import { deviceAt, SCOPE, TYPE } from './sync/devices.ts';
import { exchange, prepareGround, type Grid, type Ground } from './sync/grid.ts';
import { metered, type Took } from './sync/meter.ts';
import { preparePouch, type Yardstick } from './sync/pouch.ts';

/** What one turn of ours took. */
interface Turn {
  readonly hop: Took;
  readonly bytesDown: number;
  readonly levels: Took;
  readonly bytesUp: number;
  readonly pouch: Took;
}

/**
 * All rows down one hop into an empty controller; all rows made at the third level, known and decided on
 * all three; and PouchDB's replication of the same rows, one hop. Engines are called directly, as PouchDB
 * is: no HTTP on either side. Ours waits for the disk at every commit.
 */
export const bench: Bench = {
  name: 'sync-bulk',
  summary: '100,000 rows down one hop, and through three levels, against PouchDB replicating them',
  async run(context) {
    const devices = context.isQuick ? 5_000 : 100_000;
    const ground = await prepareGround(context);
    const pouch = await preparePouch(context, devices);
    const turns: Turn[] = [];
    for (let round = 0; round < (context.isQuick ? 1 : 3); round += 1) {
      context.signal.throwIfAborted();
      turns.push(await play(context, { ground, pouch, devices }));
    }
    return figuresOf(turns, devices);
  },
};

async function play(
  context: BenchContext,
  given: { readonly ground: Ground; readonly pouch: Yardstick; readonly devices: number },
): Promise<Turn> {
  const { ground, pouch, devices } = given;
  const pull = await pullAll(await ground.grow(devices));
  context.say(`one hop: ${rate(devices, pull.took)}`);
  const theirs = await metered(async () => void (await pouch.replicate()));
  context.say(`PouchDB, one hop: ${rate(devices, theirs)}`);
  const push = await pushAll(await ground.grow(0), devices);
  context.say(`three levels: ${rate(devices, push.took)}`);
  return {
    hop: pull.took,
    bytesDown: pull.bytes,
    levels: push.took,
    bytesUp: push.bytes,
    pouch: theirs,
  };
}

function rate(rows: number, { seconds, cpuSeconds }: Took): string {
  return `${Math.round(rows / seconds)} rows/s, ${((cpuSeconds / rows) * 1_000).toFixed(3)} ms CPU a row`;
}

async function pullAll(grid: Grid): Promise<{ readonly took: Took; readonly bytes: number }> {
  const weighed = await exchange(grid, { from: grid.local, to: grid.cloud, isWeighed: true });
  const rows = weighed.response.page?.entries.length ?? 0;
  const took = await metered(async () => {
    for (let isMore = true; isMore;) {
      const one = await exchange(grid, { from: grid.local, to: grid.cloud, isWeighed: false });
      isMore = one.isMore;
    }
  });
  return { took, bytes: weighed.bytesDown / rows };
}

/** How long a controller with nothing to tell or to hear waits for its push. */
const REST_MS = 5;

/** Changes as triggers capture them, so many at once. */
const CAPTURE_BATCH = 5_000;

async function pushAll(
  grid: Grid,
  devices: number,
): Promise<{ readonly took: Took; readonly bytes: number }> {
  const { subLocal, local, cloud, tenantId } = grid;
  for (let start = 0; start < devices; start += CAPTURE_BATCH) {
    const rows = Array.from({ length: Math.min(CAPTURE_BATCH, devices - start) }, (_, index) =>
      deviceAt(start + index),
    );
    await subLocal.client.query('set role wardgrid_sync');
    await subLocal.client.query(
      `insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
       select $1, $2, r ->> 'id', 'create', $3::ltree, r -> 'fields', 'bench', 0
       from jsonb_array_elements($4::jsonb) as r`,
      [tenantId, TYPE, SCOPE, JSON.stringify(rows)],
    );
  }
  let bytes = 0;
  const took = await metered(async () => {
    const done = new AbortController();
    const below = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const one = await exchange(grid, { from: subLocal, to: local, isWeighed: bytes === 0 });
        if (bytes === 0) bytes = one.bytesUp / 1_000;
        if (await isAllDecided(grid, devices)) done.abort();
        else if (!one.isMore) await sleep(REST_MS);
      }
    };
    const above = async (): Promise<void> => {
      while (!done.signal.aborted) {
        const { isMore } = await exchange(grid, { from: local, to: cloud, isWeighed: false });
        if (!isMore) await sleep(REST_MS);
      }
    };
    await Promise.all([below(), above()]);
  });
  return { took, bytes };
}

/** Every op below is a decision: when all of them came back down, all three levels have all rows. */
async function isAllDecided({ subLocal, tenantId }: Grid, devices: number): Promise<boolean> {
  const { rows } = await subLocal.client.query<{ cursor: string }>(
    'select cursor from sync_tenant where tenant_id = $1',
    [tenantId],
  );
  return Number(rows[0]?.cursor) >= devices;
}

function figuresOf(turns: readonly Turn[], devices: number): Figure[] {
  const figure = (
    name: string,
    { unit, goal }: { readonly unit: string; readonly goal: string },
    of: (turn: Turn) => number,
  ): Figure => figureOf({ bench: 'sync-bulk', figure: name, unit, goal }, turns.map(of));
  const ms = ({ cpuSeconds }: Took): number => (cpuSeconds / devices) * 1_000;
  const megabytes = ({ rssBytes }: Took): number => rssBytes / 1_048_576;
  return [
    figure(
      'hop_ratio_to_pouchdb',
      { unit: 'ratio', goal: '>=5' },
      ({ hop, pouch }) => pouch.seconds / hop.seconds,
    ),
    figure(
      'levels_ratio_to_pouchdb_hop',
      { unit: 'ratio', goal: '>=1' },
      ({ levels, pouch }) => pouch.seconds / levels.seconds,
    ),
    figure('hop_cpu', { unit: 'ms a row', goal: '<=0.15' }, ({ hop }) => ms(hop)),
    figure('levels_cpu', { unit: 'ms a row', goal: '–' }, ({ levels }) => ms(levels)),
    figure('pouchdb_cpu', { unit: 'ms a row', goal: '–' }, ({ pouch }) => ms(pouch)),
    figure('hop_per_second', { unit: '1/s', goal: '–' }, ({ hop }) => devices / hop.seconds),
    figure(
      'levels_per_second',
      { unit: '1/s', goal: '–' },
      ({ levels }) => devices / levels.seconds,
    ),
    figure(
      'pouchdb_per_second',
      { unit: '1/s', goal: '–' },
      ({ pouch }) => devices / pouch.seconds,
    ),
    figure('bytes_down', { unit: 'B a row', goal: '<=75' }, ({ bytesDown }) => bytesDown),
    figure('bytes_up', { unit: 'B a row', goal: '<=60' }, ({ bytesUp }) => bytesUp),
    figure('hop_rss', { unit: 'MB', goal: '<=64' }, ({ hop }) => megabytes(hop)),
    figure('levels_rss', { unit: 'MB', goal: '<=64' }, ({ levels }) => megabytes(levels)),
  ];
}
