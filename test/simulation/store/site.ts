import { sha256 } from '@noble/hashes/sha2.js';
import { silentLog, type Clock } from '@wardgrid/base';
import { systemNewId } from '@wardgrid/base/system';
import { createSyncEngine, type SyncEngine } from '@wardgrid/controller/features/sync/index';
import type { SyncLimits } from '@wardgrid/controller/features/sync/parts';
import type { Database } from '@wardgrid/controller/platform/database';
import {
  CLOUD,
  createCloud,
  createReplica,
  EMPTY_HEAD,
  hlcOf,
  streamOf,
  type Cloud,
  type Replica,
  type ReplicaTools,
  type Row,
} from '@wardgrid/sync';
import { registry } from '../sync/registry.ts';
import { isSigned, openVoucher } from '../sync/seals.ts';
import type { Tree } from '../sync/tree.ts';

/** The cloud's own stream, as the model writes it. */
interface OwnStream {
  stream: string;
  q: number;
  head: string;
  hlc: string;
}

/** What the model keeps of a site. */
export type Model =
  | { readonly kind: 'cloud'; readonly cloud: Cloud; readonly own: OwnStream }
  | { readonly kind: 'controller'; readonly replica: Replica };

/** A controller twice: as the model, and on a database. Both must always say the same. */
export interface Site {
  readonly node: string;
  readonly tenantId: string;
  model: Model;
  /** The model's tools; the engine has others that say the same. */
  readonly tools: ReplicaTools;
  readonly engine: SyncEngine;
  readonly engineTools: CountedTools;
  /** Rows as features would read them. */
  typed: Map<string, Row>;
  /** Changes of a transaction that is not known to be committed yet. */
  told: (readonly [string, Row | null])[];
  /** Makes the engine die at a point, once. */
  crashAt: string | null;
}

/** What sites are made of. */
export interface Ground {
  readonly database: Database;
  readonly tree: Tree;
  readonly nowMs: () => number;
  readonly limits: SyncLimits;
}

/** A crash that a test asked for. */
class Crash extends Error {}

/** Tools whose names can be taken back: those that a transaction used that was lost. */
interface CountedTools {
  readonly tools: ReplicaTools;
  count: number;
}

function toolsOf(key: number, nowMs: () => number): CountedTools {
  const counted: CountedTools = {
    count: 0,
    tools: { wallMs: nowMs, newId: () => name(), newIncarnation: () => name(), sha256 },
  };
  const name = (): string => {
    counted.count += 1;
    return `op${key}x${counted.count}`;
  };
  return counted;
}

/** Makes a site, and begins to sync on its database. */
export async function createSite(ground: Ground, node: string, seed: number): Promise<Site> {
  const tenantId = systemNewId();
  const { tools } = toolsOf(seed, ground.nowMs);
  const engineTools = toolsOf(seed, ground.nowMs);
  const site: Site = {
    node,
    tenantId,
    tools,
    model: modelOf(node, ground, tools),
    engineTools,
    engine: engineOf(() => site, ground, engineTools.tools),
    typed: new Map(),
    told: [],
    crashAt: null,
  };
  await site.engine.activate(tenantId);
  site.engine.onChanged(async (_tx, changes) => {
    for (const { id, row } of changes) site.told.push([id, row]);
  });
  return site;
}

/** Runs something on a site's database: what it told holds when it was committed. False after a crash. */
export async function committed(site: Site, work: () => Promise<void>): Promise<boolean> {
  site.told = [];
  const { count } = site.engineTools;
  try {
    await work();
  } catch (error) {
    if (!(error instanceof Crash)) throw error;
    site.engineTools.count = count;
    return false;
  }
  for (const [id, row] of site.told) {
    if (row) site.typed.set(id, row);
    else site.typed.delete(id);
  }
  return true;
}

function modelOf(node: string, { tree, nowMs }: Ground, tools: ReplicaTools): Model {
  if (node !== CLOUD) {
    return { kind: 'controller', replica: createReplica(node, tree.scopeVersionOf(node), tools) };
  }
  const stream = streamOf(CLOUD, tools.newIncarnation());
  const own = { stream, q: 0, head: EMPTY_HEAD, hlc: hlcOf(nowMs()) };
  return { kind: 'cloud', cloud: createCloud(), own };
}

function engineOf(site: () => Site, ground: Ground, tools: ReplicaTools): SyncEngine {
  const { database, tree, nowMs, limits } = ground;
  const clock: Clock = {
    now: nowMs,
    monotonic: nowMs,
    sleep: () => Promise.resolve(),
    after: () => () => undefined,
  };
  const topology = {
    ...tree,
    scopeRootOf: (node: string) => tree.scopeOf(node).join('.'),
    hasChildren: () => true,
    controllers: tree.nodes,
    isRevoked: () => false,
    isSigned,
  };
  return createSyncEngine(
    { clock, database, log: silentLog, newId: systemNewId },
    {
      registry,
      declarations: {},
      widenSight: () => Promise.resolve(),
      get isCloud() {
        return site().node === CLOUD;
      },
      get nodeId() {
        return site().node;
      },
      topologyOf: () => Promise.resolve(topology),
      signOps: () => Promise.resolve(null),
      openVoucher: (_tenantId, sealed) => openVoucher(sealed),
      outgoing: (_tenantId, { fields }) => Promise.resolve(fields),
      baselineOf: () => Promise.resolve([]),
    },
    {
      limits,
      tools,
      reached(point) {
        if (site().crashAt !== point) return;
        site().crashAt = null;
        throw new Crash(point);
      },
    },
  );
}
