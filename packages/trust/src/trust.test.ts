import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { decodeHex, encodeBase64Url, encodeHex, encodeUtf8 } from '@wardgrid/base';
import type { Order, SignedEnvelope } from '@wardgrid/wire';
import {
  checkOrder,
  createMerkleTree,
  createSigner,
  licenceStateAt,
  openEnvelope,
  portableCryptography,
  rootFromPath,
  sealEnvelope,
  sealEnvelopes,
  signStatement,
  verifyStatement,
} from './index.ts';
import { systemCryptography } from './system.ts';

const secretKey = new Uint8Array(32).fill(7);

describe.each([
  ['portable', portableCryptography],
  ['system', systemCryptography],
])('%s cryptography', (_, cryptography) => {
  test('gives the key and signature of RFC 8032 section 7.1 test 2', () => {
    const seed = decodeHex('4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb');
    const publicKey = cryptography.publicKeyOf(seed);
    expect(encodeHex(publicKey)).toBe(
      '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
    );
    expect(encodeHex(cryptography.sign(seed, Uint8Array.of(0x72)))).toBe(
      '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da' +
        '085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    );
  });

  test('refuses an altered message, key or signature without throwing', () => {
    const signer = createSigner(cryptography, secretKey);
    const message = encodeUtf8('isolate');
    const signature = signer.sign(message);
    expect(cryptography.verify(signer.publicKey, message, signature)).toBe(true);
    expect(cryptography.verify(signer.publicKey, encodeUtf8('release'), signature)).toBe(false);
    expect(cryptography.verify(signer.publicKey, message, signature.slice(1))).toBe(false);
    expect(cryptography.verify(new Uint8Array(3), message, signature)).toBe(false);
    expect(cryptography.verify(new Uint8Array(32).fill(0xff), message, signature)).toBe(false);
  });
});

test('a Merkle path leads to the root from its own place only', () => {
  const hash = systemCryptography.sha256;
  for (let size = 1; size <= 33; size += 1) {
    const leaves = Array.from({ length: size }, (_, index) => encodeUtf8(`leaf ${index}`));
    const tree = createMerkleTree(hash, leaves);
    for (const [index, leaf] of leaves.entries()) {
      const path = tree.pathOf(index);
      expect(rootFromPath(hash, leaf, { index, size, path })).toEqual(tree.root);
      expect(rootFromPath(hash, encodeUtf8('other'), { index, size, path })).not.toEqual(tree.root);
      expect(rootFromPath(hash, leaf, { index: size, size, path })).toBeUndefined();
      expect(rootFromPath(hash, leaf, { index, size, path: [...path, tree.root] })).toBeUndefined();
    }
  }
});

describe('envelopes', () => {
  const signer = createSigner(systemCryptography, secretKey);
  const publicKeys = [signer.publicKey];
  const schema = z.strictObject({ number: z.int() });
  const open = (envelope: SignedEnvelope) =>
    openEnvelope(portableCryptography, envelope, { publicKeys, schema });

  test('open with the right key, alone or in a batch', () => {
    expect(open(sealEnvelope(signer, { number: 1 }))).toEqual({
      kind: 'opened',
      value: { number: 1 },
    });
    const batch = sealEnvelopes(
      systemCryptography,
      signer,
      Array.from({ length: 21 }, (_, number) => ({ number })),
    );
    expect(batch.map((envelope) => open(envelope))).toEqual(
      batch.map((_, number) => ({ kind: 'opened', value: { number } })),
    );
    expect(new Set(batch.map((envelope) => envelope.signature)).size).toBe(1);
  });

  test('any change is refused', () => {
    const batch = sealEnvelopes(systemCryptography, signer, [
      { number: 1 },
      { number: 2 },
      { number: 3 },
    ]);
    const single = sealEnvelope(signer, { number: 1 });
    fc.assert(
      fc.property(
        fc.constantFrom(single, ...batch),
        fc.nat(),
        fc.nat(),
        (envelope, place, change) => {
          const text = JSON.stringify(envelope);
          const at = place % text.length;
          const altered =
            text.slice(0, at) + String.fromCodePoint(32 + (change % 95)) + text.slice(at + 1);
          if (altered === text) return;
          let parsed: unknown;
          try {
            parsed = JSON.parse(altered);
          } catch {
            return;
          }
          const isSame = (parsed as SignedEnvelope).payload === envelope.payload;
          const opened = openSafely(parsed as SignedEnvelope);
          if (!isSame) expect(opened).not.toBe('opened');
        },
      ),
      { numRuns: 2_000 },
    );
    function openSafely(envelope: SignedEnvelope): string {
      try {
        return open(envelope).kind;
      } catch {
        return 'unreadable before opening';
      }
    }
  });

  test('another key, a swapped place and a foreign shape are refused', () => {
    const other = createSigner(systemCryptography, new Uint8Array(32).fill(9));
    expect(open(sealEnvelope(other, { number: 1 }))).toEqual({
      kind: 'refused',
      reason: 'key-unknown',
    });
    const forged = { ...sealEnvelope(other, { number: 1 }), keyId: signer.keyId };
    expect(open(forged)).toEqual({ kind: 'refused', reason: 'signature' });
    expect(open(sealEnvelope(signer, { text: 'x' }))).toEqual({
      kind: 'refused',
      reason: 'unreadable',
    });
    const [first, second] = sealEnvelopes(systemCryptography, signer, [
      { number: 1 },
      { number: 2 },
    ]);
    if (!first?.proof || !second) throw new Error('expected a batch');
    expect(open({ ...second, proof: first.proof })).toEqual({
      kind: 'refused',
      reason: 'signature',
    });
  });
});

describe('orders', () => {
  const signer = createSigner(systemCryptography, secretKey);
  const order: Order = {
    type: 'order',
    id: '018bcfe5-6800-7000-8000-000000000001',
    tenantId: '018bcfe5-6800-7000-8000-000000000002',
    deviceId: '018bcfe5-6800-7000-8000-000000000003',
    sequence: 1,
    issuedAt: 1_000_000,
    expiresAt: 2_000_000,
    task: { kind: 'inventory', arguments: { sections: ['system'] } },
  };
  const device = {
    deviceId: order.deviceId,
    tenantId: order.tenantId,
    tenantKey: encodeBase64Url(signer.publicKey),
    scope: null,
    nowMs: 1_500_000,
    isRevoked: () => false,
    hasSeen: () => false,
  };

  test('one that is signed, in time, new and for this device is accepted', () => {
    expect(checkOrder(systemCryptography, sealEnvelope(signer, order), device)).toEqual({
      kind: 'accepted',
      order,
    });
  });

  test.each([
    ['expired', {}, { nowMs: 2_000_001 }],
    ['not-yet-valid', { issuedAt: 1_500_000 + 16 * 60_000, expiresAt: 9_000_000 }, {}],
    ['replayed', {}, { hasSeen: () => true }],
    ['audience', { deviceId: '018bcfe5-6800-7000-8000-00000000000f' }, {}],
    ['audience', { tenantId: '018bcfe5-6800-7000-8000-00000000000f' }, {}],
  ] as const)('one that is %s is refused', (reason, orderChange, deviceChange) => {
    const envelope = sealEnvelope(signer, { ...order, ...orderChange });
    expect(checkOrder(systemCryptography, envelope, { ...device, ...deviceChange })).toEqual({
      kind: 'refused',
      reason,
      jobId: order.id,
    });
  });
});

test('a statement signed for one purpose proves nothing for another', () => {
  const signer = createSigner(systemCryptography, secretKey);
  const statement = { deviceId: 'd', nonce: 'n' };
  const given = {
    publicKey: encodeBase64Url(signer.publicKey),
    signature: signStatement(signer, 'enrol', statement),
    statement,
  };
  expect(verifyStatement(systemCryptography, 'enrol', given)).toBe(true);
  expect(verifyStatement(systemCryptography, 'session', given)).toBe(false);
  expect(
    verifyStatement(systemCryptography, 'enrol', {
      ...given,
      statement: { ...statement, nonce: 'm' },
    }),
  ).toBe(false);
  expect(verifyStatement(systemCryptography, 'enrol', { ...given, signature: '!' })).toBe(false);
});

test('a licence is active, then in grace, then expired; suspension wins', () => {
  const licence = { validFrom: 1_000, validUntil: 2_000, graceDays: 1 };
  expect(licenceStateAt(null, 1_500)).toBe('missing');
  expect(licenceStateAt(licence, 500)).toBe('expired');
  expect(licenceStateAt(licence, 1_500)).toBe('active');
  expect(licenceStateAt(licence, 2_001)).toBe('grace');
  expect(licenceStateAt(licence, 2_001 + 86_400_000)).toBe('expired');
  expect(licenceStateAt(licence, 1_500, true)).toBe('suspended');
});
