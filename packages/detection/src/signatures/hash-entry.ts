/** A digest of known malware. */
export interface HashEntry {
  readonly algorithm: HashAlgorithm;
  /** Lower-case hexadecimal. */
  readonly digest: string;
  /** Null: whatever the size. */
  readonly sizeBytes: number | null;
  /** What it is, as the list names it. */
  readonly name: string;
}

export type HashAlgorithm = 'sha256' | 'sha1' | 'md5';

/** Bytes of a digest. */
export const DIGEST_BYTES: Readonly<Record<HashAlgorithm, number>> = {
  sha256: 32,
  sha1: 20,
  md5: 16,
};

/** The algorithm that a digest of so many hexadecimal digits is of. */
export function algorithmOf(digest: string): HashAlgorithm | undefined {
  const names: readonly HashAlgorithm[] = ['sha256', 'sha1', 'md5'];
  return names.find((name) => DIGEST_BYTES[name] * 2 === digest.length);
}
