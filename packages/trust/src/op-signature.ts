import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@wardgrid/base';
import type { Cryptography, Signer } from './keys.ts';

/**
 * How far an author signed its stream. The head stands for every op up to `q`, so that one signature
 * covers all that came before it.
 */
export interface SignedPlace {
  readonly stream: string;
  readonly q: number;
  /** The chain head behind `q`, in hexadecimal. */
  readonly head: string;
}

/** The author's signature over its stream up to a place. Base64url. */
export function signOps(signer: Pick<Signer, 'sign'>, place: SignedPlace): string {
  return encodeBase64Url(signer.sign(messageOf(place)));
}

/** Whether the author of this key (base64url) signed its stream up to the place. Never throws. */
export function verifyOps(
  cryptography: Cryptography,
  place: SignedPlace,
  given: { readonly publicKey: string; readonly signature: string },
): boolean {
  try {
    return cryptography.verify(
      decodeBase64Url(given.publicKey),
      messageOf(place),
      decodeBase64Url(given.signature),
    );
  } catch {
    return false;
  }
}

function messageOf({ stream, q, head }: SignedPlace): Uint8Array {
  return encodeUtf8(`wardgrid ops v1\n${stream}\n${q}\n${head}`);
}
