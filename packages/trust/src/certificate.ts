import { decodeBase64Url } from '@wardgrid/base';
import { ControllerCertificate, type SignedEnvelope } from '@wardgrid/wire';
import { openEnvelope, sealEnvelope } from './envelope.ts';
import type { Cryptography, Signer } from './keys.ts';

/** How far the clock of whoever signed may run ahead of the reader's. */
const CLOCK_TOLERANCE_MS = 15 * 60_000;

/** Why a controller's certificate is not believed. */
export type CertificateRefusal =
  | 'key-unknown'
  | 'signature'
  | 'unreadable'
  | 'tenant'
  | 'not-yet-valid'
  | 'expired'
  | 'revoked';

export type OpenedCertificate =
  | { readonly kind: 'opened'; readonly certificate: ControllerCertificate }
  | { readonly kind: 'refused'; readonly reason: CertificateRefusal };

/** Whom a certificate is checked for. */
export interface CertificateReader {
  readonly tenantId: string;
  /** The tenant's key, base64url: believed because the platform's key signed the licence. */
  readonly tenantKey: string;
  readonly nowMs: number;
  /** What the reader knows of revocations; who knows of none believes until the certificate ends. */
  readonly isRevoked: (certificate: ControllerCertificate) => boolean;
}

/** Issues a controller's certificate with the tenant's key. */
export function issueCertificate(
  tenantSigner: Signer,
  certificate: Omit<ControllerCertificate, 'type'>,
): SignedEnvelope {
  return sealEnvelope(tenantSigner, { type: 'controller-certificate', ...certificate });
}

/** Whether a certificate is the tenant's own, in time and not revoked. Never throws. */
export function openCertificate(
  cryptography: Cryptography,
  envelope: SignedEnvelope,
  reader: CertificateReader,
): OpenedCertificate {
  const publicKeys = [decodeBase64Url(reader.tenantKey)];
  const opened = openEnvelope(cryptography, envelope, {
    publicKeys,
    schema: ControllerCertificate,
  });
  if (opened.kind === 'refused') return opened;
  const certificate = opened.value;
  const reason = faultOf(certificate, reader);
  return reason ? { kind: 'refused', reason } : { kind: 'opened', certificate };
}

function faultOf(
  certificate: ControllerCertificate,
  { tenantId, nowMs, isRevoked }: CertificateReader,
): CertificateRefusal | undefined {
  if (certificate.tenantId !== tenantId) return 'tenant';
  if (certificate.issuedAt > nowMs + CLOCK_TOLERANCE_MS) return 'not-yet-valid';
  if (nowMs > certificate.notAfter) return 'expired';
  return isRevoked(certificate) ? 'revoked' : undefined;
}

/** Whether what a controller serves covers a place: by whole labels of the path. */
export function coversScope(served: string, scope: string): boolean {
  return served === '' || scope === served || scope.startsWith(`${served}.`);
}
