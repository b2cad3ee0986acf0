import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { decodeBase64Url, encodeBase64Url, encodeUtf8 } from '@wardgrid/base';
import {
  contentDigest,
  createSigner,
  readMessageSignature,
  signMessage,
  signOps,
  verifyMessage,
  verifyOps,
  type CoveredParts,
} from './index.ts';
import { signatureBase } from './message-signature.ts';
import { systemCryptography } from './system.ts';

const signer = createSigner(systemCryptography, new Uint8Array(32).fill(7));
const publicKey = encodeBase64Url(signer.publicKey);
const parts: CoveredParts = [
  ['@method', 'POST'],
  ['@path', '/api/v1/sync'],
  ['content-digest', contentDigest(systemCryptography.sha256, encodeUtf8('body'))],
];
const parameters = { created: 1_618_884_473, keyId: 'node-1', nonce: 'abc_-1' };

test('the signature base is that of RFC 9421 appendix B.2.6', () => {
  const key = createSigner(
    systemCryptography,
    decodeBase64Url('n4Ni-HpISpVObnQMW0wOhCKROaIKqKtW_2ZYb2p9KcU'),
  );
  const base = signatureBase(
    [
      ['date', 'Tue, 20 Apr 2021 02:07:55 GMT'],
      ['@method', 'POST'],
      ['@path', '/foo'],
      ['@authority', 'example.com'],
      ['content-type', 'application/json'],
      ['content-length', '18'],
    ],
    '("date" "@method" "@path" "@authority" "content-type" "content-length");created=1618884473;keyid="test-key-ed25519"',
  );
  expect(encodeBase64Url(key.sign(encodeUtf8(base)))).toBe(
    'wqcAqbmYJ2ji2glfAMaRy4gruYYnx2nEFN2HN6jrnDnQCK1u02Gb04v9EDgwUPiu4A0w6vuQv5lIp5WPpBKRCw',
  );
});

test('a digest is that of RFC 9530 appendix B.1', () => {
  const body = encodeUtf8('{"hello": "world"}\n');
  expect(contentDigest(systemCryptography.sha256, body)).toBe(
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});

describe('a signed message', () => {
  const headers = signMessage(signer, parts, parameters);
  const verify = (
    given: { 'signature-input': string; signature: string },
    expected: CoveredParts = parts,
  ): boolean => {
    const received = readMessageSignature(given);
    if (!received) return false;
    return verifyMessage(systemCryptography, received, { publicKey, parts: expected });
  };

  test('says who signed it when, and verifies', () => {
    expect(readMessageSignature(headers)).toMatchObject(parameters);
    expect(verify(headers)).toBe(true);
  });

  test('does not verify with a part altered, left out, added or put elsewhere', () => {
    for (const [index, [name, value]] of parts.entries()) {
      expect(verify(headers, parts.with(index, [name, `${value}x`]))).toBe(false);
      expect(verify(headers, parts.toSpliced(index, 1))).toBe(false);
    }
    expect(verify(headers, [...parts, ['host', 'a']])).toBe(false);
    expect(verify(headers, parts.toReversed())).toBe(false);
  });

  test('does not verify, nor throw, with any character of its headers altered', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('signature-input', 'signature'),
        fc.nat(),
        fc.integer({ min: 32, max: 126 }),
        (name, place, code) => {
          const text = headers[name];
          const at = place % text.length;
          const altered = text.slice(0, at) + String.fromCodePoint(code) + text.slice(at + 1);
          fc.pre(altered !== text);
          expect(verify({ ...headers, [name]: altered })).toBe(false);
        },
      ),
      { numRuns: 2_000 },
    );
  });

  test('another key, no header and a flood are refused', () => {
    const other = createSigner(systemCryptography, new Uint8Array(32).fill(9));
    expect(verify(signMessage(other, parts, parameters))).toBe(false);
    expect(readMessageSignature({})).toBeUndefined();
    expect(
      readMessageSignature({ ...headers, 'signature-input': 'sig1=('.padEnd(1e6, '"a" ') }),
    ).toBeUndefined();
  });
});

test('a stream is signed up to a place, and to no other', () => {
  const place = { stream: 'n/i/ctl', q: 3, head: 'ab'.repeat(32) };
  const signature = signOps(signer, place);
  const verify = (change: Partial<typeof place>): boolean =>
    verifyOps(systemCryptography, { ...place, ...change }, { publicKey, signature });
  expect(verify({})).toBe(true);
  expect(verify({ q: 4 })).toBe(false);
  expect(verify({ head: 'ac'.repeat(32) })).toBe(false);
  expect(verify({ stream: 'n/j/ctl' })).toBe(false);
  expect(verifyOps(systemCryptography, place, { publicKey: '!', signature })).toBe(false);
});
