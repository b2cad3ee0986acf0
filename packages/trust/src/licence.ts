import { decodeBase64Url } from '@wardgrid/base';
import { LicenceDocument, type LicenceState, type SignedEnvelope } from '@wardgrid/wire';
import { openEnvelope, type OpenedEnvelope } from './envelope.ts';
import type { Cryptography } from './keys.ts';

const DAY_MS = 86_400_000;

/** Opens a licence signed by the platform's key (base64url). Its tenant is not checked here. */
export function openLicence(
  cryptography: Cryptography,
  platformKey: string,
  envelope: SignedEnvelope,
): OpenedEnvelope<LicenceDocument> {
  const publicKeys = [decodeBase64Url(platformKey)];
  return openEnvelope(cryptography, envelope, { publicKeys, schema: LicenceDocument });
}

/** Where a licence stands at a moment (epoch milliseconds). */
export function licenceStateAt(
  licence: Pick<LicenceDocument, 'validFrom' | 'validUntil' | 'graceDays'> | null,
  nowMs: number,
  isSuspended = false,
): LicenceState {
  if (!licence) return 'missing';
  if (isSuspended) return 'suspended';
  if (nowMs < licence.validFrom) return 'expired';
  if (nowMs <= licence.validUntil) return 'active';
  return nowMs <= licence.validUntil + licence.graceDays * DAY_MS ? 'grace' : 'expired';
}
