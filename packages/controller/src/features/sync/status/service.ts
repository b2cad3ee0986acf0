import {
  instantOf,
  instantOrNull,
  SYNC_PENDING_MAX,
  type PendingChange,
  type SyncChild,
  type SyncStatus,
  type SyncUpstream,
  type SyncView,
  type TenantId,
} from '@wardgrid/wire';
import { visibilityOf, type Visibility } from '../../../platform/authorize.ts';
import type { Context } from '../../../platform/context.ts';
import type { Membership } from '../../../platform/membership.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError } from '../../../platform/error.ts';
import { transactAs, type Platform } from '../../../platform/services.ts';
import type { SyncEngine } from '../engine.ts';
import type { ExchangeFeature, UplinkState } from '../exchange/index.ts';
import { NOUN_OF } from '../nouns.ts';
import { statusRepository, type PendingRow } from './repository.ts';

/** What the status needs of the rest of the controller. */
export interface StatusDeps {
  readonly engine: Pick<SyncEngine, 'stateOf' | 'tenants'>;
  readonly exchange: Pick<ExchangeFeature, 'uplink' | 'checkpoints'>;
  /** Controllers that exchange with this one, as far as the transaction sees them. */
  readonly childrenOf: (tx: Transaction) => Promise<readonly SyncChild[]>;
}

/** How this controller stands in the chain, for people. */
export interface Status {
  readonly read: (context: Context) => Promise<SyncStatus>;
  readonly view: (context: Context) => Promise<SyncView>;
  readonly pending: (
    context: Context,
  ) => Promise<{ readonly data: PendingChange[]; readonly total: number }>;
  /** @throws ControllerError `local-only`. */
  readonly now: (context: Context) => Promise<SyncStatus>;
}

const CLOUD_NAME = 'Cloud';

interface Needs {
  readonly platform: Platform;
  readonly deps: StatusDeps;
}

export function createStatus(platform: Platform, deps: StatusDeps): Status {
  const needs: Needs = { platform, deps };
  return {
    read: (context) => readStatus(needs, context),
    view: (context) => readView(needs, context),
    async pending(context) {
      const { rows, total } = await waiting(platform, visibilityFor(platform, context));
      // Who wrote them is told with the reader's rights: those of synchronisation know every account here.
      const access = { actor: context.actor, permission: 'sync:read' } as const;
      const authors = await transactAs(platform, access, (tx) =>
        statusRepository(tx).authorsOf(rows),
      );
      return { data: rows.map((row, index) => changeOf(row, authors[index] ?? '')), total };
    },
    async now(context) {
      if (platform.place.role === 'cloud') {
        throw new ControllerError('local-only', 'the cloud has nobody above it');
      }
      await deps.exchange.uplink.now(context.signal);
      return readStatus(needs, context);
    },
  };
}

function visibilityFor({ clock }: Platform, { actor }: Context): Visibility {
  return visibilityOf(actor, 'sync:read', clock.now());
}

async function waiting(
  platform: Platform,
  visibility: Visibility,
): Promise<{ readonly rows: readonly PendingRow[]; readonly total: number }> {
  // The cloud decides what is written there at once.
  if (platform.place.role === 'cloud') return { rows: [], total: 0 };
  return platform.database.transact({ kind: 'sync' }, async (tx) => ({
    rows: await statusRepository(tx).pending(visibility, SYNC_PENDING_MAX),
    total: await statusRepository(tx).countPending(visibility),
  }));
}

async function readView({ platform, deps }: Needs, context: Context): Promise<SyncView> {
  const visibility = visibilityOf(context.actor, 'organizations:read', platform.clock.now());
  const { rows, total } = await waiting(platform, visibility);
  const membership = platform.place.membership();
  const uplink = membership ? deps.exchange.uplink.state() : null;
  return {
    controllerId: platform.keys.controllerId,
    role: platform.place.role,
    name: membership?.name ?? CLOUD_NAME,
    state: uplink?.failover.state() ?? null,
    stateSince: instantOrNull(uplink?.failover.since() ?? null),
    lastReachedAt: instantOrNull(uplink?.lastDownAt ?? null),
    queueUp: total,
    pending: rows.map(({ type, row_id: rowId }) => ({ noun: nounOf(type), entityId: idOf(rowId) })),
  };
}

async function readStatus(needs: Needs, context: Context): Promise<SyncStatus> {
  const { platform, deps } = needs;
  const access = { actor: context.actor, permission: 'sync:read' } as const;
  const seen = await transactAs(platform, access, async (tx) => ({
    conflicts: await statusRepository(tx).countConflicts(),
    children: await deps.childrenOf(tx),
  }));
  return {
    controllerId: platform.keys.controllerId,
    role: platform.place.role,
    ...placePart(platform.place.membership()),
    ...uplinkPart(needs),
    ...(await cursorPart(needs, context)),
    conflicts: seen.conflicts,
    children: [...seen.children],
  };
}

function placePart(
  membership: Membership | null,
): Pick<SyncStatus, 'name' | 'layer' | 'scope' | 'certificateExpiresAt'> {
  if (!membership) return { name: CLOUD_NAME, layer: 0, scope: '', certificateExpiresAt: null };
  const { name, layer, scope, certificate } = membership;
  return { name, layer, scope, certificateExpiresAt: instantOf(endOf(certificate.payload)) };
}

type CursorPart = Pick<
  SyncStatus,
  'epoch' | 'cursor' | 'headG' | 'isCatchingUp' | 'queueUp' | 'queueDown'
>;

const NOTHING_YET: CursorPart = {
  epoch: 0,
  cursor: 0,
  headG: null,
  isCatchingUp: false,
  queueUp: 0,
  queueDown: null,
};

async function cursorPart({ platform, deps }: Needs, { actor }: Context): Promise<CursorPart> {
  const membership = platform.place.membership();
  const tenantId = membership?.tenantId ?? actor.tenantId ?? (await deps.engine.tenants())[0];
  const state = tenantId === undefined ? undefined : await deps.engine.stateOf(tenantId);
  if (tenantId === undefined || !state) return NOTHING_YET;
  const { epoch, cursor, isCatchingUp, unsealed, undecided } = state;
  // The cloud is where the newest decision is, and what is written there waits for nobody.
  if (!membership) {
    return { epoch, cursor, isCatchingUp, headG: cursor, queueUp: 0, queueDown: 0 };
  }
  const headG = deps.exchange.checkpoints.newest(tenantId)?.g ?? null;
  const queueDown = headG === null ? null : Math.max(0, headG - cursor);
  return { epoch, cursor, isCatchingUp, headG, queueUp: unsealed + undecided, queueDown };
}

type UplinkPart = Pick<
  SyncStatus,
  | 'state'
  | 'stateSince'
  | 'upstreams'
  | 'lastUpAt'
  | 'lastDownAt'
  | 'lastTriedAt'
  | 'nextTryAt'
  | 'nextProbeAt'
  | 'clockOffsetMs'
  | 'clockMeasuredAt'
  | 'localFailure'
>;

const NOBODY_ABOVE: UplinkPart = {
  state: null,
  stateSince: null,
  upstreams: [],
  lastUpAt: null,
  lastDownAt: null,
  lastTriedAt: null,
  nextTryAt: null,
  nextProbeAt: null,
  clockOffsetMs: null,
  clockMeasuredAt: null,
  localFailure: null,
};

function uplinkPart({ platform, deps }: Needs): UplinkPart {
  if (platform.place.role === 'cloud') return NOBODY_ABOVE;
  const uplink = deps.exchange.uplink.state();
  const { failover } = uplink;
  return {
    state: failover.state(),
    stateSince: instantOf(failover.since()),
    upstreams: upstreamsOf(uplink),
    lastUpAt: instantOrNull(uplink.lastUpAt),
    lastDownAt: instantOrNull(uplink.lastDownAt),
    lastTriedAt: instantOrNull(uplink.lastTriedAt),
    nextTryAt: instantOrNull(uplink.nextTryAt),
    nextProbeAt: instantOrNull(failover.nextProbeAt()),
    clockOffsetMs: uplink.clockOffsetMs,
    clockMeasuredAt: instantOrNull(uplink.clockMeasuredAt),
    localFailure: uplink.localFailure,
  };
}

function upstreamsOf({ upstreams, failover }: UplinkState): SyncUpstream[] {
  return upstreams.map((upstream, index) => {
    const rung = failover.rungs[index];
    return {
      controllerId: upstream.nodeId,
      name: upstream.name,
      layer: upstream.layer,
      urls: [...upstream.urls],
      isReachable: rung?.isReachable ?? null,
      isInUse: failover.current() === index,
      lastTriedAt: instantOrNull(rung?.lastTriedAt ?? null),
      failure: rung?.failure ?? null,
    };
  });
}

function endOf(payload: string): number {
  return (JSON.parse(payload) as { readonly notAfter: number }).notAfter;
}

function changeOf(row: PendingRow, changedBy: string): PendingChange {
  const { name } = row.fields;
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    at: instantOf(row.at),
    noun: nounOf(row.type),
    entityId: idOf(row.row_id),
    entityName: typeof name === 'string' ? name : null,
    kind: row.kind,
    fields: Object.keys(row.fields),
    changedBy,
  };
}

function nounOf(type: string): string {
  return NOUN_OF[type]?.noun ?? type;
}

/** Rows of types whose ids are put together go by the first part that is an id. */
function idOf(rowId: string): string {
  return /[0-9a-f]{8}-[0-9a-f-]{27}/.exec(rowId)?.[0] ?? rowId;
}
