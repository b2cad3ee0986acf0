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
import { isDuplicateOf, type Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { countsOf, tenantRepository, type OrganizationRow } from './repository.ts';

/** Most organizations in one tenant. */
const ORGANIZATIONS_MAX = 20_000;

export function createOrganizations(platform: Platform) {
  async function readOrganization(tx: Transaction, id: string): Promise<Organization> {
    return organizationOf(await rowOf(tx, id));
  }

  async function rowOf(tx: Transaction, id: string): Promise<OrganizationRow> {
    const row = await tenantRepository(tx).findOrganization(id);
    if (!row) throw notFound('organization');
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
        noun: 'organizations',
        verb,
        entityId: row.id,
      },
    });
  }

  return {
    list: (context: Context, query: ListQuery): Promise<Page<Organization>> =>
      transactAs(
        platform,
        { actor: context.actor, permission: 'organizations:read' },
        async (tx) => {
          const page = await tenantRepository(tx).listOrganizations(query, listSettings(platform));
          return { ...page, data: page.data.map((row) => organizationOf(row)) };
        },
      ),
    read: (context: Context, id: string): Promise<Organization> =>
      transactAs(platform, { actor: context.actor, permission: 'organizations:read' }, (tx) =>
        readOrganization(tx, id),
      ),
    create: (
      context: Context,
      given: { readonly name: string; readonly tenantId?: string },
    ): Promise<Organization> =>
      refuseTakenName(given.name, () =>
        transactAs(
          platform,
          { actor: context.actor, permission: 'organizations:create' },
          async (tx) => {
            const tenants = tenantRepository(tx);
            const tenantId = given.tenantId ?? context.actor.tenantId;
            if (tenantId === null)
              throw new ControllerError('invalid-body', "'/tenantId' is needed at the platform");
            const tenant = await tenants.findTenant(tenantId);
            if (!tenant) throw notFound('tenant');
            requireAllowed(
              platform,
              { actor: context.actor, permission: 'organizations:create', noun: 'tenant' },
              { tenantId, scope: tenant.scope },
            );
            if ((await tenants.countOrganizations(tenantId)) >= ORGANIZATIONS_MAX) {
              throw new ControllerError(
                'limit-reached',
                `a tenant has at most ${ORGANIZATIONS_MAX} organizations`,
              );
            }
            const id = platform.newId();
            const row = { id, tenantId, scope: `${tenant.scope}.${labelOf(id)}`, name: given.name };
            await tenants.insertOrganization(row);
            await announce(tx, row, 'created');
            return readOrganization(tx, id);
          },
        ),
      ),
    rename: (context: Context, id: string, name: string): Promise<Organization> =>
      refuseTakenName(name, () =>
        transactAs(
          platform,
          { actor: context.actor, permission: 'organizations:read' },
          async (tx) => {
            const row = await rowOf(tx, id);
            requireAllowed(
              platform,
              { actor: context.actor, permission: 'organizations:update', noun: 'organization' },
              { tenantId: row.tenant_id, scope: row.scope },
            );
            await tenantRepository(tx).renameOrganization(id, name);
            await announce(tx, { id, tenantId: row.tenant_id, scope: row.scope }, 'changed');
            return readOrganization(tx, id);
          },
        ),
      ),
    delete: (context: Context, id: string): Promise<null> =>
      transactAs(
        platform,
        { actor: context.actor, permission: 'organizations:read' },
        async (tx) => {
          const row = await rowOf(tx, id);
          requireAllowed(
            platform,
            { actor: context.actor, permission: 'organizations:delete', noun: 'organization' },
            { tenantId: row.tenant_id, scope: row.scope },
          );
          if (!(await tenantRepository(tx).isEmptyBelow(row.scope))) {
            throw new ControllerError(
              'organization-not-empty',
              `'${row.name}' still has devices, groups or accounts`,
            );
          }
          await tenantRepository(tx).deleteOrganization(id);
          await announce(tx, { id, tenantId: row.tenant_id, scope: row.scope }, 'removed');
          return null;
        },
      ),
  };
}

async function refuseTakenName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!isDuplicateOf(error, 'organization_name')) throw error;
    throw new ControllerError('name-taken', `there is an organization '${name}' already`, {
      cause: error,
    });
  }
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
