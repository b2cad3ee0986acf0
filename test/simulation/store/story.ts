/**
 * One story of edits, exchanges and disasters, told to the model and to a database at once. After every
 * step both must say the same of whoever took part, and features must read what the model shows.
 */
import { createSeededRandom } from '@wardgrid/base';
import {
  applyResponse,
  CLOUD,
  createReplica,
  decide,
  effectiveRows,
  EMPTY_HEAD,
  forgetBelow,
  forgetWishes,
  GAP_MS_MAX,
  hlcTick,
  LENDING_TYPE,
  needsCloud,
  requestOf,
  resumeFromBackup,
  sealOp,
  serve,
  streamOf,
  write,
  type Cloud,
  type DecideContext,
  type Op,
  type Row,
  type SyncRequest,
  type SyncResponse,
  type Upstream,
  type Wish,
} from '@wardgrid/sync';
import type { Client } from 'pg';
import type { Database } from '@wardgrid/controller/platform/database';
import { createChance, type Chance } from '../sync/chance.ts';
import { BLOCK_SIZE } from '../sync/cloud-site.ts';
import { isOfPeople, People } from '../sync/people.ts';
import { registry } from '../sync/registry.ts';
import { isSigned, openVoucher, sealVouchers, signShown } from '../sync/seals.ts';
import { growTree, type Tree } from '../sync/tree.ts';
import { capture, readDisk, rowsIn, writeDisk, type Disk } from './database-side.ts';
import { committed, createSite, type Ground, type Model, type Site } from './site.ts';
import { differenceOf, requestText, responseText, valuesOf } from './texts.ts';
import { cloudOnDisk, cloudTold, replicaOnDisk, replicaTold, type Told } from './told.ts';

const START_MS = 1_700_000_000_000;
/** After which the cloud no longer knows wishes by their names. */
const SEASON_MS = 91 * GAP_MS_MAX;
/** Where the engine may die. */
const POINTS = ['sync:after-decide', 'sync:before-commit', 'sync:page-applied'];
/** Controllers of one story: each costs a few queries a step. */
const SITES_MAX = 5;

/** Rounds in which all that is under way arrives, a few rows at a time. */
const ROUNDS = 12;

/** Something that model and database say differently. */
class Difference extends Error {}

interface Backup {
  readonly site: Site;
  readonly disk: Disk;
  readonly model: Model;
  readonly typed: ReadonlyMap<string, Row>;
}

/** What happened in a story. */
export interface Happened {
  exchanges: number;
  lost: number;
  crashes: number;
  snapshots: number;
  forks: number;
  restores: number;
  copies: number;
  wipes: number;
  cloudRestores: number;
  moves: number;
  forgets: number;
  statuses: Set<string>;
}

export class Story {
  readonly #chance: Chance;
  readonly #client: Client;
  readonly #ground: Ground;
  readonly #tree: Tree;
  readonly #people: People;
  readonly #seed: number;
  readonly #sites: Site[] = [];
  readonly #backups: Backup[] = [];
  readonly happened: Happened = {
    exchanges: 0,
    lost: 0,
    crashes: 0,
    snapshots: 0,
    forks: 0,
    restores: 0,
    copies: 0,
    wipes: 0,
    cloudRestores: 0,
    moves: 0,
    forgets: 0,
    statuses: new Set<string>(),
  };
  #nowMs = START_MS;
  #seeds = 0;

  private constructor(
    seed: number,
    given: { readonly client: Client; readonly database: Database },
  ) {
    this.#seed = seed;
    this.#client = given.client;
    this.#chance = createChance(createSeededRandom(seed));
    this.#tree = growTree(this.#chance, 'paths');
    this.#people = new People(this.#chance);
    const rows = 1 + this.#chance.below(6);
    this.#ground = {
      database: given.database,
      tree: this.#tree,
      nowMs: () => this.#nowMs,
      limits: { ops: 1 + this.#chance.below(6), rows, bytes: 1_000_000, numbers: BLOCK_SIZE },
    };
  }

  static async begin(
    seed: number,
    given: { readonly client: Client; readonly database: Database },
  ): Promise<Story> {
    const story = new Story(seed, given);
    await story.#addSite(CLOUD);
    for (const node of story.#tree.nodes().slice(0, SITES_MAX)) await story.#addSite(node);
    return story;
  }

  async #addSite(node: string): Promise<Site> {
    this.#seeds += 1;
    const site = await createSite(this.#ground, node, this.#seed * 1_000 + this.#seeds);
    this.#sites.push(site);
    return site;
  }

  get #controllers(): readonly Site[] {
    return this.#sites.filter(({ node }) => node !== CLOUD);
  }

  #siteOf(node: string): Site | undefined {
    return this.#sites.find((site) => site.node === node);
  }

  get #cloud(): Cloud {
    const site = this.#siteOf(CLOUD);
    if (site?.model.kind !== 'cloud') throw new Error('no cloud');
    return site.model.cloud;
  }

  /** Lets something happen. @throws Difference */
  async step(): Promise<void> {
    this.#nowMs += 1_000 + this.#chance.below(3_000);
    const chance = this.#chance;
    const site = chance.pick(this.#controllers);
    if (chance.happens(0.4)) await this.#edit(site);
    else if (chance.happens(0.12)) await this.#editAtCloud();
    else if (chance.happens(0.15)) await this.#disaster(site);
    else await this.#exchange(site);
  }

  /** Keeps a backup of the cloud. */
  async keepCloud(): Promise<void> {
    const cloud = this.#siteOf(CLOUD);
    if (cloud) await this.#keep(cloud);
  }

  /** The cloud comes back from its backup. @throws Difference */
  restoreCloud(): Promise<void> {
    return this.#restoreCloud();
  }

  /**
   * A disk is cloned, the copy's changes are decided, and a cloud that comes back from a backup hears the
   * original first. Changes that nobody brought to the cloud again. @throws Difference
   */
  async tellTwoDisks(): Promise<readonly string[]> {
    const [site, cloud] = this.#underTheCloud();
    await this.keepCloud();
    for (let count = 0; count < 3; count += 1) await this.#edit(site);
    await this.#exchangeWith(cloud, site, 8);
    const copy = await this.#copy(site);
    for (let count = 0; count < 4; count += 1) await this.#edit(copy);
    for (let count = 0; count < 5; count += 1) await this.#edit(site);
    await this.#exchangeWith(cloud, copy, 8);
    const known = [...this.#cloud.opIds.keys()];
    await this.#restoreCloud();
    await this.#exchangeWith(cloud, site, 16);
    for (let count = 0; count < 2; count += 1) await this.#edit(copy);
    await this.#exchangeWith(cloud, copy, 24);
    return known.filter((opId) => !this.#cloud.opIds.has(opId));
  }

  /**
   * A disk is cloned with changes that nobody brought to the cloud yet; the original brings them, the cloud
   * forgets their names, and the copy wakes up. How many were forgotten, and why each of the changes was
   * refused that the copy wrote anew. @throws Difference
   */
  async tellLateCopy(): Promise<{ readonly forgotten: number; readonly refused: unknown[] }> {
    const [site, cloud] = this.#underTheCloud();
    for (let count = 0; count < 2; count += 1) await this.#edit(site);
    const copy = await this.#copy(site);
    for (let count = 0; count < 3; count += 1) await this.#edit(site);
    await this.#exchangeWith(cloud, site, 8);
    const known = this.#cloud.opIds.size;
    this.#nowMs += SEASON_MS;
    await this.#forget(cloud);
    const forgotten = known - this.#cloud.opIds.size;
    const { cursor, entries } = this.#cloud.history;
    await this.#exchangeWith(cloud, copy, 24);
    // The copy's new stream is lent numbers, too.
    const late = entries.filter(({ g, type }) => g > cursor && type !== LENDING_TYPE);
    return { forgotten, refused: late.map(({ reason }) => reason) };
  }

  #underTheCloud(): readonly [site: Site, cloud: Site] {
    const site = this.#controllers.find(({ node }) => this.#tree.parentOf(node) === CLOUD);
    const cloud = this.#siteOf(CLOUD);
    if (!site || !cloud) throw new Error('no site');
    return [site, cloud];
  }

  async #exchangeWith(cloud: Site, one: Site, times: number): Promise<void> {
    for (let time = 0; time < times; time += 1) {
      const answer = await this.#answer(cloud, await this.#ask(one, cloud), one);
      if (answer) await this.#receive(one, cloud, answer);
    }
  }

  /** Everybody exchanges with whom they should, in quiet, until all is told. @throws Difference */
  async settle(): Promise<void> {
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#nowMs += 10_000;
      for (const site of this.#controllers) await this.#exchangeQuietly(site);
    }
    // Numbers that nobody has any more are given up after a day.
    this.#nowMs += GAP_MS_MAX + 1;
    for (let round = 0; round < ROUNDS; round += 1) {
      this.#nowMs += 10_000;
      for (const site of this.#controllers) await this.#exchangeQuietly(site);
    }
  }

  // ---- people

  async #edit(site: Site): Promise<void> {
    if (site.model.kind !== 'controller') return;
    const { replica } = site.model;
    const live = this.#effective(site)
      .all()
      .filter((row) => isOfPeople(row) && this.#tree.isHomeWithin(row.home, site.node));
    const wish = this.#people.wish(live);
    const home = this.#tree.homeIn(site.node, this.#chance);
    const placed = wish.kind === 'create' ? { ...wish, home } : wish;
    write(replica, placed, { tools: site.tools, registry });
    await capture(this.#client, site.tenantId, placed);
    await committed(site, async () => void (await site.engine.seal(site.tenantId)));
    // The feature wrote it itself.
    const row = this.#effective(site).get(placed.id);
    if (row) site.typed.set(row.id, row);
    else site.typed.delete(placed.id);
    await this.#compare(site);
  }

  async #editAtCloud(): Promise<void> {
    const site = this.#siteOf(CLOUD);
    if (site?.model.kind !== 'cloud') return;
    const wish = this.#wishAtCloud();
    this.#decideAtCloud(site, wish);
    await capture(this.#client, site.tenantId, wish);
    await committed(site, async () => void (await site.engine.seal(site.tenantId)));
    for (const { id } of this.#cloud.history.rows.values()) this.#typeAtCloud(site, id);
    await this.#compare(site);
  }

  #wishAtCloud(): Wish {
    const chance = this.#chance;
    const live = [...this.#cloud.history.rows.values()].filter((row) => isOfPeople(row));
    if (live.length > 0 && chance.happens(0.25)) {
      const { type, id } = chance.pick(live);
      const home = this.#tree.homeIn(chance.pick(this.#tree.nodes()), chance);
      return { kind: 'move', type, id, fields: {}, home, by: 'root' };
    }
    const wish = this.#people.wish(live);
    const home = this.#tree.homeIn(chance.pick([CLOUD, ...this.#tree.nodes()]), chance);
    return wish.kind === 'create' ? { ...wish, home } : wish;
  }

  #typeAtCloud(site: Site, id: string): void {
    const row = this.#cloud.history.rows.get(id);
    if (row && !row.isDeleted) site.typed.set(id, row);
    else site.typed.delete(id);
  }

  #decideAtCloud({ model, tools }: Site, wish: Wish): void {
    if (model.kind !== 'cloud') return;
    const { own, cloud } = model;
    own.hlc = hlcTick(own.hlc, this.#nowMs);
    own.q += 1;
    const { home, ...rest } = wish;
    const op: Op = {
      ...rest,
      opId: tools.newId(),
      stream: own.stream,
      q: own.q,
      hlc: own.hlc,
      home: home ?? null,
      seen: cloud.history.cursor,
      schemaVersion: 1,
    };
    const sealed = sealOp(op, own.head, tools.sha256);
    own.head = sealed.head;
    decide(cloud, sealed, this.#decideContext());
  }

  #decideContext(): DecideContext {
    const { rows } = this.#cloud.history;
    const live = (): Row[] => [...rows.values()].filter((row) => !row.isDeleted);
    return {
      registry,
      wallMs: this.#nowMs,
      layerOf: this.#tree.layerOf,
      topology: this.#tree,
      isRevoked: () => false,
      homeOf: this.#tree.homeOf,
      blockSize: BLOCK_SIZE,
      lookups: {
        liveByKey: (type, key) =>
          live().find((row) => row.type === type && row.fields['hardware']?.value === key)?.id,
        referringTo: (id) =>
          live().flatMap((row) =>
            row.fields['deviceId']?.value === id ? [{ row, field: 'deviceId' }] : [],
          ),
      },
    };
  }

  // ---- exchanges

  #upstreamOf(site: Site): Site | undefined {
    const parent = this.#siteOf(this.#tree.parentOf(site.node) ?? CLOUD);
    const asksCloud = site.model.kind === 'controller' && needsCloud(site.model.replica);
    if (!parent || asksCloud || this.#chance.happens(0.15)) return this.#siteOf(CLOUD);
    return parent;
  }

  async #exchange(site: Site): Promise<void> {
    const upstream = this.#upstreamOf(site);
    if (!upstream) return;
    const chance = this.#chance;
    const request = await this.#ask(site, upstream);
    if (chance.happens(0.08)) return void (this.happened.lost += 1);
    upstream.crashAt = chance.happens(0.1) ? chance.pick(POINTS) : null;
    const answer = await this.#answer(upstream, request, site);
    upstream.crashAt = null;
    if (!answer) return;
    if (chance.happens(0.08)) return void (this.happened.lost += 1);
    // A message that comes twice: answered twice, and one answer is too late.
    const again = chance.happens(0.06) ? await this.#answer(upstream, request, site) : undefined;
    site.crashAt = chance.happens(0.1) ? chance.pick(POINTS) : null;
    await this.#receive(site, upstream, answer);
    site.crashAt = null;
    if (again) await this.#receive(site, upstream, again);
  }

  async #exchangeQuietly(site: Site): Promise<void> {
    const upstream = this.#siteOf(this.#tree.parentOf(site.node) ?? CLOUD) ?? this.#siteOf(CLOUD);
    if (!upstream) return;
    const cloud = this.#siteOf(CLOUD);
    // What was left by a controller that moved away only the cloud takes.
    const asksCloud = site.model.kind === 'controller' && needsCloud(site.model.replica);
    const to = cloud && (asksCloud || this.#chance.happens(0.3)) ? cloud : upstream;
    const answer = await this.#answer(to, await this.#ask(site, to), site);
    if (answer) await this.#receive(site, to, answer);
  }

  #clientContext({ tools }: Site) {
    const opsMax = this.#ground.limits.ops;
    return { registry, topology: this.#tree, tools, opsMax, openVoucher, isSigned };
  }

  async #ask(site: Site, upstream: Site): Promise<SyncRequest> {
    if (site.model.kind !== 'controller') throw new Error('the cloud asks nobody');
    const expected = requestOf(site.model.replica, upstream.node, this.#clientContext(site));
    let request: SyncRequest | undefined;
    await committed(site, async () => {
      request = await site.engine.nextRequest(site.tenantId, upstream.node);
    });
    if (!request) throw new Error('no request');
    this.#same('request', requestText(expected), requestText(request));
    await this.#compare(site);
    return request;
  }

  async #answer(
    upstream: Site,
    request: SyncRequest,
    site: Site,
  ): Promise<SyncResponse | undefined> {
    let response: SyncResponse | undefined;
    const isDone = await committed(upstream, async () => {
      const caller = { nodeId: site.node, tenantId: upstream.tenantId };
      response = await upstream.engine.handle(caller, request);
    });
    if (!isDone || !response) {
      this.happened.crashes += 1;
      await this.#compare(upstream);
      return undefined;
    }
    const expected = serve(this.#upstreamModel(upstream), request, {
      registry,
      topology: this.#tree,
      wallMs: this.#nowMs,
      rowsMax: this.#ground.limits.rows,
      sha256: upstream.tools.sha256,
      controllers: this.#tree.nodes,
    });
    this.#same('response', responseText(expected), responseText(response));
    await this.#compare(upstream);
    this.happened.statuses.add(response.status);
    if (response.snapshot) this.happened.snapshots += 1;
    if (response.status === 'fork') this.happened.forks += 1;
    this.happened.exchanges += 1;
    return upstream.node === CLOUD ? sealVouchers(response) : signShown(response, upstream.node);
  }

  #upstreamModel({ model }: Site): Upstream {
    return model.kind === 'cloud'
      ? { kind: 'cloud', cloud: model.cloud, decideContext: this.#decideContext() }
      : { kind: 'controller', replica: model.replica };
  }

  async #receive(site: Site, upstream: Site, response: SyncResponse): Promise<void> {
    if (site.model.kind !== 'controller') return;
    const isDone = await committed(site, async () => {
      await site.engine.apply(site.tenantId, upstream.node, response);
    });
    if (isDone) {
      const doubt = applyResponse(site.model.replica, response, this.#clientContext(site));
      if (doubt !== null) throw new Difference(`${upstream.node} is not believed: ${doubt}`);
    } else this.happened.crashes += 1;
    await this.#compare(site);
  }

  // ---- disasters

  async #disaster(site: Site): Promise<void> {
    const chance = this.#chance;
    const kind = chance.pick([
      ...(['keep', 'keep', 'restore', 'restore', 'copy', 'wipe'] as const),
      ...(['forget', 'forget', 'forget', 'move', 'cloud', 'day'] as const),
    ]);
    if (kind === 'keep') await this.#keep(chance.pick(this.#sites));
    else if (kind === 'restore') await this.#restore(site);
    else if (kind === 'copy') await this.#copyIfFew(site);
    else if (kind === 'wipe') await this.#wipe(site);
    else if (kind === 'forget') await this.#forget(chance.pick(this.#sites));
    else if (kind === 'move') this.#move(site);
    else if (kind === 'cloud') await this.#restoreCloud();
    else this.#nowMs += chance.happens(0.3) ? chance.pick([GAP_MS_MAX, SEASON_MS]) : 0;
  }

  async #keep(site: Site): Promise<void> {
    this.#backups.push({
      site,
      disk: await readDisk(this.#client, site.tenantId),
      model: structuredClone(site.model),
      typed: new Map(site.typed),
    });
  }

  async #putBack(site: Site, { disk, model, typed }: Backup): Promise<void> {
    await writeDisk(this.#client, site.tenantId, disk);
    site.model = structuredClone(model);
    site.typed = new Map(typed);
  }

  async #restore(site: Site): Promise<void> {
    const backup = this.#backups.findLast((one) => one.site.node === site.node);
    if (!backup) return;
    await this.#putBack(site, backup);
    this.happened.restores += 1;
    await this.#compare(site);
  }

  /** A disk that was cloned: two machines believe that they are the same controller. */
  async #copy(site: Site): Promise<Site> {
    const copy = await this.#addSite(site.node);
    const disk = await readDisk(this.#client, site.tenantId);
    await this.#putBack(copy, { site, disk, model: site.model, typed: site.typed });
    this.happened.copies += 1;
    await this.#compare(copy);
    return copy;
  }

  async #copyIfFew(site: Site): Promise<void> {
    if (this.#sites.length <= SITES_MAX) await this.#copy(site);
  }

  async #wipe(site: Site): Promise<void> {
    const { tree } = this.#ground;
    await writeDisk(this.#client, site.tenantId, new Map());
    await site.engine.activate(site.tenantId);
    const replica = createReplica(site.node, tree.scopeVersionOf(site.node), site.tools);
    site.model = { kind: 'controller', replica };
    site.typed = new Map();
    this.happened.wipes += 1;
    await this.#compare(site);
  }

  async #forget(site: Site): Promise<void> {
    await site.engine.forget(site.tenantId);
    const state = await site.engine.stateOf(site.tenantId);
    const history =
      site.model.kind === 'cloud' ? site.model.cloud.history : site.model.replica.history;
    if (state && state.floor > history.floor) this.happened.forgets += 1;
    forgetBelow(history, state?.floor ?? 0);
    if (site.model.kind === 'cloud') {
      const disk = await readDisk(this.#client, site.tenantId);
      forgetWishes(site.model.cloud, Number(rowsIn(disk, 'sync_tenant')[0]?.['wish_floor']));
    }
    await this.#compare(site);
  }

  #move(site: Site): void {
    const parents = this.#tree.parentsFor(site.node).filter((parent) => this.#siteOf(parent));
    if (parents.length === 0) return;
    this.#tree.move(site.node, this.#chance.pick(parents));
    this.happened.moves += 1;
  }

  async #restoreCloud(): Promise<void> {
    const site = this.#siteOf(CLOUD);
    const backup = this.#backups.findLast((one) => one.site === site);
    if (!site || !backup || site.model.kind !== 'cloud') return;
    const { epoch, cursor } = site.model.cloud.history;
    await this.#putBack(site, backup);
    // A backup does not know how far its cloud went on; the operator's tool asks the controllers.
    const { cloud, own } = site.model.kind === 'cloud' ? site.model : { cloud: null, own: null };
    if (!cloud || !own) return;
    cloud.history.cursor = Math.max(cloud.history.cursor, cursor);
    await this.#client.query(
      'update sync_tenant set cursor = greatest(cursor, $2) where tenant_id = $1',
      [site.tenantId, cursor],
    );
    resumeFromBackup(cloud, epoch);
    await site.engine.resumeFromBackup(site.tenantId, epoch);
    Object.assign(own, {
      stream: streamOf(CLOUD, site.tools.newIncarnation()),
      q: 0,
      head: EMPTY_HEAD,
    });
    this.happened.cloudRestores += 1;
    await this.#compare(site);
  }

  // ---- looking

  #effective({ model }: Site) {
    if (model.kind !== 'controller') throw new Error('the cloud shows what is decided');
    return effectiveRows(model.replica, { registry, layerOf: this.#tree.layerOf });
  }

  /** @throws Difference */
  async #compare(site: Site): Promise<void> {
    const disk = await readDisk(this.#client, site.tenantId);
    const { model } = site;
    const expected =
      model.kind === 'cloud' ? cloudTold(model.cloud, model.own) : replicaTold(model.replica);
    this.#same(
      site.node,
      expected,
      model.kind === 'cloud' ? cloudOnDisk(disk) : replicaOnDisk(disk),
    );
    const shown =
      model.kind === 'cloud'
        ? [...model.cloud.history.rows.values()].filter((row) => !row.isDeleted)
        : this.#effective(site).all();
    const typed = { rows: [...site.typed.values()].map(valuesOf).toSorted() };
    this.#same(`${site.node} as features read it`, { rows: shown.map(valuesOf).toSorted() }, typed);
  }

  /** @throws Difference */
  #same(what: string, expected: Told, found: Told): void {
    for (const [section, value] of Object.entries(expected)) {
      const other = found[section];
      if (JSON.stringify(value) === JSON.stringify(other)) continue;
      throw new Difference(`${what}: ${section}\n${differenceOf(value, other)}`);
    }
  }
}
