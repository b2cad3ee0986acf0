import { openCertificate } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import type { Membership } from '../../../platform/membership.ts';
import type { UpstreamPeer } from './talk.ts';

/** Those above, as far as the tenant's key certified them. */
export function peersOf(
  { upstreams, tenantId, tenantKey }: Membership,
  nowMs: number,
): readonly UpstreamPeer[] {
  return upstreams.flatMap((upstream) => {
    const { issuedAt, notAfter } = termOf(upstream.certificate.payload);
    const opened = openCertificate(systemCryptography, upstream.certificate, {
      tenantId,
      tenantKey,
      // A certificate of one above may have run out while this controller was cut off: it still names
      // the right key, and what it serves is signed by the cloud. One that begins later than now shows
      // that the own clock is wrong, and whoever is not asked cannot tell.
      nowMs: Math.max(issuedAt, Math.min(nowMs, notAfter)),
      isRevoked: () => false,
    });
    if (opened.kind === 'refused' || opened.certificate.nodeId !== upstream.nodeId) return [];
    return [{ ...upstream, publicKey: opened.certificate.publicKey }];
  });
}

function termOf(payload: string): { readonly issuedAt: number; readonly notAfter: number } {
  return JSON.parse(payload) as { readonly issuedAt: number; readonly notAfter: number };
}
