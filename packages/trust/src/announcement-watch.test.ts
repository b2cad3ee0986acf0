import { expect, test } from 'vitest';
import { createFakeClock, encodeBase64Url } from '@wardgrid/base';
import {
  announcementTexts,
  encodeAnnouncement,
  encodeAnnouncementQuestion,
  readAnnouncementPacket,
  type Announcement,
} from '@wardgrid/wire';
import {
  createAnnouncementWatch,
  createSigner,
  signAnnouncement,
  type Rogue,
  type Signer,
} from './index.ts';
import { systemCryptography } from './system.ts';

const signerOf = (fill: number): Signer =>
  createSigner(systemCryptography, new Uint8Array(32).fill(fill));
const [known, stranger] = [signerOf(1), signerOf(2)];
const KNOWN_ID = '018f0000-0000-7000-8000-000000000001';
const SENDER = '10.90.1.66';

function listen(given: { readonly isVouched?: boolean; readonly ownId?: string } = {}) {
  const clock = createFakeClock();
  const rogues: Rogue[] = [];
  const told: string[] = [];
  let vouches = 0;
  const watch = createAnnouncementWatch({
    cryptography: systemCryptography,
    clock,
    ownId: given.ownId ?? null,
    keyOf: (id) => (id === KNOWN_ID ? encodeBase64Url(known.publicKey) : undefined),
    vouch() {
      vouches += 1;
      return Promise.resolve(given.isVouched === true);
    },
    onKnown: ({ url }) => told.push(`known ${url}`),
    onCandidate: ({ name }) => told.push(`candidate ${name}`),
    onRogue: (rogue) => rogues.push(rogue),
  });
  const announced = (signer: Signer, change: Partial<Announcement> = {}): string[] => {
    const announcement: Announcement = {
      nodeId: KNOWN_ID,
      publicKey: encodeBase64Url(signer.publicKey),
      serial: 1,
      url: `https://${SENDER}:7443`,
      name: 'North',
      at: clock.now(),
      nonce: 'A'.repeat(22),
      ...change,
    };
    return announcementTexts({ announcement, signature: signAnnouncement(signer, announcement) });
  };
  const hear = (texts: readonly string[], sender = SENDER) => watch.hear(texts, sender);
  const reasons = (): string[] => rogues.map(({ reason }) => reason);
  return { hear, announced, told, reasons, clock, vouches: () => vouches };
}

const OTHER_ID = '018f0000-0000-7000-8000-0000000000ff';

test('a known controller is known by its key, wherever it says that it is', async () => {
  const { hear, announced, told, reasons, vouches } = listen();
  await hear(announced(known));
  expect([told, reasons(), vouches()]).toEqual([[`known https://${SENDER}:7443`], [], 0]);
});

test('another key under a known name is an impersonation', async () => {
  const { hear, announced, told, reasons } = listen();
  await hear(announced(stranger));
  expect([told, reasons()]).toEqual([[], ['impersonation']]);
});

test('a stranger is believed when the tenant certified it, and a rogue when not', async () => {
  const good = listen({ isVouched: true });
  await good.hear(good.announced(stranger, { nodeId: OTHER_ID }));
  expect(good.reasons()).toEqual([]);
  const bad = listen();
  await bad.hear(bad.announced(stranger, { nodeId: OTHER_ID }));
  expect(bad.reasons()).toEqual(['certificate']);
});

test('one that waits to be let in is a candidate, not a rogue', async () => {
  const { hear, announced, told, reasons } = listen();
  await hear(announced(stranger, { nodeId: OTHER_ID, serial: 0 }));
  expect([told, reasons()]).toEqual([['candidate North'], []]);
});

test('words that are none of ours, or were changed, come from a rogue; old ones say nothing', async () => {
  const { hear, announced, reasons, clock } = listen();
  await hear(['v=1', 'id=x']);
  await hear(announced(known).map((text) => text.replace('North', 'South')));
  await hear(announced(known, { at: clock.now() - 3_600_000 }));
  expect(reasons()).toEqual(['unreadable', 'signature']);
});

test('the own announcement comes back and is nothing', async () => {
  const { hear, announced, told, reasons } = listen({ ownId: KNOWN_ID });
  await hear(announced(known));
  expect([told, reasons()]).toEqual([[], []]);
});

test('a flood asks for few certificates and tells of few rogues, and of each once a day', async () => {
  const { hear, announced, reasons, vouches, clock } = listen();
  const texts = announced(stranger, { nodeId: OTHER_ID });
  for (let count = 0; count < 5; count += 1) await hear(texts);
  expect([reasons().length, vouches()]).toEqual([1, 1]);
  for (let count = 0; count < 500; count += 1) {
    const nodeId = `018f0000-0000-7000-8000-${String(count).padStart(12, '0')}`;
    await hear(announced(signerOf(3 + (count % 250)), { nodeId, name: `N${count}` }));
    await hear(['v=1'], `10.0.${count % 256}.${count % 199}`);
  }
  expect(vouches()).toBeLessThanOrEqual(60);
  expect(reasons().length).toBeLessThanOrEqual(10);
  await clock.advance(25 * 3_600_000);
  await hear(announced(stranger, { nodeId: OTHER_ID }));
  expect(reasons().length).toBeLessThanOrEqual(11);
});

test('a packet carries its announcement over the link, and a question asks for it', async () => {
  const { announced } = listen();
  const texts = announced(known);
  const announcement: Announcement = {
    nodeId: KNOWN_ID,
    publicKey: encodeBase64Url(known.publicKey),
    serial: 1,
    url: `https://${SENDER}:7443`,
    name: 'North',
    at: 1_700_000_000_000,
    nonce: 'A'.repeat(22),
  };
  const signature = signAnnouncement(known, announcement);
  const at = { address: Uint8Array.of(10, 90, 1, 66), port: 7443 };
  const packet = encodeAnnouncement({ announcement, signature }, at);
  // A frame of Ethernet with room to spare: it is never cut into pieces.
  expect(packet.length).toBeLessThan(1_200);
  expect(readAnnouncementPacket(packet)).toEqual({ isQuestion: false, announced: [texts] });
  expect(readAnnouncementPacket(encodeAnnouncementQuestion())).toEqual({
    isQuestion: true,
    announced: [],
  });
});
