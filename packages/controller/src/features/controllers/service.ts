import { decodeBase64Url } from '@wardgrid/base';
import { keyIdOf } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  instantOf,
  instantOrNull,
  SYNC_CHILDREN_MAX,
  type Controller,
  type ControllerRole,
  type ListQuery,
  type Page,
  type Permission,
  type SyncChild,
  type TenantId,
} from '@wardgrid/wire';
import { announceAll } from '../../platform/announce.ts';
import { isWithin } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import {
  listSettings,
  requireAllowed,
  requireCloud,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import type { NodeOptions, Nodes } from './nodes.ts';
import {
  controllerRepository,
  nodeRepository,
  type ControllerRow,
  type NodeRow,
} from './repository.ts';

/** Controllers, for people. */
export interface Controllers {
  /** Those that exchange with this one, as far as the transaction sees them. */
  readonly childrenOf: (tx: Transaction) => Promise<readonly SyncChild[]>;
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Controller>>;
  readonly read: (context: Context, id: string) => Promise<Controller>;
  readonly update: (
    context: Context,
    id: string,
    change: { readonly name?: string; readonly parentId?: string },
  ) => Promise<Controller>;
  readonly revoke: (context: Context, id: string, reason: string | null) => Promise<Controller>;
}

interface Needs {
  readonly platform: Platform;
  readonly nodes: Nodes;
  readonly silentAfterMs: number;
  /** Who serves a place is another than before. */
  readonly treeChanged: NodeOptions['treeChanged'];
}

/** Deepest layer that a controller can have. */
const LAYER_MAX = 16;

export function createControllers(platform: Platform, given: Omit<Needs, 'platform'>): Controllers {
  const needs: Needs = { platform, ...given };
  return {
    async childrenOf(tx) {
      const rows = await controllerRepository(tx).exchanging(SYNC_CHILDREN_MAX);
      return rows.map((row) => childOf(controllerOf(needs, row)));
    },
    list: (context, query) =>
      transactAs(platform, accessOf(context, 'controllers:read'), async (tx) => {
        const page = await controllerRepository(tx).list(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => controllerOf(needs, row)) };
      }),
    read: (context, id) =>
      transactAs(platform, accessOf(context, 'controllers:read'), (tx) => read(needs, tx, id)),
    update: (context, id, change) =>
      manage(needs, { context, id }, async (tx, row) => {
        if (change.name !== undefined) await controllerRepository(tx).rename(id, change.name);
        if (change.parentId === undefined || change.parentId === row.parent_id) return;
        requireCloud(platform);
        await moveBelow(needs, { context, id, parentId: change.parentId });
      }),
    async revoke(context, id, reason) {
      const revoked = await manage(needs, { context, id }, async (tx, row) => {
        if (row.revoked_at !== null) {
          throw new ControllerError('controller-revoked', 'it was revoked already');
        }
        await revoke(needs, tx, { context, id, reason });
      });
      await tellDevices(needs, context, revoked.scope);
      return revoked;
    },
  };
}

function accessOf({ actor }: Context, permission: Permission) {
  return { actor, permission } as const;
}

async function read(needs: Needs, tx: Transaction, id: string): Promise<Controller> {
  const row = await controllerRepository(tx).find(id);
  if (!row) throw notFound('controller');
  return controllerOf(needs, row);
}

/** Changes a controller that the actor may manage, tells of it, and answers with it. */
function manage(
  needs: Needs,
  { context, id }: { readonly context: Context; readonly id: string },
  change: (tx: Transaction, row: ControllerRow) => Promise<void>,
): Promise<Controller> {
  const { platform } = needs;
  const { actor } = context;
  return transactAs(platform, accessOf(context, 'controllers:read'), async (tx) => {
    const row = await controllerRepository(tx).find(id);
    if (!row) throw notFound('controller');
    const target = { id, tenantId: row.tenant_id, scope: row.scope };
    requireAllowed(
      platform,
      { actor, permission: 'controllers:manage', noun: 'controller' },
      target,
    );
    await change(tx, row);
    const nowMs = platform.clock.now();
    await announceAll(tx, { noun: 'controllers', verb: 'changed', nowMs }, [target]);
    return read(needs, tx, id);
  });
}

async function revoke(
  { platform }: Needs,
  tx: Transaction,
  given: { readonly context: Context; readonly id: string; readonly reason: string | null },
): Promise<void> {
  const { context, id, reason } = given;
  const row = await controllerRepository(tx).find(id);
  if (row?.layer === 0 || row?.controller_id === platform.keys.controllerId) {
    throw new ControllerError('controller-is-self', 'a controller does not revoke itself');
  }
  const by = referenceOf(context.actor);
  await controllerRepository(tx).revoke(id, { by, at: platform.clock.now(), reason });
}

/**
 * Makes the settings of the devices that a controller served due, which only workers may. Should the
 * program die before, whoever is above refuses the controller all the same.
 */
function tellDevices(
  { platform, treeChanged }: Needs,
  { actor }: Context,
  scope: string,
): Promise<void> {
  return platform.database.transact({ kind: 'ingest', actor }, (tx) => treeChanged(tx, scope));
}

/**
 * Puts a controller below another of the same tenant that serves a place around its own. What hangs
 * below it goes along, each with a certificate of its new layer.
 */
async function moveBelow(
  { platform, nodes }: Needs,
  given: { readonly context: Context; readonly id: string; readonly parentId: string },
): Promise<void> {
  const { id, parentId } = given;
  const { actor } = given.context;
  await platform.database.transact({ kind: 'ingest', actor }, async (tx) => {
    const repository = nodeRepository(tx);
    const node = await repository.find(id);
    const all = node ? await repository.ofTenant(node.tenantId) : [];
    const parent = all.find((one) => one.id === parentId);
    if (!node || !parent || !mayHang(node, parent, all)) {
      throw new ControllerError(
        'controller-parent-invalid',
        'it must be an active controller of the same tenant that serves a place around it',
      );
    }
    const shift = parent.layer + 1 - node.layer;
    for (const one of subtreeOf(node, all)) {
      const layer = one.layer + shift;
      if (layer > LAYER_MAX) {
        throw new ControllerError('controller-parent-invalid', 'the tree would be too deep');
      }
      await repository.place(one.id, {
        layer,
        parentId: one.id === id ? parentId : (one.parentId ?? parentId),
      });
      const moved = await repository.find(one.id);
      if (moved?.certificate) await nodes.certify(tx, moved, referenceOf(actor));
    }
  });
}

function mayHang(node: NodeRow, parent: NodeRow, all: readonly NodeRow[]): boolean {
  const isBelow = subtreeOf(node, all).some((one) => one.id === parent.id);
  const isActive = parent.certificate !== null && parent.revokedAt === null;
  return node.layer > 0 && !isBelow && isActive && isWithin(node.scope, parent.scope);
}

/** A controller and everything below, those nearer first. */
function subtreeOf(node: NodeRow, all: readonly NodeRow[]): readonly NodeRow[] {
  const found: NodeRow[] = [node];
  for (const one of found) {
    for (const child of all) if (child.parentId === one.id) found.push(child);
  }
  return found;
}

function controllerOf({ platform, silentAfterMs }: Needs, row: ControllerRow): Controller {
  const isSelf = row.controller_id === platform.keys.controllerId;
  const isHeard =
    row.received_at !== null && platform.clock.now() - row.received_at <= silentAfterMs;
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    tenantName: row.tenant_name ?? '',
    name: row.name,
    role: roleOf(row.layer),
    layer: row.layer,
    parentId: row.parent_id,
    parentName: row.parent_name,
    scope: row.scope,
    placeName: row.place_name ?? '',
    state: row.state,
    isSelf,
    isOnline: row.state === 'active' && (isSelf || isHeard),
    keyId: keyIdOf(systemCryptography, decodeBase64Url(row.public_key)),
    urls: row.urls,
    version: row.reported_version ?? row.version,
    upstream: row.upstream,
    upstreamId: row.upstream_id,
    cursor: row.cursor,
    queueUp: row.queue_up,
    clockOffsetMs: row.clock_offset_ms,
    lastReportAt: instantOrNull(row.received_at),
    lastSyncAt: instantOrNull(row.exchanged_at),
    children: row.children,
    counts: row.counts,
    createdAt: instantOf(row.created_at),
    createdBy: row.created_by,
    approvedAt: instantOrNull(row.approved_at),
    approvedBy: row.approved_by,
    revokedAt: instantOrNull(row.revoked_at),
    ...certificateOf(row),
  };
}

function childOf(controller: Controller): SyncChild {
  const { id, tenantId, name, layer, isOnline, lastSyncAt } = controller;
  const { version, cursor, queueUp, clockOffsetMs } = controller;
  return {
    controllerId: id,
    tenantId,
    name,
    layer,
    isOnline,
    lastSyncAt,
    version,
    cursor,
    queueUp,
    clockOffsetMs,
  };
}

function roleOf(layer: number): ControllerRole {
  if (layer === 0) return 'cloud';
  return layer === 1 ? 'local' : 'sub-local';
}

function certificateOf({
  certificate,
}: ControllerRow): Pick<Controller, 'certificateSerial' | 'certificateExpiresAt'> {
  if (!certificate) return { certificateSerial: null, certificateExpiresAt: null };
  const { serial, notAfter } = payloadOf(certificate.payload);
  return { certificateSerial: serial, certificateExpiresAt: instantOf(notAfter) };
}

/** Of a certificate that we issued or checked before we kept it. */
function payloadOf(payload: string): { readonly serial: number; readonly notAfter: number } {
  return JSON.parse(payload) as { serial: number; notAfter: number };
}
