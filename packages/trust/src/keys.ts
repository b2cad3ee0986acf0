import { ed25519 } from '@noble/curves/ed25519.js';
import { sha256 as nobleSha256 } from '@noble/hashes/sha2.js';
import { encodeHex } from '@wardgrid/base';

/**
 * The cryptography that trust stands on: Ed25519 (RFC 8032) and SHA-256 (FIPS 180-4). Keys are raw
 * 32-byte seeds and 32-byte public keys, signatures 64 bytes.
 */
export interface Cryptography {
  readonly publicKeyOf: (secretKey: Uint8Array) => Uint8Array;
  readonly sign: (secretKey: Uint8Array, message: Uint8Array) => Uint8Array;
  /** False for anything but a right signature: malformed keys and signatures never throw. */
  readonly verify: (publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array) => boolean;
  readonly sha256: (bytes: Uint8Array) => Uint8Array;
}

/** Portable cryptography in plain JavaScript: runs in a browser, so that anyone can check a proof. */
export const portableCryptography: Cryptography = {
  publicKeyOf: (secretKey) => ed25519.getPublicKey(secretKey),
  sign: (secretKey, message) => ed25519.sign(message, secretKey),
  verify(publicKey, message, signature) {
    try {
      return ed25519.verify(signature, message, publicKey, { zip215: false });
    } catch {
      return false;
    }
  },
  sha256: (bytes) => nobleSha256(bytes),
};

/** A key that signs. The secret half stays inside. */
export interface Signer {
  readonly publicKey: Uint8Array;
  readonly keyId: string;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

/** A signer from a 32-byte seed. */
export function createSigner(cryptography: Cryptography, secretKey: Uint8Array): Signer {
  const publicKey = cryptography.publicKeyOf(secretKey);
  return {
    publicKey,
    keyId: keyIdOf(cryptography, publicKey),
    sign: (message) => cryptography.sign(secretKey, message),
  };
}

/** The first 16 hex digits of the SHA-256 of a public key: a name for people and look-ups, no proof. */
export function keyIdOf(cryptography: Cryptography, publicKey: Uint8Array): string {
  return encodeHex(cryptography.sha256(publicKey)).slice(0, 16);
}

/** The first 32 hex digits of the SHA-256 of a public key: what people compare on two machines. */
export function fingerprintOf(cryptography: Cryptography, publicKey: Uint8Array): string {
  return encodeHex(cryptography.sha256(publicKey)).slice(0, 32);
}
