import { randomBytes } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { encodeBase64Url } from '@wardgrid/base';
import { systemClock } from '@wardgrid/base/system';
import { encodeRequest } from '@wardgrid/controller/features/sync/exchange/messages';
import { signRequest } from '@wardgrid/controller/features/sync/exchange/signing';
import { sealOp, type SealedOp, type SyncRequest } from '@wardgrid/sync';
import { createSigner, signOps, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  controllerRoutes,
  findingRoutes,
  joinTokenRoutes,
  organizationRoutes,
  Problem,
  rootNodeOf,
  SYNC_PATH,
  type Organization,
} from '@wardgrid/wire';
import { createHash } from 'node:crypto';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* Whoever speaks to the cloud as a controller: one that joined, its stolen key, and strangers. */

let cloud: TestController;
let local: TestController;
let root: SignedIn;
let organization: Organization;
let node: { readonly id: string; readonly tenantId: string; readonly signer: Signer };

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  [organization] = (await root.call(organizationRoutes.list, { query: {} })).data as [Organization];
  const { value: token } = await root.call(joinTokenRoutes.create, {
    body: { name: 'Site', scope: organization.scope },
  });
  local = await startTestController({ config: { role: 'local', parent: cloud.url, token } });
  const { platform } = local.controller;
  node = {
    id: platform.keys.controllerId,
    tenantId: platform.place.membership()?.tenantId ?? '',
    signer: platform.keys.node,
  };
  // Its key is somebody else's from here on.
  await local.controller.close();
}, 60_000);
afterAll(async () => {
  await local.close();
  await cloud.close();
});

const sha256 = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();
const STREAM = (): string => `${node.id}/00112233aabbccdd/ctl`;

function renaming(name: string, stream = STREAM()): SealedOp {
  const op = {
    opId: encodeBase64Url(randomBytes(12)),
    stream,
    q: 1,
    hlc: Date.now().toString(16).padStart(12, '0') + '0000',
    kind: 'patch' as const,
    type: 'organization',
    id: organization.id,
    home: null,
    fields: { name },
    seen: 0,
    by: 'thief@example.com',
    schemaVersion: 1,
  };
  return sealOp(op, '0'.repeat(64), sha256);
}

function signedBy(signer: Signer, sealed: SealedOp): SealedOp {
  const { op, head } = sealed;
  return { ...sealed, signature: signOps(signer, { stream: op.stream, q: op.q, head }) };
}

function page(ops: readonly SealedOp[], tenantId = node.tenantId): Promise<Buffer> {
  const request: SyncRequest = {
    from: node.id,
    requestNumber: 1,
    epoch: 1,
    scopeVersion: 1,
    cursor: 0,
    catchup: null,
    claim: { stream: STREAM(), last: ops.length, head: ops.at(-1)?.head ?? '0'.repeat(64) },
    streams: [],
    decided: [],
    ops,
  };
  return encodeRequest({ tenantId, request, reports: [], t0: Date.now() });
}

interface Changes {
  readonly signer?: Signer;
  readonly nodeId?: string;
  readonly to?: string;
  readonly rid?: string;
  readonly nowMs?: number;
  /** What is sent in place of what was signed. */
  readonly sent?: Buffer;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends a page as a controller would, but for the changes; the problem's code, or `ok`. */
async function send(body: Buffer, changes: Changes = {}): Promise<string> {
  const {
    signer = node.signer,
    nodeId = node.id,
    to = rootNodeOf(node.tenantId),
    rid = encodeBase64Url(randomBytes(16)),
    nowMs = Date.now(),
  } = changes;
  const request = { method: 'POST', path: SYNC_PATH, to, body };
  const headers = {
    ...signRequest({ signer, nodeId }, request, { rid, nowMs }),
    ...changes.headers,
  };
  const answer = await fetch(cloud.url + SYNC_PATH, {
    method: 'POST',
    headers,
    body: new Uint8Array(changes.sent ?? body),
  });
  if (answer.status === 200) return 'ok';
  return Problem.parse(await answer.json()).code;
}

const nameNow = async (): Promise<string> =>
  (await root.call(organizationRoutes.read, { params: { id: organization.id } })).name;
const findings = async (): Promise<string[]> => {
  const { data } = await root.call(findingRoutes.list, { query: {} });
  return data.map(({ rule }) => rule);
};
const stranger = createSigner(systemCryptography, new Uint8Array(32).fill(3));

test('a page of the controller itself is taken', async () => {
  expect(await send(await page([]))).toBe('ok');
});

test.each([
  ['with another key', 'node-signature-invalid', () => ({ signer: stranger })],
  ['of nobody', 'node-unknown', () => ({ nodeId: '01900000-0000-7000-8000-0000000000ff' })],
  ['of no id', 'node-unknown', () => ({ nodeId: 'nobody' })],
  ['meant for another', 'node-signature-invalid', () => ({ to: node.id })],
  ['made an hour ago', 'node-request-stale', () => ({ nowMs: Date.now() - 3_600_000 })],
  ['made in a year', 'node-request-stale', () => ({ nowMs: Date.now() + 31_536_000_000 })],
  ['without a signature', 'node-signature-invalid', () => ({ headers: { signature: 'sig1=::' } })],
  [
    'with a session of a person',
    'node-signature-invalid',
    () => ({ headers: { ...root.headers(), signature: '' } }),
  ],
] as const)('a page %s is refused', async (_, code, changes) => {
  expect(await send(await page([]), changes())).toBe(code);
});

test('a page with any bit flipped after it was signed is refused', async () => {
  const body = await page([signedBy(node.signer, renaming('Flipped'))]);
  for (let index = 0; index < body.length; index += 17) {
    const sent = Buffer.from(body);
    sent[index] = (sent[index] ?? 0) ^ 1;
    expect(await send(body, { sent })).toBe('node-signature-invalid');
  }
  expect(await send(body, { sent: body.subarray(0, -5) })).toBe('node-signature-invalid');
  expect(await nameNow()).toBe('Acme');
});

test('a request that is played again is refused, and told of', async () => {
  const body = await page([]);
  const rid = encodeBase64Url(randomBytes(16));
  expect(await send(body, { rid })).toBe('ok');
  expect(await send(body, { rid })).toBe('node-request-replayed');
  await expect.poll(findings).toContain('controller-identity-misused');
});

test('signed pages that do not fit are problems, and change nothing', async () => {
  const body = await page([signedBy(node.signer, renaming('Torn'))]);
  const torn = gzipSync(gunzipSync(body).toString().split('\n').slice(0, -2).join('\n'));
  expect(await send(torn)).toBe('sync-page-malformed');
  expect(await send(Buffer.from('no gzip'))).toBe('sync-page-malformed');
  expect(await send(gzipSync(Buffer.alloc(64 * 1_048_576)))).toBe('sync-page-too-large');
  expect(await send(randomBytes(2 * 1_048_576))).toBe('sync-page-too-large');
  expect(await send(await page([], '01900000-0000-7000-8000-0000000000aa'))).toBe(
    'sync-tenant-foreign',
  );
  expect(await nameNow()).toBe('Acme');
});

test('changes that their author did not sign count for nothing, and are told of', async () => {
  expect(await send(await page([renaming('Unsigned')]))).toBe('ok');
  expect(await send(await page([signedBy(stranger, renaming('Forged'))]))).toBe('ok');
  const foreign = `${rootNodeOf(node.tenantId)}/00112233aabbccdd/ctl`;
  expect(await send(await page([signedBy(node.signer, renaming('As the cloud', foreign))]))).toBe(
    'ok',
  );
  expect(await nameNow()).toBe('Acme');
  await expect.poll(findings).toContain('controller-change-forged');
});

test('a stolen key says nothing any more once it is revoked', async () => {
  await root.call(controllerRoutes.revoke, { params: { id: node.id }, body: { reason: 'stolen' } });
  const body = await page([signedBy(node.signer, renaming('Stolen'))]);
  expect(await send(body)).toBe('node-certificate-revoked');
  await systemClock.sleep(300, AbortSignal.timeout(5_000));
  expect(await nameNow()).toBe('Acme');
});
