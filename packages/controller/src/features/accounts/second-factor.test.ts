import { generateSync } from 'otplib';
import { expect, test } from 'vitest';
import { backupCodeHash, createBackupCodes, createTotp, totpStepOf } from './second-factor.ts';

const NOW_MS = 1_800_000_000_000;

test('the codes of RFC 6238 are right at their times', () => {
  // Appendix B, SHA-1, secret "12345678901234567890", cut to six digits.
  const secret = 'GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ';
  const vectors = [
    [59, '287082', 1],
    [1_111_111_109, '081804', 37_037_036],
    [2_000_000_000, '279037', 66_666_666],
  ] as const;
  for (const [seconds, code, step] of vectors) {
    expect(totpStepOf(code, { secret, lastStep: 0, nowMs: seconds * 1_000 })).toBe(step);
  }
});

test('a code is right one period around its own and good once', () => {
  const { secret } = createTotp('jane@example.com');
  const code = generateSync({ secret, epoch: NOW_MS / 1_000 });
  const step = totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS });
  expect(step).toBe(NOW_MS / 30_000);
  expect(totpStepOf(code, { secret, lastStep: step ?? 0, nowMs: NOW_MS })).toBeUndefined();
  expect(totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS + 30_000 })).toBe(step);
  expect(totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS - 30_000 })).toBe(step);
  expect(totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS + 90_000 })).toBeUndefined();
  expect(totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS - 90_000 })).toBeUndefined();
});

test.each(['', '12345', '1234567', 'abcdef', '１２３４５６', '12 456'])('%j is no code', (code) => {
  const { secret } = createTotp('jane@example.com');
  expect(totpStepOf(code, { secret, lastStep: 0, nowMs: NOW_MS })).toBeUndefined();
});

test('the address for an authenticator names the product and the account', () => {
  const { uri, secret } = createTotp('jane@example.com');
  expect(uri).toMatch(/^otpauth:\/\/totp\/Wardgrid:jane%40example\.com\?/);
  expect(new URL(uri).searchParams.get('secret')).toBe(secret);
});

test('backup codes are ten, all different, and hashed alike however they are typed', () => {
  const codes = createBackupCodes();
  expect(new Set(codes).size).toBe(10);
  const key = new Uint8Array(32).fill(1);
  for (const code of codes) {
    expect(code).toMatch(/^[0-9A-HJKMNP-TV-Z]{5}-[0-9A-HJKMNP-TV-Z]{5}$/);
    const hash = backupCodeHash(code, key);
    expect(backupCodeHash(code.toLowerCase().replace('-', ''), key)).toBe(hash);
    expect(backupCodeHash(code, new Uint8Array(32))).not.toBe(hash);
  }
});
