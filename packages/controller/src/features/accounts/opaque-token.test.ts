import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  createApiTokenText,
  createRefreshTokens,
  createSecretText,
  hashOf,
  isApiTokenText,
  isSameHash,
} from './opaque-token.ts';

const SESSION = '01890a5d-ac96-774b-bcce-b302099a8057';
const refresh = createRefreshTokens(new Uint8Array(32).fill(1));

test('a refresh token names its session and is known as ours', () => {
  const token = refresh.create(SESSION);
  expect(refresh.parse(refresh.format(token))).toEqual(token);
  expect(refresh.format(token)).toHaveLength(86);
});

test('a token has one successor, which does not show the way back and needs our key', () => {
  const token = refresh.create(SESSION);
  const next = refresh.successorOf(token);
  expect(refresh.successorOf(token)).toEqual(next);
  expect(hashOf(next.secret)).not.toBe(hashOf(token.secret));
  const other = createRefreshTokens(new Uint8Array(32).fill(2));
  expect(other.successorOf(token)).not.toEqual(next);
});

test('a refresh token that was changed, made up or made with another key is none', () => {
  const text = refresh.format(refresh.create(SESSION));
  const other = createRefreshTokens(new Uint8Array(32).fill(2));
  expect(other.parse(text)).toBeUndefined();
  expect(refresh.parse('')).toBeUndefined();
  expect(refresh.parse('A'.repeat(86))).toBeUndefined();
  expect(refresh.parse(`${text.slice(0, 85)}=`)).toBeUndefined();
  fc.assert(
    // The last character of 86 carries two unused bits, which decide nothing.
    fc.property(fc.nat(84), fc.constantFrom('A', 'a', '0', '_', '-'), (at, letter) => {
      fc.pre(text[at] !== letter);
      expect(refresh.parse(text.slice(0, at) + letter + text.slice(at + 1))).toBeUndefined();
    }),
  );
});

test('an API token is known by its mark and checksum', () => {
  const token = createApiTokenText();
  expect(token).toMatch(/^wgt_/);
  expect(isApiTokenText(token)).toBe(true);
  for (const wrong of [
    token.slice(0, -1),
    `${token}0`,
    token.replace('wgt_', 'wgx_'),
    token.toUpperCase(),
    '',
  ]) {
    expect(isApiTokenText(wrong)).toBe(false);
  }
  const letter = token[10] === 'A' ? 'B' : 'A';
  expect(isApiTokenText(token.slice(0, 10) + letter + token.slice(11))).toBe(false);
});

test('hashes are compared whole', () => {
  const hash = hashOf(createSecretText());
  expect(isSameHash(hash, hash)).toBe(true);
  expect(isSameHash(hash, hashOf('other'))).toBe(false);
  expect(isSameHash(hash, hash.slice(1))).toBe(false);
});
