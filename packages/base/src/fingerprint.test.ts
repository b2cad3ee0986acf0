import { expect, test } from 'vitest';
import { fingerprintText, readFingerprint } from './index.ts';

const DIGITS = '0123456789abcdef0123456789abcdef';
const SHOWN = '0123-4567-89ab-cdef-0123-4567-89ab-cdef';

test('a fingerprint is shown in groups, and read as it is shown, pasted or typed', () => {
  expect(fingerprintText(DIGITS)).toBe(SHOWN);
  for (const given of [DIGITS, SHOWN, ` ${SHOWN.toUpperCase()}\n`, SHOWN.replaceAll('-', ' ')]) {
    expect(readFingerprint(given)).toBe(DIGITS);
  }
});

test('half a fingerprint, or one with a wrong digit, is none', () => {
  for (const given of ['', DIGITS.slice(1), `${DIGITS}0`, SHOWN.replace('f', 'g')]) {
    expect(readFingerprint(given)).toBeUndefined();
  }
});
