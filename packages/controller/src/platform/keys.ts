import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { systemRandom } from '@wardgrid/base/system';
import { assert, encodeBase64Url, equalBytes, type NewId } from '@wardgrid/base';
import { createSigner, type Commander, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { Database } from './database.ts';
import { ControllerError } from './error.ts';
import type { Membership } from './membership.ts';
import type { SecretStore } from './secrets.ts';

/** The keys of this installation. The chain is: platform key → licence (tenant key) → orders. */
export interface Keys {
  /** Names this controller to its agents. */
  readonly controllerId: string;
  /** Signs licences; the cloud's alone is believed. */
  readonly platform: Signer;
  /** The platform's public key, base64url, which agents pin: the own one at the cloud. */
  readonly platformKey: () => string;
  /** Certifies the controllers of one tenant and, at the cloud, signs its orders. @throws ControllerError `cloud-only`. */
  readonly tenant: (tenantId: string) => Promise<Signer>;
  /** Signs what this controller says to others of its kind. */
  readonly node: Signer;
  /** Who signs the orders to a tenant's devices here. */
  readonly commander: (tenantId: string) => Promise<Commander>;
  /** Seals what the controllers of a tenant tell each other in confidence. */
  readonly directory: (tenantId: string) => Promise<Uint8Array>;
  /** Keeps the directory key that a join gave. */
  readonly keepDirectory: (tenantId: string, key: Uint8Array) => Promise<void>;
  /** Signs access tokens (HMAC-SHA-256). */
  readonly accessToken: Uint8Array;
  /** Signs device sessions and split tickets (HMAC-SHA-256). */
  readonly deviceSession: Uint8Array;
  /** Signs list cursors (HMAC-SHA-256). */
  readonly cursor: Uint8Array;
  /** The CSRF token of a session. */
  readonly csrfTokenOf: (sessionId: string) => string;
}

/** Tenant signers kept at hand; each is a few hundred bytes. */
const SIGNERS_MAX = 10_000;
const SECRET_BYTES = 32;

/** Opens the keys, making at the first start what is not there yet. */
export async function openKeys(
  database: Database,
  secrets: SecretStore,
  given: {
    readonly newId: NewId;
    readonly membership: () => Membership | null;
  },
): Promise<Keys> {
  const { newId, membership } = given;
  const create = (): Uint8Array => systemRandom.bytes(SECRET_BYTES);
  const platform = createSigner(
    systemCryptography,
    await secrets.ensure('platform-signing-key', create),
  );
  const csrf = await secrets.ensure('csrf-key', create);
  const node = createSigner(systemCryptography, await secrets.ensure('node-signing-key', create));
  const tenant = createTenantSigners(secrets, create, membership);
  const directoryName = (tenantId: string): string => `directory-key:${tenantId}`;
  return {
    controllerId: await ensureControllerId(database, newId),
    platform,
    node,
    tenant,
    platformKey: () => membership()?.platformKey ?? encodeBase64Url(platform.publicKey),
    async commander(tenantId) {
      const joined = membership();
      if (joined) return { signer: node, certificate: joined.certificate };
      return { signer: await tenant(tenantId), certificate: null };
    },
    directory: (tenantId) => secrets.ensure(directoryName(tenantId), create),
    async keepDirectory(tenantId, key) {
      const kept = await secrets.ensure(directoryName(tenantId), () => key);
      assert(equalBytes(kept, key), 'a tenant has one directory key');
    },
    accessToken: await secrets.ensure('access-token-key', create),
    deviceSession: await secrets.ensure('device-session-key', create),
    cursor: await secrets.ensure('cursor-key', create),
    csrfTokenOf: (sessionId) => createHmac('sha256', csrf).update(sessionId).digest('base64url'),
  };
}

function createTenantSigners(
  secrets: SecretStore,
  create: () => Uint8Array,
  membership: () => Membership | null,
): Keys['tenant'] {
  const signers = new Map<string, Signer>();
  return async (tenantId) => {
    if (membership()) {
      throw new ControllerError('cloud-only', 'the cloud alone holds the keys of tenants');
    }
    const known = signers.get(tenantId);
    if (known) return known;
    const seed = await secrets.ensure(`tenant-signing-key:${tenantId}`, create);
    const signer = createSigner(systemCryptography, seed);
    if (signers.size >= SIGNERS_MAX) signers.delete(signers.keys().next().value ?? '');
    signers.set(tenantId, signer);
    return signer;
  };
}

async function ensureControllerId(database: Database, newId: NewId): Promise<string> {
  const row = await database.transact({ kind: 'auth' }, async (tx) => {
    await tx.run(
      sql`insert into platform_setting (name, value) values ('controller-id', ${JSON.stringify(newId())}::jsonb) on conflict do nothing`,
    );
    return tx.row(
      sql<{
        value: string;
      }>`select value #>> '{}' as value from platform_setting where name = 'controller-id'`,
    );
  });
  return row?.value ?? '';
}
