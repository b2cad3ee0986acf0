import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { mkdir, open, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { sql } from 'kysely';
import { codeOf, WardgridError } from '@wardgrid/base';
import type { Database } from './database.ts';

/** Seals values with the controller's master key and keeps them in the database. */
export interface SecretStore {
  /** The value of a name, made by `create` the first time. Several controllers agree on one. */
  readonly ensure: (name: string, create: () => Uint8Array) => Promise<Uint8Array>;
  readonly seal: (plain: Uint8Array, purpose: string) => Buffer;
  /** @throws SecretError when the master key is another one or the bytes were altered. */
  readonly open: (sealed: Uint8Array, purpose: string) => Uint8Array;
}

export class SecretError extends WardgridError<'secret-unreadable' | 'master-key-invalid'> {}

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The master key of a data folder: a file only its owner may read, made at the first start. */
export async function readMasterKey(dataDir: string): Promise<Uint8Array> {
  const path = join(dataDir, 'master.key');
  await mkdir(dataDir, { recursive: true, mode: 0o700 });
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(randomBytes(KEY_BYTES));
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
  }
  const key = await readFile(path);
  if (key.length !== KEY_BYTES)
    throw new SecretError('master-key-invalid', `'${path}' does not hold ${KEY_BYTES} bytes`);
  return new Uint8Array(key);
}

/** Seals with a key of the purpose made from `key` (HKDF, RFC 5869), by AES-256-GCM. */
export function sealWith(key: Uint8Array, plain: Uint8Array, purpose: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(key, purpose), nonce);
  return Buffer.concat([nonce, cipher.update(plain), cipher.final(), cipher.getAuthTag()]);
}

/** Opens what `sealWith` sealed. @throws SecretError when the key is another one or the bytes were altered. */
export function openWith(key: Uint8Array, sealed: Uint8Array, purpose: string): Uint8Array {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const decipher = createDecipheriv('aes-256-gcm', keyOf(key, purpose), nonce, {
      authTagLength: TAG_BYTES,
    });
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    return new Uint8Array(
      Buffer.concat([
        decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES)),
        decipher.final(),
      ]),
    );
  } catch (error) {
    throw new SecretError('secret-unreadable', `the secret '${purpose}' does not open`, {
      cause: error,
    });
  }
}

function keyOf(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync('sha256', key, new Uint8Array(), purpose, KEY_BYTES));
}

/** A store on the database. Each purpose has a key of its own (HKDF, RFC 5869); AES-256-GCM seals. */
export function createSecretStore(database: Database, masterKey: Uint8Array): SecretStore {
  const seal = (plain: Uint8Array, purpose: string): Buffer => sealWith(masterKey, plain, purpose);
  const openSealed = (sealed: Uint8Array, purpose: string): Uint8Array =>
    openWith(masterKey, sealed, purpose);

  return {
    seal,
    open: openSealed,
    async ensure(name, create) {
      const sealed = await database.transact({ kind: 'auth' }, async (tx) => {
        const known = await tx.row(
          sql<{ sealed: Buffer }>`select sealed from platform_secret where name = ${name}`,
        );
        if (known) return known.sealed;
        await tx.run(
          sql`insert into platform_secret (name, sealed) values (${name}, ${seal(create(), name)}) on conflict do nothing`,
        );
        const winner = await tx.row(
          sql<{ sealed: Buffer }>`select sealed from platform_secret where name = ${name}`,
        );
        return winner?.sealed ?? Buffer.alloc(0);
      });
      return openSealed(sealed, name);
    },
  };
}
