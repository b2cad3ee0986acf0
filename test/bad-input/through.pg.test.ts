import { randomBytes } from 'node:crypto';
import { createSigner } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { rootNodeOf, SYNC_BYTES_MAX, SYNC_THROUGH_HEAD_MAX } from '@wardgrid/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askThrough,
  freshRid,
  problemIn,
  wrappedPage,
  type Distortion,
} from '../controller/chain/node-voice.ts';
import { startRelayedSite, type RelayedSite } from '../controller/chain/relayed-site.ts';

/* Whatever is given to a relay to hand on is handed on as it is, or is a problem; none is a fault of ours. */

let site: RelayedSite;

beforeAll(async () => {
  site = await startRelayedSite();
}, 120_000);
afterAll(() => site?.close());

const stranger = createSigner(systemCryptography, new Uint8Array(32).fill(3));
const HOUR_MS = 3_600_000;

test.each([
  ['with another key', 'node-signature-invalid', () => ({ signer: stranger })],
  ['meant for another', 'node-signature-invalid', () => ({ to: site.sibling.nodeId })],
  ['made an hour ago', 'node-request-stale', () => ({ nowMs: Date.now() - HOUR_MS })],
  ['without a signature', 'node-signature-invalid', () => ({ headers: { signature: '' } })],
  ['changed on the way', 'node-signature-invalid', () => ({ sent: Buffer.from('{}\n') })],
] as const)('a request %s is refused by the relay', async (_, code, distorted) => {
  const { child, relay } = site;
  const body = await wrappedPage(child);
  expect(await askThrough({ voice: child, relay }, body, distorted())).toMatchObject({
    code,
  });
});

test.each([
  ['with another key', 'node-signature-invalid', () => ({ signer: stranger })],
  ['meant for the relay', 'node-signature-invalid', () => ({ to: site.own.nodeId })],
  ['made an hour ago', 'node-request-stale', () => ({ nowMs: Date.now() - HOUR_MS })],
  ['changed on the way', 'node-signature-invalid', () => ({ sent: randomBytes(100) })],
  ['of no id', 'node-signature-invalid', () => ({ headers: { 'signature-input': 'x' } })],
] as readonly (readonly [string, string, () => Distortion])[])(
  'what is handed on %s is refused by the cloud',
  async (_, code, distorted) => {
    const { child, relay } = site;
    const heard = await askThrough({ voice: child, relay }, await wrappedPage(child, distorted()));
    expect(heard.code).toBe('ok');
    expect(problemIn(heard)).toBe(code);
  },
);

test('what is played again the relay refuses, and the cloud does, whoever carries it', async () => {
  const { child, relay } = site;
  const body = await wrappedPage(child);
  const rid = freshRid();
  expect(problemIn(await askThrough({ voice: child, relay }, body, { rid }))).toBeUndefined();
  expect(await askThrough({ voice: child, relay }, body, { rid })).toMatchObject({
    code: 'node-request-replayed',
  });
  // Signed anew for the relay, with the same inside.
  expect(problemIn(await askThrough({ voice: child, relay }, body))).toBe('node-request-replayed');
});

const head = (value: unknown): Buffer => Buffer.from(`${JSON.stringify(value)}\n`);
const many = (count: number): Record<string, string> =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => [`h${index}`, 'x']));

test.each([
  ['nothing', Buffer.alloc(0)],
  ['no line', Buffer.from('{"headers":{}}')],
  ['no JSON', Buffer.from('hello\n')],
  ['another JSON', head([])],
  ['no headers', head({})],
  ['headers that are no text', head({ headers: { signature: 1 } })],
  ['a key too many', head({ headers: {}, path: '/api/v1/sync/through' })],
  ['too many headers', head({ headers: many(9) })],
  ['a header too long', head({ headers: { signature: 'x'.repeat(12_001) } })],
  ['a first line too long', head({ headers: {}, x: 'x'.repeat(SYNC_THROUGH_HEAD_MAX) })],
  ['bytes that are no text', Buffer.from([0xff, 0xfe, 0x0a])],
])('a request of %s is a problem of the relay', async (_, body) => {
  const { child, relay } = site;
  expect(await askThrough({ voice: child, relay }, body)).toMatchObject({
    code: 'sync-page-malformed',
  });
});

test('what is too large is not read to its end', async () => {
  const { child, relay } = site;
  const large = Buffer.alloc(SYNC_BYTES_MAX + SYNC_THROUGH_HEAD_MAX + 1);
  expect(await askThrough({ voice: child, relay }, large)).toMatchObject({
    code: 'sync-page-too-large',
  });
});

test('headers that nobody signed go no further: no session, no other address', async () => {
  const { child, relay } = site;
  const headers = { cookie: 'session=x', host: 'elsewhere.invalid', 'x-forwarded-for': '10.0.0.1' };
  const heard = await askThrough({ voice: child, relay }, await wrappedPage(child, { headers }));
  expect(problemIn(heard)).toBeUndefined();
  expect(Object.keys(heard.answer?.headers ?? {}).toSorted()).toEqual([
    'content-digest',
    'signature',
    'signature-input',
  ]);
});

test('a request to hand on a request to hand on ends at the cloud, which takes it for a page that is none', async () => {
  const { child, relay } = site;
  const inner = await wrappedPage(child);
  const to = rootNodeOf(child.tenantId);
  const nested = await wrappedPage(child, { sent: inner, to });
  expect(problemIn(await askThrough({ voice: child, relay }, nested))).toBe(
    'node-signature-invalid',
  );
});

test('a flood of them is told to come again, and the relay goes on', async () => {
  const { child, relay } = site;
  const bodies = await Promise.all(Array.from({ length: 64 }, () => wrappedPage(child)));
  const codes = await Promise.all(
    bodies.map(async (body) => (await askThrough({ voice: child, relay }, body)).code),
  );
  expect(codes.every((code) => code === 'ok' || code === 'rate-limited')).toBe(true);
  expect(
    problemIn(await askThrough({ voice: child, relay }, await wrappedPage(child))),
  ).toBeUndefined();
});
