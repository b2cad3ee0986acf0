/** What can be unpacked, and `closed` for archives that nothing here can open. */
export type ArchiveKind = 'zip' | 'gzip' | 'zstd' | 'ar' | 'tar' | 'closed';

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
/** `!<ar`, the first half of the mark of an `ar` archive. */
const AR_HEAD = 0x21_3c_61_72;
/** The end of a ZIP's directory, and its length without a comment. */
const ZIP_END = 0x06054b50;
const ZIP_END_BYTES = 22;

/** Which archive the bytes are; undefined for everything else. */
export function archiveKindOf(bytes: Buffer): ArchiveKind | undefined {
  if (bytes.length < 20) return undefined;
  const kind = kindByHead(bytes);
  if (kind) return kind;
  if (isTar(bytes)) return 'tar';
  if (isClosed(bytes)) return 'closed';
  // A program that carries an archive behind itself.
  return endsAsZip(bytes) ? 'zip' : undefined;
}

function kindByHead(bytes: Buffer): ArchiveKind | undefined {
  const head = bytes.readUInt32BE(0);
  if (head === 0x50_4b_03_04 || head === 0x50_4b_05_06) return 'zip';
  if (head >>> 8 === 0x1f_8b_08) return 'gzip';
  if (head === 0x28_b5_2f_fd) return 'zstd';
  return head === AR_HEAD && bytes.toString('latin1', 4, 8) === 'ch>\n' ? 'ar' : undefined;
}

/** Compared by one byte first: most files have another there. */
function isTar(bytes: Buffer): boolean {
  return (
    bytes.length >= 512 && bytes[257] === 0x75 && bytes.toString('latin1', 257, 262) === 'ustar'
  );
}

/** Whether a directory's end stands where a file without a comment has it. */
function endsAsZip(bytes: Buffer): boolean {
  const at = bytes.length - ZIP_END_BYTES;
  return at >= 0 && bytes.readUInt32LE(at) === ZIP_END;
}

/** bzip2's mark is short, and text may begin so: its fourth byte is a digit. */
function isClosed(bytes: Buffer): boolean {
  return CLOSED_MARKS.some(
    (mark) =>
      mark[0] === bytes[0] &&
      bytes.subarray(0, mark.length).equals(mark) &&
      (mark.length > 3 || bytes.toString('latin1', 4, 10) === '1AY&SY'),
  );
}
