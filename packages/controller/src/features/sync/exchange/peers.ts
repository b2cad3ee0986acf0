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
    const opened = openCertificate(systemCryptography, upstream.certificate, {
      tenantId,
      tenantKey,
      // A certificate of one above may have run out while this controller was cut off: it still names
      // the right key, and what it serves is signed by the cloud.
      nowMs: Math.min(nowMs, certifiedUntil(upstream.certificate.payload)),
      isRevoked: () => false,
    });
    if (opened.kind === 'refused' || opened.certificate.nodeId !== upstream.nodeId) return [];
    return [{ ...upstream, publicKey: opened.certificate.publicKey }];
  });
}

function certifiedUntil(payload: string): number {
  return (JSON.parse(payload) as { readonly notAfter: number }).notAfter;
}
