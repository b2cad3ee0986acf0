import { createHash } from 'node:crypto';
import { gzipSync, gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  sealOp,
  type Op,
  type SealedOp,
  type SyncRequest,
  type SyncResponse,
} from '@wardgrid/sync';
import { createSigner, sealEnvelope, signOps } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import { encodeBase64Url } from '@wardgrid/base';
import { decodeRequest, decodeResponse, encodeRequest, encodeResponse } from './messages.ts';
import { verifiedOps } from './verification.ts';

const TENANT = '01900000-0000-7000-8000-000000000001';
const NODE = '01900000-0000-7000-8000-000000000002';
const STREAM = `${NODE}/0011223344556677/ctl`;
const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const author = createSigner(systemCryptography, new Uint8Array(32).fill(7));
const publicKey = encodeBase64Url(author.publicKey);

function op(q: number): Op {
  return {
    opId: `op-${q}`,
    stream: STREAM,
    q,
    hlc: q.toString(16).padStart(16, '0'),
    kind: 'patch',
    type: 'organization',
    id: `row-${q}`,
    home: 'a.b',
    fields: { name: `Name \u202e ${q} "\n`, count: q },
    seen: 0,
    by: 'somebody@example.com',
    schemaVersion: 1,
  };
}

/** A stream of `count` ops, its last one signed. */
function signedStream(count: number): SealedOp[] {
  let head = '0'.repeat(64);
  return Array.from({ length: count }, (_, index) => {
    const sealed = sealOp(op(index + 1), head, sha256);
    ({ head } = sealed);
    const place = { stream: STREAM, q: index + 1, head };
    return index + 1 === count ? { ...sealed, signature: signOps(author, place) } : sealed;
  });
}

function requestWith(ops: readonly SealedOp[]): SyncRequest {
  return {
    from: NODE,
    requestNumber: 3,
    epoch: 1,
    scopeVersion: 1,
    cursor: 5,
    catchup: null,
    claim: { stream: STREAM, last: ops.length, head: '0'.repeat(64) },
    streams: [{ stream: STREAM, at: '0'.repeat(16) }],
    decided: [[STREAM, 0]],
    ops,
  };
}

const carry = (ops: readonly SealedOp[]) =>
  encodeRequest({ tenantId: TENANT, request: requestWith(ops), reports: [], t0: 1_000 });

/** The message with its lines changed. */
function altered(bytes: Buffer, change: (lines: string[]) => string[]): Buffer {
  return gzipSync(change(gunzipSync(bytes).toString().split('\n')).join('\n'));
}

describe('a request', () => {
  test('arrives as it left, ops with their heads and signatures', async () => {
    const ops = signedStream(5);
    const { request, tenantId, t0 } = await decodeRequest(await carry(ops), sha256);
    expect(request).toEqual(requestWith(ops));
    expect({ tenantId, t0 }).toEqual({ tenantId: TENANT, t0: 1_000 });
  });

  test('of ops that belong to different stretches of several streams arrives whole', async () => {
    const ops = signedStream(6);
    const some = [ops[1], ops[2], ops[4], ops[5]].flatMap((one) => (one ? [one] : []));
    const { request } = await decodeRequest(await carry(some), sha256);
    expect(request.ops).toEqual(some);
  });

  test.each([
    ['cut off', (lines: string[]) => lines.slice(0, -3)],
    ['without its end', (lines: string[]) => [...lines.slice(0, -2), '']],
    ['with a line twice', (lines: string[]) => [...lines.slice(0, 3), ...lines.slice(2)]],
    [
      'with ops in another order',
      (lines: string[]) => lines.with(2, lines[3] ?? '').with(3, lines[2] ?? ''),
    ],
    ['with an op left out', (lines: string[]) => lines.toSpliced(3, 1)],
    ['with spaces in an op', (lines: string[]) => lines.with(2, `${lines[2]} `)],
    [
      'with a field twice',
      (lines: string[]) => lines.with(2, (lines[2] ?? '').replace('{', '{"by":"x",')),
    ],
    ['without a head line', (lines: string[]) => lines.slice(1)],
  ])('%s is malformed', async (_, change) => {
    const bytes = altered(await carry(signedStream(4)), change);
    await expect(decodeRequest(bytes, sha256)).rejects.toMatchObject({
      code: 'sync-page-malformed',
    });
  });

  test('that unpacks to a flood is refused before it is unpacked', async () => {
    const bomb = gzipSync(Buffer.alloc(64 * 1_048_576));
    await expect(decodeRequest(bomb, sha256)).rejects.toMatchObject({
      code: 'sync-page-too-large',
    });
  });

  test('with any byte altered is refused or says the same', async () => {
    const bytes = await carry(signedStream(3));
    const whole = await decodeRequest(bytes, sha256);
    await fc.assert(
      fc.asyncProperty(
        fc.nat(bytes.length - 1),
        fc.integer({ min: 1, max: 255 }),
        async (at, by) => {
          const hurt = Buffer.from(bytes);
          hurt[at] = (hurt[at] ?? 0) ^ by;
          const decoded = await decodeRequest(hurt, sha256).catch(
            (error: { code: string }) => error.code,
          );
          if (typeof decoded === 'string') expect(decoded).toMatch(/^sync-page-/);
          else expect(decoded).toEqual(whole);
        },
      ),
      { numRuns: 300 },
    );
  });
});

describe('ops', () => {
  const known = () => ({ publicKey, revokedAt: null });

  test('that their author signed are kept, up to the last signature', () => {
    const signed = signedStream(3);
    const next = sealOp(op(4), signed[2]?.head ?? '', sha256);
    expect(verifiedOps([...signed, next], known)).toEqual({ ops: signed, forged: [] });
  });

  test('of a stranger, with another signature or without one are dropped, and told of', () => {
    const signed = signedStream(3);
    const wrong = signed.map((one) =>
      one.signature
        ? { ...one, signature: signOps(author, { stream: STREAM, q: 9, head: one.head }) }
        : one,
    );
    const bare = signed.map(({ op: inner, previousHead, head }) => ({
      op: inner,
      previousHead,
      head,
    }));
    expect(verifiedOps(signed, () => undefined)).toEqual({ ops: [], forged: [STREAM] });
    expect(verifiedOps(wrong, known)).toEqual({ ops: [], forged: [STREAM] });
    expect(verifiedOps(bare, known)).toEqual({ ops: [], forged: [STREAM] });
  });

  test('that a relay altered carry no signature that fits', () => {
    const signed = signedStream(3);
    const last = signed[2];
    if (!last) throw new Error('three ops');
    const forged = sealOp({ ...op(3), fields: { name: 'mine' } }, last.previousHead, sha256);
    const relayed = [...signed.slice(0, 2), { ...forged, signature: last.signature ?? '' }];
    expect(verifiedOps(relayed, known)).toEqual({ ops: [], forged: [STREAM] });
  });
});

test('an answer arrives as it left', async () => {
  const word = {
    node: '01900000-0000-7000-8000-0000000000c1',
    epoch: 1,
    from: 5,
    upTo: 6,
    scopeVersion: 2,
    digest: 'cd'.repeat(32),
    at: 7,
  };
  const envelope = sealEnvelope(author, { type: 'page', tenantId: TENANT, ...word });
  const voucher = { word, sealed: JSON.stringify(envelope) };
  const mark = { g: 6, stream: STREAM, q: 2, head: 'ab'.repeat(32), holes: [1] };
  const decided = [[STREAM, { q: 2, head: 'ab'.repeat(32), holes: new Set([1]) }]] as const;
  const field = { value: { a: [1, null] }, g: 6, hlc: '0'.repeat(16), stream: STREAM, q: 2 };
  const row = {
    id: 'x',
    type: 'organization',
    home: 'a',
    g: 6,
    ref: null,
    isDeleted: false,
    fields: { f: field },
  };
  const entry = {
    g: 6,
    row,
    previousHome: null,
    alias: null,
    rewritten: [],
    lost: [],
    stream: STREAM,
    q: 2,
    home: 'a',
    type: 'organization',
    reason: null,
  };
  const response: SyncResponse = {
    from: 'cloud',
    requestNumber: 3,
    epoch: 1,
    scopeVersion: 2,
    status: 'ok',
    received: [{ stream: STREAM, upTo: 2, extra: [4] }],
    page: { from: 5, upTo: 6, entries: [entry], marks: [mark], vouchers: [voucher] },
    snapshot: {
      at: 6,
      after: null,
      rows: [row],
      next: 'x',
      aliases: [{ from: 'a', to: 'b', home: 'a' }],
      decided,
    },
    reset: decided,
    foreign: signedStream(1),
  };
  const carried = { tenantId: TENANT, response, checkpoint: null, t1: 1, t2: 2 };
  expect(await decodeResponse(await encodeResponse(carried), TENANT)).toEqual(carried);
});
