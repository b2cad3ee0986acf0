import { canonicalJson, decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@wardgrid/base';
import type { Cryptography, Signer } from './keys.ts';

/** What a signed statement is for; part of what is signed. */
export type Purpose = 'enrol' | 'session' | 'join' | 'ask' | 'answer' | 'introduce' | 'announce';

/** Signs a statement: canonical JSON (RFC 8785) behind its purpose. Base64url. */
export function signStatement(signer: Signer, purpose: Purpose, statement: unknown): string {
  return encodeBase64Url(signer.sign(messageOf(purpose, statement)));
}

/** Whether `signature` is `publicKey`'s over the statement, both base64url. Never throws. */
export function verifyStatement(
  cryptography: Cryptography,
  purpose: Purpose,
  given: { readonly publicKey: string; readonly signature: string; readonly statement: unknown },
): boolean {
  try {
    const message = messageOf(purpose, given.statement);
    return cryptography.verify(
      decodeBase64Url(given.publicKey),
      message,
      decodeBase64Url(given.signature),
    );
  } catch {
    return false;
  }
}

function messageOf(purpose: Purpose, statement: unknown): Uint8Array {
  return encodeUtf8(`wardgrid statement v1\n${purpose}\n${canonicalJson(statement)}`);
}
