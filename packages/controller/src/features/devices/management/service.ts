import type { Selection } from '@wardgrid/wire';
import { announceAll } from '../../../platform/announce.ts';
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

/** Told of retired devices in the transaction that retires them. */
export type OnRetired = (tx: Transaction, deviceIds: readonly string[]) => Promise<void>;

/** Changing devices, for people. */
export interface DeviceManagement {
  readonly update: (context: Context, id: string, change: DeviceChange) => Promise<void>;
  readonly updateMany: (context: Context, change: BulkChange) => Promise<{ changed: number }>;
  readonly retire: (context: Context, id: string) => Promise<null>;
}

/** Devices of one bulk request. */
const BULK_MAX = 10_000;

export function createDeviceManagement(platform: Platform, onRetired: OnRetired): DeviceManagement {
  async function allowedRow(
    tx: Transaction,
    given: { readonly context: Context; readonly permission: 'devices:update' | 'devices:delete' },
    id: string,
  ): Promise<DeviceRow> {
    const row = await deviceRepository(tx).find(id);
    if (!row) throw notFound('device');
    requireAllowed(
      platform,
      { actor: given.context.actor, permission: given.permission, noun: 'device' },
      { tenantId: row.tenant_id, scope: row.scope },
    );
    return row;
  }

  /** Where a move leads, when the person may put devices there. */
  async function placeFor(
    tx: Transaction,
    context: Context,
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

  function move(ids: readonly string[], place: Place): Promise<number> {
    return platform.database.transact({ kind: 'ingest' }, async (tx) => {
      const moved = await relocationRepository(tx).move(ids, place);
      await announce(
        tx,
        'changed',
        moved.map((id) => ({ id, ...place })),
      );
      return moved.length;
    });
  }

  const announce = (
    tx: Transaction,
    verb: 'changed' | 'removed',
    devices: readonly { readonly id: string; readonly tenantId: string; readonly scope: string }[],
  ): Promise<void> =>
    announceAll(tx, { noun: 'devices', verb, nowMs: platform.clock.now() }, devices);

  return {
    async update(context, id, change) {
      const access = { actor: context.actor, permission: 'devices:read' } as const;
      const place = await transactAs(platform, access, async (tx) => {
        const row = await allowedRow(tx, { context, permission: 'devices:update' }, id);
        const to = destinationOf(change, row.organization_id);
        const found = to ? await placeFor(tx, context, to) : null;
        if (found && found.tenantId !== row.tenant_id) throw notFound('organization');
        await managementRepository(tx).change(id, change);
        const where = { id, tenantId: row.tenant_id, scope: row.scope };
        await announce(tx, 'changed', [where]);
        return found;
      });
      if (place) await move([id], place);
    },
    async updateMany(context, change) {
      const access = { actor: context.actor, permission: 'devices:update' } as const;
      const { ids, place } = await transactAs(platform, access, async (tx) => {
        const found = await selectBounded(platform, tx, change.selection);
        const to = destinationOf(change, undefined);
        const target = to ? await placeFor(tx, context, to) : null;
        const tags = { add: change.addTags ?? [], remove: change.removeTags ?? [] };
        if (tags.add.length + tags.remove.length > 0) {
          const foundIds = found.map((device) => device.id);
          await managementRepository(tx).changeTags(foundIds, tags);
        }
        await announce(tx, 'changed', found);
        return { ids: found.map((device) => device.id), place: target };
      });
      return { changed: place ? await move(ids, place) : ids.length };
    },
    async retire(context, id) {
      const access = { actor: context.actor, permission: 'devices:read' } as const;
      const row = await transactAs(platform, access, (tx) =>
        allowedRow(tx, { context, permission: 'devices:delete' }, id),
      );
      await platform.database.transact({ kind: 'ingest' }, async (tx) => {
        if (!(await relocationRepository(tx).retire(id, platform.clock.now()))) return;
        await onRetired(tx, [id]);
        await tx.publish({ topic: 'orders.waiting', deviceIds: [id] });
        await announce(tx, 'removed', [{ id, tenantId: row.tenant_id, scope: row.scope }]);
      });
      return null;
    },
  };
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
