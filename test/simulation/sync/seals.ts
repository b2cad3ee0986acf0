import { createHash } from 'node:crypto';
import { canonicalJson } from '@wardgrid/base';
import type { OpenVoucher, PageWord, SyncResponse } from '@wardgrid/sync';

/* The cloud's signature, as far as a world needs one: nobody but this file knows the key. */

const KEY = 'the key of the cloud of this world';

function sealOf(word: PageWord): string {
  return createHash('sha256')
    .update(`${KEY} ${canonicalJson(word)}`)
    .digest('hex');
}

/** An answer of the cloud, with its words signed. */
export function sealVouchers(response: SyncResponse): SyncResponse {
  const { page } = response;
  if (!page) return response;
  const vouchers = page.vouchers.map(({ word }) => ({
    word,
    sealed: JSON.stringify({ word, seal: sealOf(word) }),
  }));
  return { ...response, page: { ...page, vouchers } };
}

export const openVoucher: OpenVoucher = (sealed) => {
  const { word, seal } = JSON.parse(sealed) as { readonly word: PageWord; readonly seal: string };
  return seal === sealOf(word) ? word : null;
};
