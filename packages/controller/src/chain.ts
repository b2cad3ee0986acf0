import { CLOUD, homesByPath, nodeOf } from '@wardgrid/sync';
import { signOps, verifyOps } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { PRODUCT_VERSION, SYNC_REPORTS_MAX } from '@wardgrid/wire';
import { isAnnounced, type Config } from './config.ts';
import type { AccountsFeature } from './features/accounts/index.ts';
import {
  createControllersFeature,
  type AnnouncementDeps,
  nodeRepository,
  readTree,
  reportRepository,
  type ControllersFeature,
} from './features/controllers/index.ts';
import { devicesArrived, makeSettingsDue } from './features/devices/index.ts';
import type { PoliciesFeature } from './features/policies/index.ts';
import {
  codeOfName,
  createExchange,
  createStatus,
  createSyncEngine,
  createTypedSide,
  mountStatusRoutes,
  openVoucher,
  type ChainAlarm,
  type ExchangeDeps,
  type ExchangeFeature,
  type SyncDeps,
  type SyncEngine,
  type SyncType,
  type TypedSide,
  type TypedSideDeps,
} from './features/sync/index.ts';
import type { TenantsFeature } from './features/tenants/index.ts';
import type { Transaction } from './platform/database.ts';
import type { Platform } from './platform/services.ts';

/** What the chain of command is made from. */
export interface ChainOptions {
  readonly config: Config;
  /** What syncs, as this release knows it. */
  readonly syncTypes: readonly SyncType[];
  readonly tenants: TenantsFeature;
  readonly accounts: Pick<AccountsFeature, 'noteEnrolmentRefused'>;
  /** Another controller may look after the networks of a place. */
  readonly keeperChanged: (tx: Transaction, scope: string) => Promise<void>;
  readonly jobsArrived: (tx: Transaction, ids: readonly string[]) => Promise<void>;
  /** Takes in whoever announces itself as a controller and is not believed. */
  readonly noteRogue: AnnouncementDeps['noteRogue'];
  /** Takes in whoever wanted to join and was turned away. */
  readonly noteTurnedAway: AnnouncementDeps['noteRogue'];
  /** Takes in what controllers notice of each other. */
  readonly noteAlarm: (tx: Transaction, alarm: ChainAlarm) => Promise<boolean>;
  readonly updatePolicy: PoliciesFeature['reapply'];
  /** PEM and fingerprint of the own authority, when the controller serves with it. */
  readonly authority: string | null;
  readonly caFingerprint: string | null;
}

/** A controller that missed so many of its turns counts as away. */
const SILENT_TURNS = 3;

/** How long a controller may be silent before it counts as away. */
export function silentAfterMs({ syncIntervalMs }: Pick<Config, 'syncIntervalMs'>): number {
  return SILENT_TURNS * syncIntervalMs;
}

/** Controllers and what they tell each other. */
export interface Chain {
  readonly controllers: ControllersFeature;
  readonly engine: SyncEngine;
  readonly exchange: ExchangeFeature;
  readonly start: (signal: AbortSignal) => Promise<void>;
}

/** Who stands where, and how what is written at one controller comes to the others. */
export function createChain(platform: Platform, options: ChainOptions): Chain {
  const { config, tenants, accounts, authority, caFingerprint } = options;
  const typed = createTyped(platform, options, (...asked) =>
    exchange.uplink.fetchContent(...asked),
  );
  const engine = createEngine(platform, typed);
  // Controllers let others in through the exchange, and the exchange asks controllers who calls.
  const controllers: ControllersFeature = createControllersFeature(platform, {
    licenceOf: tenants.licences.current,
    forward: (join) => exchange.uplink.forward(join),
    activate: engine.activate,
    async treeChanged(tx, scope) {
      await makeSettingsDue(tx, { kind: 'scope', scope });
      await options.keeperChanged(tx, scope);
    },
    announcements: announcementsOf(options),
    onJoinRefused: accounts.noteEnrolmentRefused,
    noteTurnedAway: options.noteTurnedAway,
    authority,
    caFingerprint,
    silentAfterMs: silentAfterMs(config),
  });
  const exchange: ExchangeFeature = createExchange(platform, {
    engine,
    nodes: exchangeNodes(platform),
    takeForwarded: controllers.takeForwarded,
    contentFor: typed.contentFor,
    licences: tenants.handedDown,
    refreshSelf: controllers.self.refresh,
    async raise(alarm) {
      const { kind, nodeId, tenantId, detail } = alarm;
      platform.log.warn('chain alarm', { kind, nodeId, tenantId, detail });
      return platform.database.transact({ kind: 'ingest' }, (tx) => options.noteAlarm(tx, alarm));
    },
    version: PRODUCT_VERSION,
    timers: config,
  });
  const { childrenOf } = controllers;
  mountStatusRoutes(platform.http, createStatus(platform, { engine, exchange, childrenOf }));
  return {
    controllers,
    engine,
    exchange,
    async start(signal) {
      await Promise.all([controllers, exchange, typed, engine].map((part) => part.start(signal)));
    },
  };
}

/** The tables of the features, as what syncs is read from and written into them. */
function createTyped(
  platform: Platform,
  { syncTypes, jobsArrived, updatePolicy }: ChainOptions,
  fetchContent: NonNullable<TypedSideDeps['fetchContent']>,
): TypedSide {
  const { keys, place } = platform;
  return createTypedSide(platform, {
    types: syncTypes,
    directoryKeyOf: keys.directory,
    nodeId: () => (place.role === 'cloud' ? CLOUD : keys.controllerId),
    topologyOf: topologyOf(platform),
    code() {
      const membership = place.membership();
      return membership ? codeOfName(membership.name) : null;
    },
    devicesArrived,
    makeSettingsDue,
    jobsArrived,
    updatePolicy,
    ...(place.role === 'cloud' ? {} : { fetchContent }),
  });
}

function createEngine(platform: Platform, typed: TypedSide): SyncEngine {
  const { keys, place } = platform;
  const isCloud = place.role === 'cloud';
  const engine = createSyncEngine(platform, {
    registry: typed.registry,
    declarations: typed.declarations,
    async widenSight(tx, tenantId) {
      await nodeRepository(tx).widenSight(tenantId);
    },
    isCloud,
    nodeId: keys.controllerId,
    topologyOf: topologyOf(platform),
    signOps: (_, where) => Promise.resolve(isCloud ? null : signOps(keys.node, where)),
    openVoucher(tenantId, sealed) {
      const own = place.membership();
      return own?.tenantId === tenantId ? openVoucher(sealed, own) : null;
    },
    outgoing: typed.outgoing,
    nameRows: typed.nameRows,
    baselineOf: typed.baselineOf,
  });
  engine.onChanged(typed.onChanged);
  return engine;
}

function topologyOf(platform: Platform): SyncDeps['topologyOf'] {
  return async (tx, tenantId) => {
    const tree = await readTree(tx, tenantId, platform);
    const { layerOf, scopeRootOf, hasChildren, isRevoked, controllers } = tree;
    return {
      ...homesByPath(tree),
      layerOf,
      scopeRootOf,
      hasChildren,
      isRevoked,
      controllers,
      isSigned: ({ op: { stream, q }, head, signature }) => {
        const publicKey = tree.publicKeyOf(nodeOf(stream));
        if (publicKey === undefined) return null;
        if (signature === undefined) return false;
        const place = { stream, q, head };
        return verifyOps(systemCryptography, place, { publicKey, signature });
      },
    };
  };
}

/** What exchanges ask about controllers. */
function exchangeNodes(platform: Platform): ExchangeDeps['nodes'] {
  return {
    find: (tx, id) => nodeRepository(tx).find(id),
    async authorsOf(tx, tenantId) {
      const tree = await readTree(tx, tenantId, platform);
      return (nodeId) => {
        const publicKey = tree.publicKeyOf(nodeId);
        return publicKey === undefined
          ? undefined
          : { publicKey, revokedAt: tree.revokedAtOf(nodeId) };
      };
    },
    async keepReports(tx, { tenantId, from }, reports) {
      await reportRepository(tx).report(tenantId, reports, { at: platform.clock.now(), from });
    },
    reportsOf: (tx, tenantId) => reportRepository(tx).reports(tenantId, SYNC_REPORTS_MAX),
    tenantKeyOf: (tx, tenantId) => nodeRepository(tx).tenantKeyOf(tenantId),
  };
}

function announcementsOf({ config, noteRogue, authority }: ChainOptions): AnnouncementDeps | null {
  if (!isAnnounced(config)) return null;
  const { listen, tlsKey } = config;
  return { listen, isTls: authority !== null || tlsKey !== null, noteRogue };
}
