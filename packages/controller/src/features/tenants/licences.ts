import { encodeBase64Url } from '@wardgrid/base';
import { licenceStateAt, sealEnvelope } from '@wardgrid/trust';
import {
  instantOf,
  type Licence,
  type LicenceDocument,
  type LicenceState,
  type NewLicence,
  type SignedEnvelope,
  type TenantId,
} from '@wardgrid/wire';
import type * as z from 'zod';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { notFound } from '../../platform/error.ts';
import {
  requireAllowed,
  requireCloud,
  transactAs,
  type Platform,
} from '../../platform/services.ts';
import { keeperOf } from './keeper.ts';
import { licenceRepository, type LicenceRow, type NewLicenceRow } from './licence-repository.ts';
import { tenantRepository } from './tenant-repository.ts';

const DAY_MS = 86_400_000;

type Terms = z.output<typeof NewLicence>;

interface LicensedTenant {
  readonly id: string;
  readonly scope: string;
  readonly name: string;
}

/** Licences: issued by the platform's key, one current for each tenant. */
export interface Licences {
  readonly read: (context: Context, tenantId: string) => Promise<Licence>;
  readonly issue: (context: Context, tenantId: string, terms: Terms) => Promise<Licence>;
  /** Issues inside the caller's transaction, for a tenant that is being made. */
  readonly issueWithin: (tx: Transaction, tenant: LicensedTenant, terms: Terms) => Promise<void>;
  /** The signed document and state of a tenant's licence, for the link. Runs with the workers' rights. */
  readonly current: (
    tx: Transaction,
    tenantId: string,
  ) => Promise<{ readonly row: LicenceRow; readonly state: LicenceState } | undefined>;
}

export function createLicences(platform: Platform): Licences {
  return {
    read: (context, tenantId) =>
      transactAs(platform, { actor: keeperOf(context), permission: 'licences:read' }, (tx) =>
        readLicence(platform, tx, tenantId),
      ),
    issue: (context, tenantId, terms) => issueLicence({ platform, context }, tenantId, terms),
    issueWithin: (tx, tenant, terms) => issueWithin(platform, tx, { tenant, terms }),
    async current(tx, tenantId) {
      const row = await licenceRepository(tx).findCurrent(tenantId);
      return row && { row, state: stateOf(row, platform.clock.now()) };
    },
  };
}

async function readLicence(
  platform: Platform,
  tx: Transaction,
  tenantId: string,
): Promise<Licence> {
  const row = await licenceRepository(tx).findCurrent(tenantId);
  if (!row) throw notFound('licence');
  return licenceOf(row, platform.clock.now());
}

function issueLicence(
  given: { readonly platform: Platform; readonly context: Context },
  tenantId: string,
  terms: Terms,
): Promise<Licence> {
  const { platform } = given;
  requireCloud(platform);
  const actor = keeperOf(given.context);
  return transactAs(platform, { actor, permission: 'licences:issue' }, async (tx) => {
    const tenant = await tenantRepository(tx).find(tenantId);
    if (!tenant) throw notFound('tenant');
    const access = { actor, permission: 'licences:issue', noun: 'tenant' } as const;
    requireAllowed(platform, access, { tenantId, scope: tenant.scope });
    await issueWithin(platform, tx, { tenant, terms });
    return readLicence(platform, tx, tenantId);
  });
}

async function issueWithin(
  platform: Platform,
  tx: Transaction,
  given: { readonly tenant: LicensedTenant; readonly terms: Terms },
): Promise<void> {
  const { tenant, terms } = given;
  const issuedAt = platform.clock.now();
  const signer = await platform.keys.tenant(tenant.id);
  const document: LicenceDocument = {
    type: 'licence',
    id: platform.newId(),
    tenantId: tenant.id,
    tenantName: tenant.name,
    tenantKey: encodeBase64Url(signer.publicKey),
    features: terms.features,
    seats: terms.seats,
    validFrom: issuedAt,
    validUntil: issuedAt + terms.validDays * DAY_MS,
    graceDays: terms.graceDays,
    issuedAt,
  };
  const envelope = sealEnvelope(platform.keys.platform, document);
  await licenceRepository(tx).replaceCurrent(rowOf(document, envelope, tenant.scope));
  await tx.publish({ topic: 'tenant.changed', tenantId: tenant.id });
}

/** A document as it is kept, at the scope that may read it. */
export function rowOf(
  document: LicenceDocument,
  envelope: SignedEnvelope,
  scope: string,
): NewLicenceRow {
  return {
    id: document.id,
    tenant_id: document.tenantId,
    scope,
    envelope,
    features: [...document.features],
    seats: document.seats,
    valid_from: document.validFrom,
    valid_until: document.validUntil,
    grace_days: document.graceDays,
    issued_at: document.issuedAt,
  };
}

/** Where a licence stands at a moment, as far as its row says. */
export function stateOf(row: LicenceRow, nowMs: number): LicenceState {
  return licenceStateAt(
    { validFrom: row.valid_from, validUntil: row.valid_until, graceDays: row.grace_days },
    nowMs,
    row.is_suspended,
  );
}

function licenceOf(row: LicenceRow, nowMs: number): Licence {
  return {
    id: row.id,
    tenantId: row.tenant_id as TenantId,
    state: stateOf(row, nowMs),
    features: row.features,
    seats: row.seats,
    seatsUsed: row.seats_used,
    graceDevices: row.grace_devices,
    validFrom: instantOf(row.valid_from),
    validUntil: instantOf(row.valid_until),
    graceDays: row.grace_days,
    issuedAt: instantOf(row.issued_at),
    document: row.envelope,
  };
}
