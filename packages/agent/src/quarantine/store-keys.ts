import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeBase64Url, encodeBase64Url } from '@wardgrid/base';
import { replaceFile } from '../platform/linux/durable.ts';
import { QuarantineError } from './errors.ts';

const KEY_FILE = 'store.key';
const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** The keys of a store. What is sealed opens with them alone; without the file, with nothing. */
export interface StoreKeys {
  /** Signs manifests. */
  readonly macKey: Uint8Array;
  readonly newItemKey: () => Uint8Array;
  /** The item's key as its manifest may hold it. */
  readonly wrap: (id: string, itemKey: Uint8Array) => string;
  /** @throws QuarantineError `seal-broken` when it is not this item's. */
  readonly unwrap: (id: string, wrapped: string) => Uint8Array;
}

/** The keys in a folder, made there when it is new. @throws QuarantineError `store-unusable`. */
export function openStoreKeys(folder: string): StoreKeys {
  const secret = readKey(folder) ?? makeKey(folder);
  const derive = (purpose: string): Uint8Array =>
    new Uint8Array(hkdfSync('sha256', secret, '', `wardgrid quarantine ${purpose} v1`, KEY_BYTES));
  const wrapKey = derive('wrap');
  return {
    macKey: derive('manifest'),
    newItemKey: () => randomBytes(KEY_BYTES),
    wrap(id, itemKey) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', wrapKey, nonce);
      cipher.setAAD(Buffer.from(id));
      const sealed = Buffer.concat([cipher.update(itemKey), cipher.final()]);
      return encodeBase64Url(Buffer.concat([nonce, sealed, cipher.getAuthTag()]));
    },
    unwrap(id, wrapped) {
      const bytes = decodeBase64Url(wrapped);
      const decipher = createDecipheriv('aes-256-gcm', wrapKey, bytes.subarray(0, NONCE_BYTES));
      decipher.setAAD(Buffer.from(id));
      decipher.setAuthTag(bytes.subarray(-TAG_BYTES));
      try {
        const sealed = bytes.subarray(NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(sealed), decipher.final()]);
      } catch (cause) {
        throw new QuarantineError('seal-broken', `the key of '${id}' does not open`, { cause });
      }
    },
  };
}

function readKey(folder: string): Uint8Array | undefined {
  let secret: Buffer;
  try {
    secret = readFileSync(join(folder, KEY_FILE));
  } catch {
    return undefined;
  }
  if (secret.length === KEY_BYTES) return secret;
  throw new QuarantineError('store-unusable', `'${KEY_FILE}' is broken: what is sealed is lost`);
}

/** Written under another name first: a key that is half there would lose everything. */
function makeKey(folder: string): Uint8Array {
  const secret = randomBytes(KEY_BYTES);
  replaceFile(folder, KEY_FILE, secret);
  return secret;
}
