import { expect, test } from 'vitest';
import fc from 'fast-check';
import { dnsTexts, encodeBase64Url } from '@wardgrid/base';
import { announcementTexts, type Announcement } from '@wardgrid/wire';
import { checkAnnouncement, createSigner, signAnnouncement } from './index.ts';
import { systemCryptography } from './system.ts';

const signer = createSigner(systemCryptography, new Uint8Array(32).fill(7));
const stranger = createSigner(systemCryptography, new Uint8Array(32).fill(8));

const announcement: Announcement = {
  nodeId: '018f0000-0000-7000-8000-000000000001',
  publicKey: encodeBase64Url(signer.publicKey),
  serial: 3,
  url: 'https://10.90.1.10:7443',
  name: 'Berlin = „Werk 2“',
  at: 1_800_000_000_000,
  nonce: 'A'.repeat(22),
};
const texts = announcementTexts({
  announcement,
  signature: signAnnouncement(signer, announcement),
});
const check = (given: readonly string[], nowMs = announcement.at) =>
  checkAnnouncement(systemCryptography, given, nowMs);

test('an announcement is read as it was signed, and is small enough for one packet', () => {
  expect(check(texts)).toEqual({ kind: 'signed', announcement });
  expect(dnsTexts(texts).length).toBeLessThanOrEqual(512);
});

test('what was changed on its way is refused, whichever field it is', () => {
  const changes = [
    texts.map((text) => text.replace('10.90.1.10', '10.90.1.66')),
    texts.map((text) => text.replace('c=3', 'c=4')),
    texts.map((text) => text.replace('Berlin', 'Bonn')),
    texts.map((text) => text.replace(/^at=.*/, `at=${announcement.at + 1}`)),
    texts.map((text) => text.replace(/^k=.*/, `k=${encodeBase64Url(stranger.publicKey)}`)),
  ];
  for (const changed of changes) {
    expect(check(changed)).toEqual({ kind: 'refused', reason: 'signature' });
  }
});

test('a key cannot announce as another', () => {
  const signature = signAnnouncement(stranger, announcement);
  const forged = announcementTexts({ announcement, signature });
  expect(check(forged)).toEqual({ kind: 'refused', reason: 'signature' });
});

test('an announcement of another day is stale', () => {
  expect(check(texts, announcement.at + 3_600_000)).toEqual({ kind: 'refused', reason: 'stale' });
  expect(check(texts, announcement.at - 3_600_000)).toEqual({ kind: 'refused', reason: 'stale' });
});

test('no strings make the check throw', () => {
  const pair = fc.tuple(
    fc.constantFrom('v', 'id', 'k', 'c', 'u', 'n', 'at', 'r', 's', ''),
    fc.string(),
  );
  fc.assert(
    fc.property(fc.array(pair), (pairs) => {
      const hostile = pairs.map(([key, value]) => `${key}=${value}`);
      expect(check([...hostile, 'v=1']).kind).toBe('refused');
    }),
  );
});
