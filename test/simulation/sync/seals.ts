import { createHash } from 'node:crypto';
import { canonicalJson } from '@wardgrid/base';
import {
  EMPTY_HEAD,
  nodeOf,
  sealOp,
  type IsSigned,
  type Op,
  type OpenVoucher,
  type PageWord,
  type SealedOp,
  type SyncResponse,
} from '@wardgrid/sync';

/* Signatures as far as a world needs them: nobody but this file knows the keys. */

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

/** What the key of an author makes of a place in its stream. */
function signatureOf({ op, head }: SealedOp): string {
  const { stream, q } = op;
  return createHash('sha256')
    .update(`the key of ${nodeOf(stream)}: ${stream} ${q} ${head}`)
    .digest('hex');
}

/** An answer of a controller, with the undecided ops of its own that it shows signed. */
export function signShown(response: SyncResponse, node: string): SyncResponse {
  const foreign = response.foreign?.map((sealed) =>
    nodeOf(sealed.op.stream) === node ? { ...sealed, signature: signatureOf(sealed) } : sealed,
  );
  return { ...response, foreign: foreign ?? null };
}

/** An op as whoever has the key of its author puts it into the stream, at any place. */
export function signed(op: Op, previousHead = EMPTY_HEAD): SealedOp {
  const sealed = sealOp(op, previousHead, (bytes) => createHash('sha256').update(bytes).digest());
  return { ...sealed, signature: signatureOf(sealed) };
}

export const isSigned: IsSigned = (sealed) => sealed.signature === signatureOf(sealed);
