import { controllerRoutes, rootNodeOf, SYNC_THROUGH_PATH } from '@wardgrid/wire';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  askThrough,
  emptyPage,
  problemIn,
  signedBy,
  wrappedPage,
} from '../controller/chain/node-voice.ts';
import { startRelayedSite, type RelayedSite } from '../controller/chain/relayed-site.ts';

/*
 * What a relay hands on to the cloud, word for word, it hands on for those below it alone, and the cloud answers
 * to whoever signed it alone. No route of the API, so that the matrix has no entry for it.
 */

let site: RelayedSite;

beforeAll(async () => {
  site = await startRelayedSite();
}, 120_000);
afterAll(() => site?.close());

test('what the controller below says is handed on, and the answer handed back', async () => {
  const { child, relay } = site;
  const heard = await askThrough({ voice: child, relay }, await wrappedPage(child));
  expect(heard).toMatchObject({ code: 'ok', answer: { status: 200 } });
});

test('a controller of another tenant gets nothing through it, with or without its certificate', async () => {
  const { foreign, child, relay } = site;
  const body = await wrappedPage(foreign);
  expect(await askThrough({ voice: foreign, relay }, body)).toMatchObject({
    code: 'node-certificate-invalid',
  });
  const bare = { ...foreign, certificate: '' };
  expect(await askThrough({ voice: bare, relay }, body)).toMatchObject({
    code: 'node-unknown',
  });
  // Nor with the certificate of the one that may.
  const borrowed = { ...foreign, certificate: child.certificate };
  expect(await askThrough({ voice: borrowed, relay }, body)).toMatchObject({
    code: 'node-certificate-invalid',
  });
});

test('a controller beside it gets nothing through it, nor does it itself', async () => {
  const { sibling, own, relay } = site;
  expect(await askThrough({ voice: sibling, relay }, await wrappedPage(sibling))).toMatchObject({
    code: 'node-unknown',
  });
  expect(await askThrough({ voice: own, relay }, await wrappedPage(own))).toMatchObject({
    code: 'node-unknown',
  });
});

test('the one below speaks for itself alone: what another signed the cloud answers to nobody else', async () => {
  const { child, sibling, foreign, relay } = site;
  // It carries a page of the sibling, whose answer would be signed for the sibling, and be nobody's to change.
  for (const other of [sibling, foreign]) {
    const page = await emptyPage(other);
    const to = rootNodeOf(other.tenantId);
    const forged = await wrappedPage(child, {
      sent: page,
      headers: {
        ...signedBy(other, { path: '/api/v1/sync', to, body: page }, { signer: child.signer }),
      },
    });
    expect(problemIn(await askThrough({ voice: child, relay }, forged))).toBe(
      'node-signature-invalid',
    );
  }
  // Its own signature under the name of another tenant: the cloud has another name there.
  const renamed = await wrappedPage(child, { to: rootNodeOf(foreign.tenantId) });
  expect(problemIn(await askThrough({ voice: child, relay }, renamed))).toBe(
    'node-signature-invalid',
  );
});

test('neither a person nor a device gets through it, and the cloud hands on nothing', async () => {
  const { child, cloud, root, relay } = site;
  const body = await wrappedPage(child);
  for (const headers of [root.headers(), { authorization: 'Bearer x' }, {}]) {
    const response = await fetch(relay.url + SYNC_THROUGH_PATH, {
      method: 'POST',
      headers,
      body: new Uint8Array(body),
    });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ code: 'node-signature-invalid' });
  }
  expect(
    await askThrough({ voice: child, relay: cloud }, body, { to: rootNodeOf(child.tenantId) }),
  ).toMatchObject({
    code: 'upstream-unreachable',
  });
});

test('a controller that was revoked gets nothing through it, and nothing from the cloud', async () => {
  const { child, relay, root } = site;
  const { data } = await root.call(controllerRoutes.list, { query: {} });
  const id = data.find(({ name }) => name === 'Child')?.id ?? '';
  await root.call(controllerRoutes.revoke, { params: { id }, body: { reason: 'stolen' } });
  const codes = async (): Promise<string> => {
    const heard = await askThrough({ voice: child, relay }, await wrappedPage(child));
    return heard.code === 'ok' ? `cloud: ${problemIn(heard)}` : heard.code;
  };
  // The relay may not have heard of it yet; the cloud has.
  expect(['cloud: node-certificate-revoked', 'node-certificate-revoked']).toContain(await codes());
  await expect.poll(codes, { timeout: 20_000, interval: 200 }).toBe('node-certificate-revoked');
});
