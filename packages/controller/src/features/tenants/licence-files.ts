import { encodeBase64Url } from '@wardgrid/base';
import { licenceStateAt, openLicence } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  instantOf,
  instantOrNull,
  type LicenceDocument,
  type LicenceInForce,
  type NetworkSeats,
  type SignedEnvelope,
  type TenantId,
} from '@wardgrid/wire';
import type { Context } from '../../platform/context.ts';
import type { Transaction } from '../../platform/database.ts';
import { ControllerError, notFound } from '../../platform/error.ts';
import { referenceOf } from '../../platform/person.ts';
import { requireAllowed, transactAs, type Platform } from '../../platform/services.ts';
import { licenceRepository, type LicenceRow } from './licence-repository.ts';
import { rowOf, stateOf } from './licences.ts';
import { tenantRepository } from './tenant-repository.ts';

/** What licences need of the rest of the controller. */
export interface LicenceFileDeps {
  /** Seats of this controller's network; null at the cloud. */
  readonly seatsOf: (tx: Transaction, tenantId: string) => Promise<NetworkSeats | null>;
}

/**
 * The licence that this controller goes by, and files that bring another: a site that is cut off when its
 * licence ends is handed one on a stick. Who may read it need not see the tenant, only what this controller
 * serves.
 */
export interface LicenceFiles {
  /** @throws ControllerError `not-found` where the reader belongs to no tenant. */
  readonly inForce: (context: Context) => Promise<LicenceInForce>;
  /** @throws ControllerError `licence-invalid`, `licence-older`. */
  readonly install: (context: Context, document: SignedEnvelope) => Promise<LicenceInForce>;
}

interface Needs {
  readonly platform: Platform;
  readonly deps: LicenceFileDeps;
}

export function createLicenceFiles(platform: Platform, deps: LicenceFileDeps): LicenceFiles {
  const needs: Needs = { platform, deps };
  return {
    async inForce(context) {
      const tenantId = platform.place.membership()?.tenantId ?? context.actor.tenantId;
      if (tenantId === null) throw notFound('licence');
      return read(needs, context, tenantId);
    },
    install: (context, envelope) => install(needs, context, envelope),
  };
}

async function read(
  { platform, deps }: Needs,
  { actor }: Context,
  tenantId: string,
): Promise<LicenceInForce> {
  const { row, seats } = await platform.database.transact({ kind: 'ingest' }, async (tx) => ({
    row: await licenceRepository(tx).findCurrent(tenantId),
    seats: await deps.seatsOf(tx, tenantId),
  }));
  if (!row) throw notFound('licence');
  const { installed_by: by, scope } = row;
  // With the rights of the reader, who may not see the account of whoever brought it.
  const told = await transactAs(platform, { actor, permission: 'licences:read' }, (tx) =>
    by === null ? Promise.resolve(null) : licenceRepository(tx).personOf(by, scope),
  );
  return shown({ ...row, installed_by: told }, seats, platform.clock.now());
}

async function install(
  needs: Needs,
  context: Context,
  envelope: SignedEnvelope,
): Promise<LicenceInForce> {
  const { platform } = needs;
  const document = openedFile(platform, envelope);
  const { actor } = context;
  await platform.database.transact({ kind: 'ingest', actor }, async (tx) => {
    const { tenantId } = document;
    const tenant = await tenantRepository(tx).find(tenantId);
    if (!tenant) throw invalid('it is of another tenant');
    const scope = platform.place.membership()?.scope ?? tenant.scope;
    const access = { ...context, permission: 'licences:install', noun: 'tenant' } as const;
    requireAllowed(platform, access, { tenantId, scope });
    await requireTenantKey(tx, document);
    const current = await licenceRepository(tx).findCurrent(tenantId);
    if (current?.id === document.id) return;
    requireLater(document, current);
    await keep({ platform, context, tx }, { document, envelope, scope });
  });
  return read(needs, context, document.tenantId);
}

/**
 * By the chain of keys: nobody but the platform's key makes a licence.
 * @throws ControllerError `licence-invalid` for what is not signed by it, not in force, or another tenant's.
 */
export function openedFile(platform: Platform, envelope: SignedEnvelope): LicenceDocument {
  const membership = platform.place.membership();
  const key = membership?.platformKey ?? encodeBase64Url(platform.keys.platform.publicKey);
  const licence = openLicence(systemCryptography, key, envelope);
  if (licence.kind === 'refused')
    throw invalid(`it is not signed by the platform: ${licence.reason}`);
  const document = licence.value;
  if (membership && document.tenantId !== membership.tenantId)
    throw invalid('it is of another tenant');
  const state = licenceStateAt(document, platform.clock.now());
  if (state === 'expired') throw invalid('it is not in force at this time');
  return document;
}

/**
 * Orders and certificates are believed by the tenant's key: a licence that names another breaks them.
 * @throws ControllerError `licence-invalid`.
 */
export async function requireTenantKey(tx: Transaction, document: LicenceDocument): Promise<void> {
  const known = await tenantRepository(tx).publicKeyOf(document.tenantId);
  if (known !== document.tenantKey) throw invalid("it names another key of the tenant's");
}

function requireLater(document: LicenceDocument, current: LicenceRow | undefined): void {
  if (!current || document.issuedAt > current.issued_at) return;
  throw new ControllerError(
    'licence-older',
    `a licence issued at ${instantOf(current.issued_at)} is in force already`,
  );
}

/** At the cloud it becomes the tenant's, for everybody; below, it is kept beside what the chain says. */
async function keep(
  {
    platform,
    context,
    tx,
  }: { readonly platform: Platform; readonly context: Context; readonly tx: Transaction },
  given: {
    readonly document: LicenceDocument;
    readonly envelope: SignedEnvelope;
    readonly scope: string;
  },
): Promise<void> {
  const { document, envelope, scope } = given;
  const row = rowOf(document, envelope, scope);
  const licences = licenceRepository(tx);
  if (platform.place.role === 'cloud') await licences.replaceCurrent(row);
  else {
    const by = { at: platform.clock.now(), name: referenceOf(context.actor) };
    await licences.keepFile(row, by);
  }
  await tx.publish({ topic: 'tenant.changed', tenantId: document.tenantId });
}

function shown(row: LicenceRow, seats: NetworkSeats | null, nowMs: number): LicenceInForce {
  return {
    tenantId: row.tenant_id as TenantId,
    state: stateOf(row, nowMs),
    validFrom: instantOf(row.valid_from),
    validUntil: instantOf(row.valid_until),
    graceDays: row.grace_days,
    issuedAt: instantOf(row.issued_at),
    source: row.installed_at === null ? 'chain' : 'file',
    installedAt: instantOrNull(row.installed_at),
    installedBy: row.installed_by,
    seats,
  };
}

function invalid(detail: string): ControllerError {
  return new ControllerError('licence-invalid', detail);
}
