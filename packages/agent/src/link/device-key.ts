import { encodeBase64Url, type Random } from '@wardgrid/base';
import { createSigner, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';

/** A new secret seed of a device key. */
export function createSeed(random: Pick<Random, 'bytes'>): Uint8Array {
  return random.bytes(32);
}

/** The signer of a device's seed. */
export function signerOf(seed: Uint8Array): Signer {
  return createSigner(systemCryptography, seed);
}

/** The public key as it travels. */
export function publicKeyText(signer: Signer): string {
  return encodeBase64Url(signer.publicKey);
}
