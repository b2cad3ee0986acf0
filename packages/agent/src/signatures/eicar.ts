import type { FileHit } from '../protect/parts.ts';

/* The test file of EICAR ("Anti-Malware Testfile", eicar.org): its first 68 bytes are the string, which
   blanks may follow, up to 128 bytes in all. Known without any content. The string stands in two parts,
   so that this file, and memory that holds it, is not the test file. */
const PARTS = ['X5O!P%@AP[4\\PZX54(P^)7CC)7}$EICAR-', 'STANDARD-ANTIVIRUS-TEST-FILE!$H+H*'];
/** The beginning, which hardly anything else holds; looked for before the rest is put together. */
const START = Buffer.from(PARTS[0]?.slice(0, 8) ?? '', 'latin1');
const LENGTH = 68;
const LENGTH_WITH_BLANKS_MAX = 128;
/** Space, tab, line feed, carriage return, end of file of DOS. */
const BLANKS: ReadonlySet<number> = new Set([0x20, 0x09, 0x0a, 0x0d, 0x1a]);

const COMMON = {
  engine: 'hash',
  techniques: [],
  author: null,
} as const;

/** The hit of a file that is, or holds, the test string. */
export function findEicar(bytes: Uint8Array): readonly FileHit[] {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const startsAt = buffer.indexOf(START);
  const at = startsAt < 0 ? -1 : buffer.indexOf(eicarText(), startsAt, 'latin1');
  if (at < 0) return [];
  if (at === 0 && isBlank(buffer.subarray(LENGTH)) && buffer.length <= LENGTH_WITH_BLANKS_MAX) {
    return [
      {
        ...COMMON,
        rule: 'eicar-test-file',
        title: 'EICAR test file',
        severity: 'high',
        confidence: 100,
        matches: [],
      },
    ];
  }
  // Documents and other scanners hold the string as well: told, but below what is acted on.
  return [
    {
      ...COMMON,
      rule: 'eicar-test-string',
      title: 'EICAR test string inside a file',
      severity: 'low',
      confidence: 50,
      matches: [`string at 0x${at.toString(16)}`],
    },
  ];
}

/** The test string. Joined when asked for: no constant of the program holds it. */
export function eicarText(): string {
  return PARTS.join('');
}

function isBlank(bytes: Uint8Array): boolean {
  return bytes.every((byte) => BLANKS.has(byte));
}
