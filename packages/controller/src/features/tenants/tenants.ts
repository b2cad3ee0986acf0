import { encodeBase64Url } from '@wardgrid/base';
import { licenceStateAt } from '@wardgrid/trust';
import {
  instantOf,
  instantOrNull,
  type ListQuery,
  type NewLicence,
  type Page,
  type ScopeCounts,
  type Tenant,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import { labelOf } from '../../platform/authorize.ts';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import {
  listSettings,
  requireAllowed,
  requireCloud,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { announce } from './announce.ts';
import { keeperOf } from './keeper.ts';
import { licenceRepository } from './licence-repository.ts';
import type { Licences } from './licences.ts';
import { refuseTakenName } from './name-taken.ts';
import { countsOf, isEmptyBelow, type ScopeNode } from './node-repository.ts';
import { organizationRepository } from './organization-repository.ts';
import { requireWithinReach } from './reach.ts';
import { tenantRepository, type TenantChange, type TenantRow } from './tenant-repository.ts';

interface NewTenant {
  readonly name: string;
  readonly licence: z.output<typeof NewLicence>;
}

/** Tenants: made, suspended and deleted by the platform, named and barred by themselves. */
export interface Tenants {
  readonly list: (context: Context, query: ListQuery) => Promise<Page<Tenant>>;
  readonly read: (context: Context, id: string) => Promise<Tenant>;
  readonly create: (context: Context, given: NewTenant) => Promise<Tenant>;
  readonly update: (context: Context, id: string, change: TenantChange) => Promise<Tenant>;
  readonly delete: (context: Context, id: string) => Promise<null>;
  /** Makes a tenant with its licence inside the caller's transaction. */
  readonly createWithin: (tx: Transaction, given: NewTenant) => Promise<ScopeNode>;
  /** Makes an organization of a tenant inside the caller's transaction. */
  readonly createOrganizationWithin: (
    tx: Transaction,
    tenant: ScopeNode,
    name: string,
  ) => Promise<ScopeNode>;
}

interface Needs {
  readonly platform: Platform;
  readonly licences: Licences;
}

export function createTenants(platform: Platform, licences: Licences): Tenants {
  const needs: Needs = { platform, licences };
  return {
    list: (context, query) => listTenants(platform, context, query),
    read: (context, id) =>
      transactAs(platform, { actor: keeperOf(context), permission: 'tenants:read' }, (tx) =>
        readTenant({ platform, context, tx }, id),
      ),
    create: (context, given) => createTenant(needs, context, given),
    update: (context, id, change) => updateTenant({ platform, context }, id, change),
    delete: (context, id) => deleteTenant(platform, context, id),
    createWithin: (tx, given) => createWithin(needs, tx, given),
    createOrganizationWithin: (tx, tenant, name) =>
      createOrganizationWithin(platform, tx, { tenant, name }),
  };
}

function listTenants(
  platform: Platform,
  context: Context,
  query: ListQuery,
): Promise<Page<Tenant>> {
  const access = { actor: keeperOf(context), permission: 'tenants:read' as const };
  return transactAs(platform, access, async (tx) => {
    const page = await tenantRepository(tx).list(query, listSettings(platform));
    return { ...page, data: page.data.map((row) => tenantOf(platform, context, row)) };
  });
}

async function readTenant(
  given: { readonly platform: Platform; readonly context: Context; readonly tx: Transaction },
  id: string,
): Promise<Tenant> {
  const row = await tenantRepository(given.tx).find(id);
  if (!row) throw notFound('tenant');
  return tenantOf(given.platform, given.context, row);
}

async function createTenant(needs: Needs, context: Context, given: NewTenant): Promise<Tenant> {
  const { platform } = needs;
  requireCloud(platform);
  const anywhere = platform.newId();
  const somewhere = { tenantId: anywhere, scope: labelOf(anywhere) };
  requireWithinReach({ platform, context }, 'tenants:create', somewhere);
  return refuseTakenName('tenant', given.name, () =>
    transactAs(platform, { actor: context.actor, permission: 'tenants:create' }, async (tx) => {
      const node = await createWithin(needs, tx, given);
      return readTenant({ platform, context, tx }, node.id);
    }),
  );
}

async function createWithin(needs: Needs, tx: Transaction, given: NewTenant): Promise<ScopeNode> {
  const { platform, licences } = needs;
  const id = platform.newId();
  const signer = await platform.keys.tenant(id);
  const node = { id, tenantId: id, scope: labelOf(id), name: given.name };
  await tenantRepository(tx).insert({ ...node, publicKey: encodeBase64Url(signer.publicKey) });
  await licences.issueWithin(tx, node, given.licence);
  await announce(platform, tx, { noun: 'tenants', verb: 'created', node });
  return node;
}

async function createOrganizationWithin(
  platform: Platform,
  tx: Transaction,
  given: { readonly tenant: ScopeNode; readonly name: string },
): Promise<ScopeNode> {
  const { tenant, name } = given;
  const id = platform.newId();
  const node = { id, tenantId: tenant.id, scope: `${tenant.scope}.${labelOf(id)}`, name };
  await organizationRepository(tx).insert(node);
  await announce(platform, tx, { noun: 'organizations', verb: 'created', node });
  return node;
}

function updateTenant(
  given: { readonly platform: Platform; readonly context: Context },
  id: string,
  change: TenantChange,
): Promise<Tenant> {
  const { platform, context } = given;
  requireCloud(platform);
  const actor = keeperOf(context);
  return refuseTakenName('tenant', change.name ?? '', () =>
    transactAs(platform, { actor, permission: 'tenants:read' }, async (tx) => {
      const row = await tenantRepository(tx).find(id);
      if (!row) throw notFound('tenant');
      const target = { tenantId: id, scope: row.scope };
      requireAllowed(platform, { actor, permission: 'tenants:update', noun: 'tenant' }, target);
      requireRightSide(context, change);
      await tenantRepository(tx).update(id, change);
      await tx.publish({ topic: 'tenant.changed', tenantId: id });
      await announce(platform, tx, { noun: 'tenants', verb: 'changed', node: { id, ...target } });
      return readTenant({ platform, context, tx }, id);
    }),
  );
}

function deleteTenant(platform: Platform, context: Context, id: string): Promise<null> {
  requireCloud(platform);
  const access = { actor: keeperOf(context), permission: 'tenants:delete' as const };
  return transactAs(platform, access, async (tx) => {
    const tenants = tenantRepository(tx);
    const row = await tenants.find(id);
    if (!row) throw notFound('tenant');
    if ((await tenants.countOrganizations(id)) > 0 || !(await isEmptyBelow(tx, row.scope))) {
      throw new ControllerError(
        'tenant-not-empty',
        `'${row.name}' still has organizations or accounts`,
      );
    }
    await licenceRepository(tx).deleteAll(id);
    await tenants.delete(id);
    const node = { id, tenantId: id, scope: row.scope };
    await announce(platform, tx, { noun: 'tenants', verb: 'removed', node });
    return null;
  });
}

/** Suspension is the platform's alone; lifting the bar is the tenant's alone, so that it holds. */
function requireRightSide(context: Context, change: TenantChange): void {
  const isPlatform = context.actor.tenantId === null;
  if (change.isSuspended !== undefined && !isPlatform) {
    throw new ControllerError('forbidden', 'only the platform suspends a tenant');
  }
  if (change.isSupportAccessOn === true && isPlatform) {
    throw new ControllerError('forbidden', 'only the tenant itself lets the platform in again');
  }
}

/** Whether the reader is the platform, and the tenant keeps it out of its inside. */
function isBarred(context: Context, row: TenantRow): boolean {
  return context.actor.tenantId === null && !row.is_support_access_on;
}

const COUNTS_UNSEEN: ScopeCounts = {
  devices: 0,
  online: 0,
  openFindings: 0,
  openIncidents: 0,
  worstSeverity: null,
};

function tenantOf(platform: Platform, context: Context, row: TenantRow): Tenant {
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
    licenceState: licenceStateAt(licence, platform.clock.now(), row.is_suspended),
    licenceValidUntil: instantOrNull(row.valid_until),
    seats: row.seats ?? 0,
    seatsUsed: row.seats_used,
    organizations: isBarred(context, row) ? 0 : row.organizations,
    counts: isBarred(context, row) ? COUNTS_UNSEEN : countsOf(row),
  };
}
