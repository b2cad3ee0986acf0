import { createSeededRandom, silentLog } from '@wardgrid/base';
import { openDatabase, type Database } from '@wardgrid/controller/platform/database';
import { migrate } from '@wardgrid/controller/platform/migrate';
import {
  CLOUD,
  isWithin,
  type Row,
  type SealedOp,
  type SyncResponse,
  type Wish,
} from '@wardgrid/sync';
import { Client } from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createDatabase, openTestServers, type TestDatabase } from '../database/database.ts';
import { capture } from './store/database-side.ts';
import { createSite, type Ground, type Site } from './store/site.ts';
import { createChance, type Chance } from './sync/chance.ts';
import { People } from './sync/people.ts';
import { sealVouchers, signShown } from './sync/seals.ts';
import { growTree, type Tree } from './sync/tree.ts';

/* Over random trees of scopes, nothing that the database answers a controller lies out of its sight. */

const SEEDS = 6;
const STEPS = 150;

/** Types that a controller sees of the scopes above its own, too; said again here, to compare. */
const INHERITED: ReadonlySet<string> = new Set(['policy']);

/** Whether a controller may see something at a place: looked at label by label. */
function maySee(scope: readonly string[], home: string, type: string): boolean {
  const place = home.split('.');
  const shared = Math.min(scope.length, place.length);
  for (let depth = 0; depth < shared; depth += 1) if (scope[depth] !== place[depth]) return false;
  return place.length >= scope.length || INHERITED.has(type);
}

type ExpectSeen = (home: string, type: string, what: unknown) => void;

class World {
  readonly #chance: Chance;
  readonly #people: People;
  readonly #client: Client;
  readonly #tree: Tree;
  readonly #sites: Site[] = [];
  readonly #cloudRows = new Map<string, Row>();
  readonly #asksCloud = new Set<string>();
  /** How often something was seen, and how often a row was told to be gone. */
  readonly told = { rows: 0, evicted: 0, foreign: 0, aliases: 0 };

  constructor(chance: Chance, client: Client) {
    this.#chance = chance;
    this.#people = new People(chance);
    this.#client = client;
    this.#tree = growTree(chance, 'paths');
  }

  async begin(database: Database, seed: number): Promise<void> {
    const limits = { ops: 20, rows: 5, bytes: 1_000_000, numbers: 100 };
    const ground: Ground = { database, tree: this.#tree, nowMs: () => 1_700_000_000_000, limits };
    for (const [index, node] of [CLOUD, ...this.#tree.nodes()].entries()) {
      this.#sites.push(await createSite(ground, node, seed * 1_000 + index));
    }
  }

  async step(): Promise<void> {
    const site = this.#chance.pick(this.#sites);
    if (this.#chance.happens(0.4)) await this.#write(site);
    else if (site.node !== CLOUD) await this.#exchange(site);
  }

  async #write(site: Site): Promise<void> {
    const known = site.node === CLOUD ? this.#cloudRows : site.typed;
    const wish = this.#wish(site, [...known.values()]);
    await capture(this.#client, site.tenantId, wish);
    await site.engine.seal(site.tenantId);
    if (site.node === CLOUD && wish.kind === 'create') {
      const { id, type, home = '' } = wish;
      this.#cloudRows.set(id, { id, type, home, g: 0, ref: null, isDeleted: false, fields: {} });
    }
  }

  #wish(site: Site, known: readonly Row[]): Wish {
    const chance = this.#chance;
    const home = this.#tree.homeIn(chance.pick([CLOUD, ...this.#tree.nodes()]), chance);
    if (site.node === CLOUD && known.length > 0 && chance.happens(0.4)) {
      const { type, id } = chance.pick(known);
      return { kind: 'move', type, id, fields: {}, home, by: 'root' };
    }
    const wish = this.#people.wish(known);
    if (wish.kind !== 'create') return wish;
    return { ...wish, home: site.node === CLOUD ? home : this.#tree.homeIn(site.node, chance) };
  }

  async #exchange(site: Site): Promise<void> {
    const isDirect = this.#asksCloud.has(site.node) || this.#chance.happens(0.2);
    const parent = isDirect ? CLOUD : (this.#tree.parentOf(site.node) ?? CLOUD);
    const upstream = this.#sites.find(({ node }) => node === parent);
    if (!upstream) throw new Error('no upstream');
    const request = await site.engine.nextRequest(site.tenantId, upstream.node);
    const caller = { nodeId: site.node, tenantId: upstream.tenantId };
    const answer = await upstream.engine.handle(caller, request);
    const response =
      upstream.node === CLOUD ? sealVouchers(answer) : signShown(answer, upstream.node);
    this.#check(site.node, response);
    site.told = [];
    const applied = await site.engine.apply(site.tenantId, upstream.node, response);
    expect(applied.doubt).toBeNull();
    if (applied.asksCloud) this.#asksCloud.add(site.node);
    else this.#asksCloud.delete(site.node);
    for (const [id, row] of site.told) {
      if (row) site.typed.set(id, row);
      else site.typed.delete(id);
    }
  }

  #check(node: string, { page, snapshot, foreign }: SyncResponse): void {
    const scope = this.#tree.scopeOf(node);
    const expectSeen: ExpectSeen = (home, type, what) =>
      expect(maySee(scope, home, type), `${node}: ${JSON.stringify(what)}`).toBe(true);
    for (const entry of page?.entries ?? []) this.#checkEntry(entry, expectSeen);
    if (snapshot) {
      for (const row of snapshot.rows) expectSeen(row.home, row.type, row);
      for (const alias of snapshot.aliases) expectSeen(alias.home, 'device', alias);
    }
    // Of controllers beside it nobody hears.
    for (const { word } of page?.vouchers ?? [])
      expect(isWithin(this.#tree, word.node, node), `${node}: ${word.node}`).toBe(true);
    if (foreign) this.#checkForeign(foreign, expectSeen);
  }

  /** Of a change the place is the row's, which the reader has; of a new row the op's own. */
  #checkForeign(ops: readonly SealedOp[], expectSeen: ExpectSeen): void {
    this.told.foreign += ops.length;
    for (const { op } of ops) if (op.kind === 'create') expectSeen(op.home ?? '', op.type, op);
  }

  #checkEntry(
    {
      row,
      previousHome,
      alias,
      rewritten,
      type,
    }: NonNullable<SyncResponse['page']>['entries'][number],
    expectSeen: ExpectSeen,
  ): void {
    const isEvicted = row !== null && row.home === '0';
    if (isEvicted) {
      this.told.evicted += 1;
      expect([row.ref, row.fields]).toEqual([null, {}]);
    } else if (row) {
      this.told.rows += 1;
      expectSeen(row.home, row.type, row);
    }
    if (previousHome !== null) expectSeen(previousHome, type, previousHome);
    if (alias) {
      this.told.aliases += 1;
      expectSeen(alias.home, type, alias);
    }
    for (const one of rewritten) expectSeen(one.home, one.type, one);
  }
}

describe.each(openTestServers())('scopes on $name', (server) => {
  let temporary: TestDatabase;
  let database: Database;
  let client: Client;

  beforeAll(async () => {
    temporary = await createDatabase(server, {
      name: 'controller',
      migrate: (connection) => migrate(connection, silentLog),
    });
    database = openDatabase({ connection: temporary.connection, poolSize: 3, log: silentLog });
    client = new Client({ ...server.maintenance, database: temporary.connection.database });
    await client.connect();
  });
  afterAll(async () => {
    await client.end();
    await database.close();
    await temporary.drop();
  });

  test('nothing is told to whom it does not belong', { timeout: 120_000 }, async () => {
    const told = { rows: 0, evicted: 0, foreign: 0, aliases: 0 };
    for (let seed = 1; seed <= SEEDS; seed += 1) {
      const world = new World(createChance(createSeededRandom(seed)), client);
      await world.begin(database, seed);
      for (let step = 0; step < STEPS; step += 1) await world.step();
      told.rows += world.told.rows;
      told.evicted += world.told.evicted;
      told.foreign += world.told.foreign;
      told.aliases += world.told.aliases;
    }
    // What is never told is easily kept secret.
    expect(Math.min(told.rows, told.evicted, told.foreign, told.aliases)).toBeGreaterThan(0);
  });
});
