import { memberName, miss, type Opener } from './member.ts';

/* ar, as Debian's packages use it (deb(5)). */

const MAGIC_BYTES = 8;
const HEADER_BYTES = 60;

/** The members of an ar archive. */
export const openAr: Opener = function* openAr(bytes) {
  for (let at = MAGIC_BYTES; at + HEADER_BYTES <= bytes.length;) {
    const header = bytes.subarray(at, at + HEADER_BYTES);
    const size = header.toString('latin1', 48, 58).trim();
    const start = at + HEADER_BYTES;
    const isGood = header.toString('latin1', 58, 60) === '`\n' && /^\d+$/.test(size);
    if (!isGood || start + Number(size) > bytes.length) {
      yield miss('archive-corrupt');
      return;
    }
    const end = start + Number(size);
    const name = header.toString('latin1', 0, 16).replace(/[/ ]+$/, '');
    yield {
      kind: 'member',
      name: memberName(Buffer.from(name, 'latin1')),
      bytes: bytes.subarray(start, end),
    };
    at = end + (end % 2);
  }
};
