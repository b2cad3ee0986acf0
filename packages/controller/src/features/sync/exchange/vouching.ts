import { decodeBase64Url } from '@wardgrid/base';
import type { PageWord, SyncResponse, Voucher } from '@wardgrid/sync';
import { openEnvelope, sealEnvelopes, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { SignedEnvelope, SyncPageWord } from '@wardgrid/wire';

/** An answer of the cloud with its words signed by the tenant's key: one signature for all of them. */
export async function sealVouchers(
  response: SyncResponse,
  {
    tenantId,
    keyOf,
  }: { readonly tenantId: string; readonly keyOf: (id: string) => Promise<Signer> },
): Promise<SyncResponse> {
  const { page } = response;
  if (!page || page.vouchers.length === 0) return response;
  const words = page.vouchers.map(({ word }): SyncPageWord => ({
    type: 'page',
    tenantId,
    ...word,
  }));
  const envelopes = sealEnvelopes(systemCryptography, await keyOf(tenantId), words);
  const vouchers = page.vouchers.flatMap(({ word }, index) => {
    const envelope = envelopes[index];
    return envelope ? [{ word, sealed: JSON.stringify(envelope) }] : [];
  });
  return { ...response, page: { ...page, vouchers } };
}

/** What a voucher says, where the tenant's key signed it. */
export function openVoucher(
  sealed: string,
  { tenantId, tenantKey }: { readonly tenantId: string; readonly tenantKey: string },
): PageWord | null {
  const envelope = SignedEnvelope.safeParse(jsonOf(sealed));
  if (!envelope.success) return null;
  const publicKeys = [decodeBase64Url(tenantKey)];
  const opened = openEnvelope(systemCryptography, envelope.data, {
    publicKeys,
    schema: SyncPageWord,
  });
  if (opened.kind === 'refused' || opened.value.tenantId !== tenantId) return null;
  return wordOf(opened.value);
}

/** A voucher as it came. What it says is not believed yet: undefined where it says nothing at all. */
export function voucherIn(envelope: SignedEnvelope): Voucher | undefined {
  const said = SyncPageWord.safeParse(jsonOf(envelope.payload));
  return said.success ? { word: wordOf(said.data), sealed: JSON.stringify(envelope) } : undefined;
}

function wordOf({ node, epoch, from, upTo, scopeVersion, digest, at }: SyncPageWord): PageWord {
  return { node, epoch, from, upTo, scopeVersion, digest, at };
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
