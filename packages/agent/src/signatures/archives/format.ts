import { openAr } from './ar.ts';
import { inflate } from './inflate.ts';
import { miss, type Opener } from './member.ts';
import { openTar } from './tar.ts';
import { endsAsZip, openZip } from './zip.ts';

/** Beginnings of archives that nothing here can open: they are told, never passed as clean. */
const CLOSED: readonly string[] = [
  '377abcaf271c', // 7z
  '526172211a07', // RAR
  'fd377a585a00', // xz
  '425a68', // bzip2
  '4d534346', // Microsoft cabinet
  'edabeedb', // RPM
  '04224d18', // lz4
  '68737173', // squashfs
  '303730373031', // cpio
];
const CLOSED_MARKS: readonly Buffer[] = CLOSED.map((hex) => Buffer.from(hex, 'hex'));

/** How to open the bytes, when they are an archive. */
export function openerOf(bytes: Buffer): Opener | undefined {
  if (bytes.length < 20) return undefined;
  const head = bytes.readUInt32BE(0);
  if (head === 0x50_4b_03_04 || head === 0x50_4b_05_06) return openZip;
  if (head >>> 8 === 0x1f_8b_08) return stream('gzip');
  if (head === 0x28_b5_2f_fd) return stream('zstd');
  if (bytes.toString('latin1', 0, 8) === '!<arch>\n') return openAr;
  if (bytes.length >= 512 && bytes.toString('latin1', 257, 262) === 'ustar') return openTar;
  if (isClosed(bytes)) return openNothing;
  // A program that carries an archive behind itself.
  return endsAsZip(bytes) ? openZip : undefined;
}

/** bzip2's mark is short, and text may begin so: its fourth byte is a digit. */
function isClosed(bytes: Buffer): boolean {
  return CLOSED_MARKS.some(
    (mark) =>
      bytes.subarray(0, mark.length).equals(mark) &&
      (mark.length > 3 || bytes.toString('latin1', 4, 10) === '1AY&SY'),
  );
}

const openNothing: Opener = function* openNothing() {
  yield miss('archive-format');
};

/** One packed stream, as a single member. */
function stream(packing: 'gzip' | 'zstd'): Opener {
  return function* openStream(bytes, room) {
    const { bytes: unpacked, missing } = inflate(packing, bytes, room.memberBytes());
    if (missing) yield miss(missing);
    yield { kind: 'member', name: packing, bytes: unpacked };
  };
}
