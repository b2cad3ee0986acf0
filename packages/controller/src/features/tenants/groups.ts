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
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { announce } from './announce.ts';
import { groupRepository, type GroupRow } from './group-repository.ts';
import { refuseTakenName } from './name-taken.ts';
import { countsOf, isEmptyBelow, moveSubtree, revokeKeysOf } from './node-repository.ts';
import { organizationRepository } from './organization-repository.ts';
import { requireWithinReach } from './reach.ts';

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

/** Groups inside an organization. */
export interface Groups {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Group>>;
  readonly read: (context: Context, id: string) => Promise<Group>;
  readonly create: (context: Context, given: NewGroup) => Promise<Group>;
  readonly update: (context: Context, id: string, change: GroupChange) => Promise<Group>;
  readonly delete: (context: Context, id: string) => Promise<null>;
}

interface Request {
  readonly platform: Platform;
  readonly context: Context;
}

/** Where a group is put: a place inside an organization. */
interface Place {
  readonly organizationId: string;
  /** Null directly below the organization. */
  readonly parentId: string | null;
}

export function createGroups(platform: Platform): Groups {
  return {
    list: (context, query) => listGroups(platform, context, query),
    read: (context, id) =>
      transactAs(platform, { actor: context.actor, permission: 'groups:read' }, async (tx) =>
        groupOf(await rowOf(tx, id)),
      ),
    create: (context, given) => createGroup({ platform, context }, given),
    update: (context, id, change) =>
      refuseTakenName('group', change.name ?? '', () =>
        change.parentId === undefined
          ? renameGroup({ platform, context }, id, change)
          : moveGroup({ platform, context }, id, { ...change, parentId: change.parentId }),
      ),
    delete: (context, id) => deleteGroup({ platform, context }, id),
  };
}

function listGroups(platform: Platform, context: Context, query: ListQuery): Promise<Page<Group>> {
  const access = { actor: context.actor, permission: 'groups:read' as const };
  return transactAs(platform, access, async (tx) => {
    const page = await groupRepository(tx).list(query, listSettings(platform));
    return { ...page, data: page.data.map((row) => groupOf(row)) };
  });
}

function createGroup(request: Request, given: NewGroup): Promise<Group> {
  const { platform, context } = request;
  const { actor } = context;
  const { organizationId } = given;
  const parentId = given.parentId ?? null;
  return refuseTakenName('group', given.name, () =>
    transactAs(platform, { actor, permission: 'groups:create' }, async (tx) => {
      const parent = await parentOf(tx, { organizationId, parentId });
      const access = { actor, permission: 'groups:create', noun: 'organization' } as const;
      requireAllowed(platform, access, parent);
      requireDepth(levelsOf(parent.scope) + 1);
      const id = platform.newId();
      const node = { id, tenantId: parent.tenantId, scope: `${parent.scope}.${labelOf(id)}` };
      requireWithinReach(request, 'groups:create', node);
      await groupRepository(tx).insert({ ...node, organizationId, parentId, name: given.name });
      await announce(platform, tx, { noun: 'groups', verb: 'created', node });
      return groupOf(await rowOf(tx, id));
    }),
  );
}

function renameGroup(
  request: Request,
  id: string,
  change: { readonly name?: string },
): Promise<Group> {
  const { platform, context } = request;
  return transactAs(platform, { actor: context.actor, permission: 'groups:read' }, async (tx) => {
    const row = await requireChangeable(request, tx, id);
    if (change.name !== undefined) await groupRepository(tx).rename(id, change.name);
    await announce(platform, tx, { noun: 'groups', verb: 'changed', node: nodeOf(row) });
    return groupOf(await rowOf(tx, id));
  });
}

/**
 * Moves a group with everything below it. A subtree reaches into places that the person may not
 * look into and into tables they may not write, so it moves with the workers' rights after the
 * person's own were checked for the group and for the place it goes to.
 */
async function moveGroup(
  request: Request,
  id: string,
  change: { readonly name?: string; readonly parentId: string | null },
): Promise<Group> {
  const { platform, context } = request;
  const { actor } = context;
  await transactAs(platform, { actor, permission: 'groups:read' }, async (tx) => {
    const row = await requireChangeable(request, tx, id);
    const target = await parentOf(tx, placeOf(row, change.parentId));
    const access = { actor, permission: 'groups:update', noun: 'group' } as const;
    requireAllowed(platform, access, target);
  });
  return platform.database.transact({ kind: 'ingest', actor }, async (tx) => {
    const groups = groupRepository(tx);
    await groups.lockOrganization((await rowOf(tx, id)).organization_id);
    const row = await rowOf(tx, id);
    const parent = await requireMovable(tx, row, change.parentId);
    if (change.name !== undefined) await groups.rename(id, change.name);
    await groups.setParent(id, change.parentId);
    const scope = `${parent.scope}.${labelOf(id)}`;
    if (scope !== row.scope) await relocate(tx, row.scope, scope);
    // Told at both ends: who saw it where it was must drop it.
    await announce(platform, tx, { noun: 'groups', verb: 'changed', node: nodeOf(row) });
    const moved = await rowOf(tx, id);
    await announce(platform, tx, { noun: 'groups', verb: 'changed', node: nodeOf(moved) });
    return groupOf(moved);
  });
}

async function relocate(tx: Transaction, fromScope: string, toScope: string): Promise<void> {
  for (const accountId of await moveSubtree(tx, fromScope, toScope)) {
    await tx.publish({ topic: 'account.changed', accountId });
  }
}

function deleteGroup(request: Request, id: string): Promise<null> {
  const { platform, context } = request;
  const { actor } = context;
  return transactAs(platform, { actor, permission: 'groups:read' }, async (tx) => {
    const row = await rowOf(tx, id);
    const node = nodeOf(row);
    requireAllowed(platform, { actor, permission: 'groups:delete', noun: 'group' }, node);
    if (!(await isEmptyBelow(tx, row.scope))) {
      throw new ControllerError(
        'group-not-empty',
        `'${row.name}' still has devices, groups or accounts`,
      );
    }
    await revokeKeysOf(tx, row.scope);
    await groupRepository(tx).delete(id);
    await announce(platform, tx, { noun: 'groups', verb: 'removed', node });
    return null;
  });
}

async function rowOf(tx: Transaction, id: string): Promise<GroupRow> {
  const row = await groupRepository(tx).find(id);
  if (!row) throw notFound('group');
  return row;
}

async function requireChangeable(
  { platform, context }: Request,
  tx: Transaction,
  id: string,
): Promise<GroupRow> {
  const row = await rowOf(tx, id);
  const access = { actor: context.actor, permission: 'groups:update', noun: 'group' } as const;
  requireAllowed(platform, access, nodeOf(row));
  return row;
}

/** The node that a group is put into: its organization, or a group of that organization. */
async function parentOf(
  tx: Transaction,
  place: Place,
): Promise<{ readonly tenantId: string; readonly scope: string }> {
  if (place.parentId === null) {
    const organization = await organizationRepository(tx).find(place.organizationId);
    if (!organization) throw notFound('organization');
    return { tenantId: organization.tenant_id, scope: organization.scope };
  }
  const parent = await rowOf(tx, place.parentId);
  if (parent.organization_id !== place.organizationId) throw notFound('group');
  return { tenantId: parent.tenant_id, scope: parent.scope };
}

/** The node that a group moves into, when it may. Asked under the organization's lock. */
async function requireMovable(
  tx: Transaction,
  row: GroupRow,
  parentId: string | null,
): Promise<{ readonly scope: string }> {
  const parent = await parentOf(tx, placeOf(row, parentId));
  if (isWithin(parent.scope, row.scope)) {
    throw new ControllerError('group-cycle', 'a group cannot be moved into itself');
  }
  const height = (await groupRepository(tx).deepestBelow(row.scope)) - levelsOf(row.scope);
  requireDepth(levelsOf(parent.scope) + 1 + height);
  return parent;
}

function placeOf(row: GroupRow, parentId: string | null): Place {
  return { organizationId: row.organization_id, parentId };
}

function requireDepth(levels: number): void {
  if (levels - LEVELS_ABOVE_GROUPS <= GROUP_DEPTH_MAX) return;
  throw new ControllerError('group-too-deep', `groups nest at most ${GROUP_DEPTH_MAX} deep`);
}

function nodeOf(row: GroupRow): {
  readonly id: string;
  readonly tenantId: string;
  readonly scope: string;
} {
  return { id: row.id, tenantId: row.tenant_id, scope: row.scope };
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
