import { encodeBase64Url } from '@wardgrid/base';
import { licenceStateAt } from '@wardgrid/trust';
import {
  instantOf,
  instantOrNull,
  type ListQuery,
  type NewLicence,
  type Page,
  type Tenant,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
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
import type { Licences } from './licences.ts';
import { countsOf, tenantRepository, type ScopeNode, type TenantRow } from './repository.ts';

interface NewTenant {
  readonly name: string;
  readonly licence: z.output<typeof NewLicence>;
}

interface TenantChange {
  readonly name?: string;
  readonly isSupportAccessOn?: boolean;
  readonly isSuspended?: boolean;
}

export function createTenants(platform: Platform, licences: Licences) {
  /** Makes a tenant with its licence, and perhaps a first organization, inside the caller's transaction. */
  async function createWithin(tx: Transaction, given: NewTenant): Promise<ScopeNode> {
    const id = platform.newId();
    const signer = await platform.keys.tenant(id);
    const node = { id, tenantId: id, scope: labelOf(id), name: given.name };
    await tenantRepository(tx).insertTenant({
      ...node,
      publicKey: encodeBase64Url(signer.publicKey),
    });
    await licences.issueWithin(tx, node, given.licence);
    await announce(platform, tx, node, 'created');
    return node;
  }

  async function createOrganizationWithin(
    tx: Transaction,
    tenant: ScopeNode,
    name: string,
  ): Promise<ScopeNode> {
    const id = platform.newId();
    const node = { id, tenantId: tenant.id, scope: `${tenant.scope}.${labelOf(id)}`, name };
    await tenantRepository(tx).insertOrganization(node);
    return node;
  }

  return {
    createWithin,
    createOrganizationWithin,
    list: (context: Context, query: ListQuery): Promise<Page<Tenant>> =>
      transactAs(platform, { actor: context.actor, permission: 'tenants:read' }, async (tx) => {
        const page = await tenantRepository(tx).listTenants(query, listSettings(platform));
        return { ...page, data: page.data.map((row) => tenantOf(row, platform.clock.now())) };
      }),
    read: (context: Context, id: string): Promise<Tenant> =>
      transactAs(platform, { actor: context.actor, permission: 'tenants:read' }, async (tx) =>
        readTenant(tx, id),
      ),
    create: (context: Context, given: NewTenant): Promise<Tenant> =>
      refuseTakenName(given.name, () =>
        transactAs(platform, { actor: context.actor, permission: 'tenants:create' }, async (tx) => {
          const node = await createWithin(tx, given);
          return readTenant(tx, node.id);
        }),
      ),
    update: (context: Context, id: string, change: TenantChange): Promise<Tenant> =>
      refuseTakenName(change.name ?? '', () =>
        transactAs(platform, { actor: context.actor, permission: 'tenants:read' }, async (tx) => {
          const row = await tenantRepository(tx).findTenant(id);
          if (!row) throw notFound('tenant');
          requireAllowed(
            platform,
            { actor: context.actor, permission: 'tenants:update', noun: 'tenant' },
            { tenantId: id, scope: row.scope },
          );
          requirePlatform(context, change);
          await tenantRepository(tx).updateTenant(id, change);
          await tx.publish({ topic: 'tenant.changed', tenantId: id });
          await announce(
            platform,
            tx,
            { id, tenantId: id, scope: row.scope, name: row.name },
            'changed',
          );
          return readTenant(tx, id);
        }),
      ),
    delete: (context: Context, id: string): Promise<null> =>
      transactAs(platform, { actor: context.actor, permission: 'tenants:delete' }, async (tx) => {
        const tenants = tenantRepository(tx);
        const row = await tenants.findTenant(id);
        if (!row) throw notFound('tenant');
        if (
          (await tenants.countOrganizations(id)) > 0 ||
          !(await tenants.isEmptyBelow(row.scope))
        ) {
          throw new ControllerError(
            'tenant-not-empty',
            `'${row.name}' still has organizations or accounts`,
          );
        }
        await tenants.deleteLicences(id);
        await tenants.deleteTenant(id);
        await announce(
          platform,
          tx,
          { id, tenantId: id, scope: row.scope, name: row.name },
          'removed',
        );
        return null;
      }),
  };

  async function readTenant(tx: Transaction, id: string): Promise<Tenant> {
    const row = await tenantRepository(tx).findTenant(id);
    if (!row) throw notFound('tenant');
    return tenantOf(row, platform.clock.now());
  }
}

/** Suspension is the platform's alone; support access is the tenant's alone, so that a bar holds. */
function requirePlatform(context: Context, change: TenantChange): void {
  const isPlatform = context.actor.tenantId === null;
  if (change.isSuspended !== undefined && !isPlatform)
    throw new ControllerError('forbidden', 'only the platform suspends a tenant');
  if (change.isSupportAccessOn === true && isPlatform) {
    throw new ControllerError('forbidden', 'only the tenant itself lets the platform in again');
  }
}

async function announce(
  platform: Platform,
  tx: Transaction,
  node: ScopeNode,
  verb: 'created' | 'changed' | 'removed',
): Promise<void> {
  await tx.publish({
    topic: 'live',
    event: {
      at: instantOf(platform.clock.now()),
      tenantId: node.tenantId,
      scope: node.scope,
      noun: 'tenants',
      verb,
      entityId: node.id,
    },
  });
}

async function refuseTakenName<T>(name: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (isDuplicateOf(error, 'tenant_name'))
      throw new ControllerError('name-taken', `there is a tenant '${name}' already`, {
        cause: error,
      });
    throw error;
  }
}

function tenantOf(row: TenantRow, nowMs: number): Tenant {
  const licence =
    row.valid_from === null || row.valid_until === null
      ? null
      : { validFrom: row.valid_from, validUntil: row.valid_until, graceDays: row.grace_days ?? 0 };
  return {
    id: row.id as TenantId,
    name: row.name,
    scope: row.scope,
    createdAt: instantOf(row.created_at),
    isSupportAccessOn: row.is_support_access_on,
    isSuspended: row.is_suspended,
    licenceState: licenceStateAt(licence, nowMs, row.is_suspended),
    licenceValidUntil: instantOrNull(row.valid_until),
    seats: row.seats ?? 0,
    seatsUsed: row.seats_used,
    organizations: row.organizations,
    counts: countsOf(row),
  };
}
