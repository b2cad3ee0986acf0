import {
  GROUP_DEPTH_MAX,
  instantOf,
  type Group,
  type GroupId,
  type ListQuery,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { isWithin, labelOf, levelsOf } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { countsOf, moveSubtree, tenantRepository, type GroupRow } from './repository.ts';

/** A tenant and an organization stand above every group in a scope path. */
const LEVELS_ABOVE_GROUPS = 2;

interface NewGroup {
  readonly name: string;
  readonly organizationId: string;
  readonly parentId?: string;
}

interface GroupChange {
  readonly name?: string;
  readonly parentId?: string | null;
}

export function createGroups(platform: Platform) {
  async function rowOf(tx: Transaction, id: string): Promise<GroupRow> {
    const row = await tenantRepository(tx).findGroup(id);
    if (!row) throw notFound('group');
    return row;
  }

  async function announce(
    tx: Transaction,
    row: { id: string; tenantId: string; scope: string },
    verb: 'created' | 'changed' | 'removed',
  ): Promise<void> {
    const at = instantOf(platform.clock.now());
    await tx.publish({
      topic: 'live',
      event: {
        at,
        tenantId: row.tenantId,
        scope: row.scope,
        noun: 'groups',
        verb,
        entityId: row.id,
      },
    });
  }

  /** The node that a group is put into: its organization, or a group of that organization. */
  async function parentOf(
    tx: Transaction,
    given: { readonly organizationId: string; readonly parentId: string | null },
  ): Promise<{ tenantId: string; scope: string }> {
    const organization = await tenantRepository(tx).findOrganization(given.organizationId);
    if (!organization) throw notFound('organization');
    if (given.parentId === null)
      return { tenantId: organization.tenant_id, scope: organization.scope };
    const parent = await rowOf(tx, given.parentId);
    if (parent.organization_id !== given.organizationId) throw notFound('group');
    return { tenantId: parent.tenant_id, scope: parent.scope };
  }

  /** Whether the group may be put there. */
  async function requireMovable(
    tx: Transaction,
    row: GroupRow,
    parentId: string | null,
  ): Promise<void> {
    const parent = await parentOf(tx, { organizationId: row.organization_id, parentId });
    if (isWithin(parent.scope, row.scope))
      throw new ControllerError('group-cycle', 'a group cannot be moved into itself');
    const height = (await tenantRepository(tx).deepestBelow(row.scope)) - levelsOf(row.scope);
    requireDepth(levelsOf(parent.scope) + 1 + height);
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Group>> =>
      transactAs(platform, { actor: context.actor, permission: 'groups:read' }, async (tx) => {
        const page = await tenantRepository(tx).listGroups(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => groupOf(row)) };
      }),
    read: (context: Context, id: string): Promise<Group> =>
      transactAs(platform, { actor: context.actor, permission: 'groups:read' }, async (tx) =>
        groupOf(await rowOf(tx, id)),
      ),
    create: (context: Context, given: NewGroup): Promise<Group> =>
      refuseTakenName(given.name, () =>
        transactAs(platform, { actor: context.actor, permission: 'groups:create' }, async (tx) => {
          const parentId = given.parentId ?? null;
          const parent = await parentOf(tx, { organizationId: given.organizationId, parentId });
          requireAllowed(
            platform,
            { actor: context.actor, permission: 'groups:create', noun: 'organization' },
            parent,
          );
          requireDepth(levelsOf(parent.scope) + 1);
          const id = platform.newId();
          const row = { id, tenantId: parent.tenantId, scope: `${parent.scope}.${labelOf(id)}` };
          await tenantRepository(tx).insertGroup({
            ...row,
            organizationId: given.organizationId,
            parentId,
            name: given.name,
          });
          await announce(tx, row, 'created');
          return groupOf(await rowOf(tx, id));
        }),
      ),
    /** Renames or moves. Moving a subtree touches every table with scopes, so it runs with the workers' rights after the person's own were checked. */
    async update(context: Context, id: string, change: GroupChange): Promise<Group> {
      const access = { actor: context.actor, permission: 'groups:read' as const };
      return refuseTakenName(change.name ?? '', async () => {
        const before = await transactAs(platform, access, async (tx) => {
          const row = await rowOf(tx, id);
          requireAllowed(
            platform,
            { actor: context.actor, permission: 'groups:update', noun: 'group' },
            { tenantId: row.tenant_id, scope: row.scope },
          );
          if (change.name !== undefined)
            await tenantRepository(tx).updateGroup(id, { name: change.name });
          if (change.parentId !== undefined) await requireMovable(tx, row, change.parentId);
          await announce(tx, { id, tenantId: row.tenant_id, scope: row.scope }, 'changed');
          return row;
        });
        if (change.parentId !== undefined) await relocate(before, change.parentId);
        return transactAs(platform, access, async (tx) => groupOf(await rowOf(tx, id)));
      });
    },
    delete: (context: Context, id: string): Promise<null> =>
      transactAs(platform, { actor: context.actor, permission: 'groups:read' }, async (tx) => {
        const row = await rowOf(tx, id);
        requireAllowed(
          platform,
          { actor: context.actor, permission: 'groups:delete', noun: 'group' },
          { tenantId: row.tenant_id, scope: row.scope },
        );
        if (!(await tenantRepository(tx).isEmptyBelow(row.scope))) {
          throw new ControllerError(
            'group-not-empty',
            `'${row.name}' still has devices, groups or accounts`,
          );
        }
        await tenantRepository(tx).deleteGroup(id);
        await announce(tx, { id, tenantId: row.tenant_id, scope: row.scope }, 'removed');
        return null;
      }),
  };

  /** Moves the group and all scopes of its subtree in one transaction. */
  async function relocate(group: GroupRow, parentId: string | null): Promise<void> {
    await platform.database.transact({ kind: 'ingest' }, async (tx) => {
      const parent = await parentOf(tx, { organizationId: group.organization_id, parentId });
      const scope = `${parent.scope}.${labelOf(group.id)}`;
      await tenantRepository(tx).setGroupParent(group.id, parentId);
      if (scope !== group.scope) await moveSubtree(tx, group.scope, scope);
    });
  }
}

function requireDepth(levels: number): void {
  if (levels - LEVELS_ABOVE_GROUPS <= GROUP_DEPTH_MAX) return;
  throw new ControllerError('group-too-deep', `groups nest at most ${GROUP_DEPTH_MAX} deep`);
}

async function refuseTakenName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'device_group_name')) throw error;
    throw new ControllerError('name-taken', `there is a group '${name}' here already`, {
      cause: error,
    });
  }
}

function groupOf(row: GroupRow): Group {
  return {
    id: row.id as GroupId,
    tenantId: row.tenant_id as TenantId,
    organizationId: row.organization_id as OrganizationId,
    organizationName: row.organization_name,
    parentId: row.parent_id as GroupId | null,
    name: row.name,
    scope: row.scope,
    createdAt: instantOf(row.created_at),
    counts: countsOf(row),
  };
}
