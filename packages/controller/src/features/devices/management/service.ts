import type { Selection } from '@wardgrid/wire';
import { announceAll, type Changed } from '../../../platform/announce.ts';
import type { Context } from '../../../platform/context.ts';
import type { Transaction } from '../../../platform/database.ts';
import { ControllerError, notFound } from '../../../platform/error.ts';
import { requireAllowed, transactAs, type Platform } from '../../../platform/services.ts';
import { deviceRepository, type DeviceRow } from '../repository.ts';
import { managementRepository, relocationRepository, type Place } from './repository.ts';

/** What may be changed of one device. */
interface DeviceChange {
  readonly name?: string;
  readonly tags?: readonly string[];
  readonly organizationId?: string;
  readonly groupId?: string | null;
}

/** What may be changed of many devices. */
interface BulkChange {
  readonly selection: Selection;
  readonly addTags?: readonly string[];
  readonly removeTags?: readonly string[];
  readonly organizationId?: string;
  readonly groupId?: string | null;
}

/** Told of devices in the transaction that changes them. */
export type OnDevices = (tx: Transaction, deviceIds: readonly string[]) => Promise<void>;

interface ManagementDeps {
  readonly onRetired: OnDevices;
  /** Told of devices that lie elsewhere now. */
  readonly onMoved: OnDevices;
}

/** Changing devices, for people. */
export interface DeviceManagement {
  readonly update: (context: Context, id: string, change: DeviceChange) => Promise<void>;
  readonly updateMany: (context: Context, change: BulkChange) => Promise<{ changed: number }>;
  readonly retire: (context: Context, id: string) => Promise<null>;
}

/** Devices of one bulk request. */
const BULK_MAX = 10_000;

export function createDeviceManagement(platform: Platform, deps: ManagementDeps): DeviceManagement {
  return {
    async update(context, id, change) {
      const access = { actor: context.actor, permission: 'devices:read' } as const;
      const place = await transactAs(platform, access, async (tx) => {
        const row = await allowedRow(tx, { platform, context, permission: 'devices:update' }, id);
        const to = destinationOf(change, row.organization_id);
        const found = to ? await placeFor(tx, { platform, context }, to) : null;
        if (found && found.tenantId !== row.tenant_id) throw notFound('organization');
        await managementRepository(tx).change(id, change);
        const where = { id, tenantId: row.tenant_id, scope: row.scope };
        await announce(tx, platform, { verb: 'changed', devices: [where] });
        return found;
      });
      if (place) await move(platform, deps, { context, ids: [id], place });
    },
    async updateMany(context, change) {
      const access = { actor: context.actor, permission: 'devices:update' } as const;
      const { ids, place } = await transactAs(platform, access, async (tx) => {
        const devices = await selectBounded(platform, tx, change.selection);
        const to = destinationOf(change, undefined);
        const target = to ? await placeFor(tx, { platform, context }, to) : null;
        const tags = { add: change.addTags ?? [], remove: change.removeTags ?? [] };
        const found = devices.map((device) => device.id);
        if (tags.add.length + tags.remove.length > 0) {
          await managementRepository(tx).changeTags(found, tags);
        }
        await announce(tx, platform, { verb: 'changed', devices });
        return { ids: found, place: target };
      });
      return { changed: place ? await move(platform, deps, { context, ids, place }) : ids.length };
    },
    async retire(context, id) {
      const access = { actor: context.actor, permission: 'devices:read' } as const;
      const row = await transactAs(platform, access, (tx) =>
        allowedRow(tx, { platform, context, permission: 'devices:delete' }, id),
      );
      await platform.database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
        if (!(await relocationRepository(tx).retire(id, platform.clock.now()))) return;
        await deps.onRetired(tx, [id]);
        await tx.publish({ topic: 'orders.waiting', deviceIds: [id], handedBy: null });
        const where = { id, tenantId: row.tenant_id, scope: row.scope };
        await announce(tx, platform, { verb: 'removed', devices: [where] });
      });
      return null;
    },
  };
}

async function allowedRow(
  tx: Transaction,
  given: {
    readonly platform: Platform;
    readonly context: Context;
    readonly permission: 'devices:update' | 'devices:delete';
  },
  id: string,
): Promise<DeviceRow> {
  const row = await deviceRepository(tx).find(id);
  if (!row) throw notFound('device');
  requireAllowed(
    given.platform,
    { actor: given.context.actor, permission: given.permission, noun: 'device' },
    { tenantId: row.tenant_id, scope: row.scope },
  );
  return row;
}

/** Where a move leads, when the person may put devices there. */
async function placeFor(
  tx: Transaction,
  { platform, context }: { readonly platform: Platform; readonly context: Context },
  to: { readonly organizationId: string; readonly groupId: string | null },
): Promise<Place> {
  const place = await managementRepository(tx).place(to.organizationId, to.groupId);
  if (!place) throw notFound('organization');
  if (to.groupId !== place.groupId) throw notFound('group');
  requireAllowed(
    platform,
    { actor: context.actor, permission: 'devices:update', noun: 'organization' },
    place,
  );
  return place;
}

/** Moves with the workers' rights: what carries a device's scope lies in many tables. */
function move(
  platform: Platform,
  deps: ManagementDeps,
  {
    context,
    ids,
    place,
  }: { readonly context: Context; readonly ids: readonly string[]; readonly place: Place },
): Promise<number> {
  return platform.database.transact({ kind: 'ingest', actor: context.actor }, async (tx) => {
    const moved = await relocationRepository(tx).move(ids, place);
    if (moved.length > 0) await deps.onMoved(tx, moved);
    const devices = moved.map((id) => ({ id, tenantId: place.tenantId, scope: place.scope }));
    await announce(tx, platform, { verb: 'changed', devices });
    return moved.length;
  });
}

function announce(
  tx: Transaction,
  platform: Platform,
  given: { readonly verb: 'changed' | 'removed'; readonly devices: readonly Changed[] },
): Promise<void> {
  const { verb, devices } = given;
  return announceAll(tx, { noun: 'devices', verb, nowMs: platform.clock.now() }, devices);
}

async function selectBounded(platform: Platform, tx: Transaction, selection: Selection) {
  const nowMs = platform.clock.now();
  const found = await deviceRepository(tx).select(selection, { nowMs, limit: BULK_MAX + 1 });
  if (found.length <= BULK_MAX) return found;
  throw new ControllerError('limit-reached', `at most ${BULK_MAX} devices in one request`);
}

/** Where the change leads: a group without an organization lies in the device's own. */
function destinationOf(
  change: Pick<BulkChange, 'organizationId' | 'groupId'>,
  ownOrganizationId: string | undefined,
): { readonly organizationId: string; readonly groupId: string | null } | null {
  const organizationId = change.organizationId ?? ownOrganizationId;
  if (change.organizationId === undefined && change.groupId === undefined) return null;
  if (organizationId === undefined) {
    throw new ControllerError('invalid-body', 'a group needs its organization', {
      issues: [{ pointer: '/organizationId', detail: 'must be given with groupId' }],
    });
  }
  return { organizationId, groupId: change.groupId ?? null };
}
