import {
  instantOf,
  type ListQuery,
  type Organization,
  type OrganizationId,
  type Page,
  type TenantId,
} from '@wardgrid/wire';
import { labelOf } from '../../platform/authorize.ts';
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
import { refuseTakenName } from './name-taken.ts';
import { countsOf, isEmptyBelow } from './node-repository.ts';
import { organizationRepository, type OrganizationRow } from './organization-repository.ts';
import { requireWithinReach } from './reach.ts';
import { tenantRepository } from './tenant-repository.ts';

/** Most organizations in one tenant. */
const ORGANIZATIONS_MAX = 20_000;

interface NewOrganization {
  readonly name: string;
  readonly tenantId?: string;
}

/** Organizations of a tenant. */
export interface Organizations {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Organization>>;
  readonly read: (context: Context, id: string) => Promise<Organization>;
  readonly create: (context: Context, given: NewOrganization) => Promise<Organization>;
  readonly rename: (context: Context, id: string, name: string) => Promise<Organization>;
  readonly delete: (context: Context, id: string) => Promise<null>;
}

interface Request {
  readonly platform: Platform;
  readonly context: Context;
}

export function createOrganizations(platform: Platform): Organizations {
  return {
    list: (context, query) => listOrganizations(platform, context, query),
    read: (context, id) => readOrganization(platform, context, id),
    create: (context, given) => createOrganization({ platform, context }, given),
    rename: (context, id, name) => renameOrganization({ platform, context }, id, name),
    delete: (context, id) => deleteOrganization({ platform, context }, id),
  };
}

function listOrganizations(
  platform: Platform,
  context: Context,
  query: ListQuery,
): Promise<Page<Organization>> {
  const access = { actor: context.actor, permission: 'organizations:read' as const };
  return transactAs(platform, access, async (tx) => {
    const page = await organizationRepository(tx).list(query, listSettings(platform));
    return { ...page, data: page.data.map((row) => organizationOf(row)) };
  });
}

function readOrganization(platform: Platform, context: Context, id: string): Promise<Organization> {
  const access = { actor: context.actor, permission: 'organizations:read' as const };
  return transactAs(platform, access, async (tx) => organizationOf(await rowOf(tx, id)));
}

function createOrganization(request: Request, given: NewOrganization): Promise<Organization> {
  const { platform, context } = request;
  const { actor } = context;
  return refuseTakenName('organization', given.name, () =>
    transactAs(platform, { actor, permission: 'organizations:create' }, async (tx) => {
      const tenantId = given.tenantId ?? actor.tenantId;
      if (tenantId === null) {
        throw new ControllerError('invalid-body', 'at the platform, say for which tenant', {
          issues: [{ pointer: '/tenantId', detail: 'must be given' }],
        });
      }
      const tenant = await tenantRepository(tx).find(tenantId);
      if (!tenant) throw notFound('tenant');
      const access = { actor, permission: 'organizations:create', noun: 'tenant' } as const;
      requireAllowed(platform, access, { tenantId, scope: tenant.scope });
      await requireRoom(tx, tenantId);
      const id = platform.newId();
      const node = { id, tenantId, scope: `${tenant.scope}.${labelOf(id)}`, name: given.name };
      requireWithinReach(request, 'organizations:create', node);
      await organizationRepository(tx).insert(node);
      await announce(platform, tx, { noun: 'organizations', verb: 'created', node });
      return organizationOf(await rowOf(tx, id));
    }),
  );
}

async function requireRoom(tx: Transaction, tenantId: string): Promise<void> {
  if ((await tenantRepository(tx).countOrganizations(tenantId)) < ORGANIZATIONS_MAX) return;
  throw new ControllerError(
    'limit-reached',
    `a tenant has at most ${ORGANIZATIONS_MAX} organizations`,
  );
}

function renameOrganization(request: Request, id: string, name: string): Promise<Organization> {
  const { platform, context } = request;
  const { actor } = context;
  return refuseTakenName('organization', name, () =>
    transactAs(platform, { actor, permission: 'organizations:read' }, async (tx) => {
      const row = await rowOf(tx, id);
      const node = { id, tenantId: row.tenant_id, scope: row.scope };
      const access = { actor, permission: 'organizations:update', noun: 'organization' } as const;
      requireAllowed(platform, access, node);
      await organizationRepository(tx).rename(id, name);
      await announce(platform, tx, { noun: 'organizations', verb: 'changed', node });
      return organizationOf(await rowOf(tx, id));
    }),
  );
}

function deleteOrganization(request: Request, id: string): Promise<null> {
  const { platform, context } = request;
  const { actor } = context;
  return transactAs(platform, { actor, permission: 'organizations:read' }, async (tx) => {
    const row = await rowOf(tx, id);
    const node = { id, tenantId: row.tenant_id, scope: row.scope };
    const access = { actor, permission: 'organizations:delete', noun: 'organization' } as const;
    requireAllowed(platform, access, node);
    if (!(await isEmptyBelow(tx, row.scope))) {
      throw new ControllerError(
        'organization-not-empty',
        `'${row.name}' still has devices, groups or accounts`,
      );
    }
    await organizationRepository(tx).delete(id);
    await announce(platform, tx, { noun: 'organizations', verb: 'removed', node });
    return null;
  });
}

async function rowOf(tx: Transaction, id: string): Promise<OrganizationRow> {
  const row = await organizationRepository(tx).find(id);
  if (!row) throw notFound('organization');
  return row;
}

function organizationOf(row: OrganizationRow): Organization {
  return {
    id: row.id as OrganizationId,
    tenantId: row.tenant_id as TenantId,
    tenantName: row.tenant_name,
    name: row.name,
    scope: row.scope,
    createdAt: instantOf(row.created_at),
    groups: row.groups,
    counts: countsOf(row),
  };
}
