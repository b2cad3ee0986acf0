import { encodeHex, encodeLines } from '@wardgrid/base';
import type { PageWord } from './log.ts';
import type { LogPage, SyncResponse } from './messages.ts';
import type { Sha256 } from './op.ts';
import { pageLines } from './page-text.ts';
import { CLOUD } from './scope.ts';

/** What was sealed, where that was the cloud; null for anything else. */
export type OpenVoucher = (sealed: string) => PageWord | null;

/** A page of decisions in one number. It holds for one reader: another sees other parts of the same. */
export function pageDigest(page: Pick<LogPage, 'entries' | 'marks'>, sha256: Sha256): string {
  return encodeHex(sha256(encodeLines(pageLines(page))));
}

/** By what a reader judges an answer. */
export interface Judgement {
  readonly node: string;
  readonly sha256: Sha256;
  readonly openVoucher: OpenVoucher;
}

/**
 * Why an answer is not to be taken, or null. What the cloud itself says is; of what a relay says, only
 * decisions for which the cloud vouches. Rows as a whole it does not vouch for: they come from the cloud
 * alone, as does word of another epoch.
 */
export function doubtOf(response: SyncResponse, judgement: Judgement): string | null {
  const { from, page, snapshot, status } = response;
  if (from === CLOUD || status !== 'ok') return null;
  if (snapshot) return 'it hands on rows as a whole, for which the cloud vouches to nobody';
  if (!page) return null;
  if (page.upTo === page.from) {
    const isEmpty = page.entries.length + page.marks.length === 0;
    return isEmpty ? null : 'it tells of decisions and does not say of which';
  }
  return vouched(response, page, judgement) ? null : `${DOUBT} ${page.from} to ${page.upTo}`;
}

const DOUBT = 'it tells other than the cloud of decisions';

/** Whether the cloud says of a page what the answer says. */
function vouched(
  { epoch, scopeVersion }: SyncResponse,
  page: LogPage,
  { node, sha256, openVoucher }: Judgement,
): boolean {
  const { from, upTo } = page;
  return page.vouchers.some(({ sealed }) => {
    const word = sealed === null ? null : openVoucher(sealed);
    return (
      word !== null &&
      word.node === node &&
      word.epoch === epoch &&
      word.scopeVersion === scopeVersion &&
      word.from === from &&
      word.upTo === upTo &&
      word.digest === pageDigest(page, sha256)
    );
  });
}
