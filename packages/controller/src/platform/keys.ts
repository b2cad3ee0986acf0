import { createHmac } from 'node:crypto';
import { sql } from 'kysely';
import { systemRandom } from '@wardgrid/base/system';
import type { NewId } from '@wardgrid/base';
import { createSigner, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { Database } from './database.ts';
import type { SecretStore } from './secrets.ts';

/** The keys of this installation. The chain is: platform key → licence (tenant key) → orders. */
export interface Keys {
  /** Names this controller to its agents. */
  readonly controllerId: string;
  /** Signs licences. Its public half is what agents pin. */
  readonly platform: Signer;
  /** Signs the orders of one tenant. Made when the tenant is. */
  readonly tenant: (tenantId: string) => Promise<Signer>;
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
  newId: NewId,
): Promise<Keys> {
  const create = (): Uint8Array => systemRandom.bytes(SECRET_BYTES);
  const platform = createSigner(
    systemCryptography,
    await secrets.ensure('platform-signing-key', create),
  );
  const csrf = await secrets.ensure('csrf-key', create);
  const signers = new Map<string, Signer>();
  return {
    controllerId: await ensureControllerId(database, newId),
    platform,
    accessToken: await secrets.ensure('access-token-key', create),
    deviceSession: await secrets.ensure('device-session-key', create),
    cursor: await secrets.ensure('cursor-key', create),
    csrfTokenOf: (sessionId) => createHmac('sha256', csrf).update(sessionId).digest('base64url'),
    async tenant(tenantId) {
      const known = signers.get(tenantId);
      if (known) return known;
      const seed = await secrets.ensure(`tenant-signing-key:${tenantId}`, create);
      const signer = createSigner(systemCryptography, seed);
      if (signers.size >= SIGNERS_MAX) signers.delete(signers.keys().next().value ?? '');
      signers.set(tenantId, signer);
      return signer;
    },
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
