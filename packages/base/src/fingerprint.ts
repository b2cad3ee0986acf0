/* Fingerprints of keys as people read, compare and paste them: 32 hex digits in groups of four. */

const FINGERPRINT = /^[0-9a-f]{32}$/;

/** A fingerprint as people read it aloud: `1a2b-3c4d-…`. */
export function fingerprintText(fingerprint: string): string {
  return fingerprint.match(/.{1,4}/g)?.join('-') ?? '';
}

/** The fingerprint in a text that a person gave, in groups or not; undefined when it is none. */
export function readFingerprint(given: string): string | undefined {
  const digits = given.toLowerCase().replaceAll(/[\s:-]/g, '');
  return FINGERPRINT.test(digits) ? digits : undefined;
}
