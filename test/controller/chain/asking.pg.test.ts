import { createServer } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { encodeBase64Url, fingerprintText } from '@wardgrid/base';
import { systemClock, systemNewId, systemRandom } from '@wardgrid/base/system';
import { createSigner, fingerprintOf, signStatement, type Signer } from '@wardgrid/trust';
import { systemCryptography } from '@wardgrid/trust/system';
import {
  API_PREFIX,
  controllerRoutes,
  findingRoutes,
  joinCandidateRoutes,
  organizationRoutes,
  SignedAskResponse,
  tenantRoutes,
  type AskRequest,
  type JoinCandidate,
} from '@wardgrid/wire';
import { askRequestOf } from '../ask-request.ts';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* Controllers without a token: they ask, a person compares keys and lets them in. And those who would
   like to be let in, or to let in, and should not. */

const WITHIN = { timeout: 30_000, interval: 100 };
const CANDIDATES_MAX = 200;

let cloud: TestController;
let root: SignedIn;
let scope: string;
let parentKey: string;

beforeAll(async () => {
  cloud = await startTestController({ config: { trustedProxies: ['127.0.0.0/8'] } });
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  scope = data[0]?.scope ?? '';
  parentKey = encodeBase64Url(cloud.controller.platform.keys.node.publicKey);
}, 60_000);
afterAll(() => cloud?.close());

const fingerprintOfSigner = ({ publicKey }: Pick<Signer, 'publicKey'>): string =>
  fingerprintOf(systemCryptography, publicKey);

async function candidates(person: SignedIn = root): Promise<JoinCandidate[]> {
  const query = { limit: 500, sort: 'firstSeenAt' };
  return (await person.call(joinCandidateRoutes.list, { query })).data;
}

/** Starts a controller without a token; what its person is told is collected. */
function startAsking(config: object = {}) {
  const told: string[] = [];
  const stopping = new AbortController();
  const started = startTestController({
    config: { role: 'local', parent: cloud.url, ...config },
    say: (line) => told.push(line),
    signal: stopping.signal,
  });
  // Only its end is waited for, where it is stopped.
  started.catch(() => undefined);
  return {
    started,
    told,
    says: (words: RegExp) => expect.poll(() => told.join('\n'), WITHIN).toMatch(words),
    async stop() {
      stopping.abort(new Error('stopped'));
      await expect(started).rejects.toThrow();
    },
  };
}

const newSigner = (): Signer => createSigner(systemCryptography, systemRandom.bytes(32));

const requestOf = (signer: Signer, change: Partial<AskRequest> = {}): AskRequest =>
  askRequestOf(signer, { parentKey, ...change });

/** What is answered to a request: the kind of the answer, or the code of the problem. */
async function ask(request: AskRequest, from = '192.0.2.1'): Promise<string> {
  const response = await fetch(cloud.url + API_PREFIX + joinCandidateRoutes.ask.path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-forwarded-for': from },
    body: JSON.stringify(request),
  });
  const body: unknown = await response.json();
  if (response.ok) return SignedAskResponse.parse(body).answer.kind;
  return (body as { code: string }).code;
}

describe('a controller without a token', () => {
  test('asks, both sides show both keys, and it goes on by itself once it is let in', async () => {
    const newcomer = startAsking();
    await newcomer.says(/waits to be let in by 'Cloud'/);
    const [waiting] = await candidates();
    expect(waiting).toMatchObject({
      state: 'waiting',
      source: 'asked',
      role: 'local',
      scope: null,
    });
    const { fingerprint = '', parentFingerprint = '' } = waiting ?? {};
    const told = newcomer.told.join('\n');
    expect(told).toContain(`key of this controller:    ${fingerprintText(fingerprint)}`);
    expect(told).toContain(`key of the one it asks:    ${fingerprintText(parentFingerprint)}`);
    const params = { fingerprint };
    await expect(
      root.call(joinCandidateRoutes.approve, { params, body: { name: 'Kiel' } }),
    ).rejects.toMatchObject({ code: 'controller-scope-missing' });
    const body = { name: 'Kiel', scope };
    await root.call(joinCandidateRoutes.approve, { params, body });
    const local = await newcomer.started;
    try {
      expect(newcomer.told.at(-1)).toBe("let in as 'Kiel'");
      const { keys, place } = local.controller.platform;
      expect(place.membership()).toMatchObject({ name: 'Kiel', layer: 1, scope });
      expect(fingerprintOfSigner(keys.node)).toBe(fingerprint);
      const { data } = await root.call(controllerRoutes.list, { query: {} });
      expect(data.find(({ name }) => name === 'Kiel')).toMatchObject({
        state: 'active',
        approvedBy: 'root@example.com',
      });
      expect(await root.call(joinCandidateRoutes.read, { params })).toMatchObject({
        state: 'joined',
        decidedBy: 'root@example.com',
      });
      await expect(root.call(joinCandidateRoutes.deny, { params, body: {} })).rejects.toMatchObject(
        { code: 'controller-not-pending' },
      );
    } finally {
      await local.close();
    }
  }, 90_000);

  test('is told when it was turned away, and is a finding', async () => {
    const newcomer = startAsking();
    await newcomer.says(/waits to be let in/);
    const waiting = (await candidates()).find(({ state }) => state === 'waiting');
    const params = { fingerprint: waiting?.fingerprint ?? '' };
    await root.call(joinCandidateRoutes.deny, { params, body: { reason: 'nobody knows it' } });
    await newcomer.says(/turned away by 'Cloud' .* asks again in 10 minutes/);
    const query = { filter: 'rule:controller-turned-away' };
    const { data } = await root.call(findingRoutes.list, { query });
    expect(data).toHaveLength(1);
    expect(data[0]?.evidence).toMatchObject({
      fingerprint: fingerprintText(params.fingerprint),
      reason: 'nobody knows it',
    });
    const denied = (await candidates()).find((one) => one.fingerprint === params.fingerprint);
    expect(denied).toMatchObject({ state: 'denied', decidedBy: 'root@example.com' });
    await newcomer.stop();
  }, 60_000);

  test('asks nobody but the one whose key it was told', async () => {
    const before = (await candidates()).length;
    const newcomer = startAsking({ parentKey: '0123-4567-89ab-cdef-0123-4567-89ab-cdef' });
    await newcomer.says(/nobody here has the key 0123-4567-.* but 'Cloud'/);
    expect(await candidates()).toHaveLength(before);
    await newcomer.stop();
  }, 60_000);

  test('stands below whom it fits', async () => {
    const newcomer = startAsking({ role: 'sub-local' });
    await newcomer.says(/stands a local controller: start it with --role local/);
    await newcomer.stop();
    const asked = requestOf(newSigner(), { role: 'sub-local' });
    expect(await ask(asked)).toBe('join-refused');
  }, 60_000);

  test('is let in by nobody who stands between it and the one it asks', async () => {
    const evil = newSigner();
    // Introduces whoever is asked truly, and answers in their place.
    const server = createServer((request, response) => {
      const { url = '' } = request;
      response.setHeader('content-type', 'application/json');
      if (request.method === 'GET') {
        void fetch(cloud.url + url).then(async (answer) => response.end(await answer.text()));
        return;
      }
      const answer = { kind: 'denied', retryAfterMs: 3_600_000, serverTime: systemClock.now() };
      const signature = signStatement(evil, 'answer', { request: '', answer });
      response.end(JSON.stringify({ answer, signature }));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const newcomer = startAsking({ parent: `http://127.0.0.1:${port}` });
    await newcomer.says(/is not signed by the one that was asked/);
    expect(newcomer.told.join('\n')).not.toMatch(/turned away/);
    await newcomer.stop();
    await new Promise((resolve) => server.close(resolve));
  }, 60_000);
});

describe('who asks', () => {
  test('with a proof of another key, for another controller, or again is refused', async () => {
    const signer = newSigner();
    const request = requestOf(signer);
    expect(await ask({ ...request, name: 'changed' })).toBe('join-proof-invalid');
    const other = encodeBase64Url(newSigner().publicKey);
    expect(await ask(requestOf(signer, { parentKey: other }))).toBe('join-refused');
    const old = requestOf(signer, { issuedAt: systemClock.now() - 3_600_000 });
    expect(await ask(old)).toBe('join-refused');
    expect(await ask(request, '192.0.2.2')).toBe('pending');
    expect(await ask(request, '192.0.2.3')).toBe('join-proof-invalid');
    const { nodeId } = request;
    expect(await ask(requestOf(signer, { nodeId }), '192.0.2.2')).toBe('pending');
    expect(await ask(requestOf(signer), '192.0.2.4')).toBe('join-proof-invalid');
  });

  test('under the id of another is another, and is not let in with it', async () => {
    const [one, two] = [newSigner(), newSigner()];
    const nodeId = systemNewId();
    const again = (signer: Signer) => ask(requestOf(signer, { nodeId }), '192.0.2.5');
    expect([await again(one), await again(two)]).toEqual(['pending', 'pending']);
    const fingerprint = fingerprintOfSigner(one);
    const rival = await root.call(joinCandidateRoutes.read, { params: { fingerprint } });
    expect(rival.hasRival).toBe(true);
    const body = { name: 'Rostock', scope };
    await root.call(joinCandidateRoutes.approve, { params: { fingerprint }, body });
    expect([await again(two), await again(one), await again(one)]).toEqual([
      'pending',
      'joined',
      'joined',
    ]);
    const second = { params: { fingerprint: fingerprintOfSigner(two) }, body };
    await root.call(joinCandidateRoutes.approve, second);
    expect(await again(two)).toBe('join-proof-invalid');
    const { data } = await root.call(controllerRoutes.list, { query: { filter: 'name:Rostock' } });
    expect(data.map(({ id }) => id)).toEqual([nodeId]);
    await root.call(controllerRoutes.revoke, { params: { id: nodeId }, body: {} });
    expect(await again(one)).toBe('controller-revoked');
  });

  test('is nobody’s at the cloud: a tenant sees it by its whole fingerprint alone, and takes it to itself alone', async () => {
    const tenant = await root.call(tenantRoutes.create, {
      body: { name: 'Other', licence: { seats: 5, validDays: 30 } },
    });
    const person = await cloud.addAccount(root, {
      email: 'other@example.com',
      name: 'Other',
      kind: 'admin',
      scope: tenant.scope,
      reach: 'subtree',
      assignments: [{ role: 'owner', scope: tenant.scope, effect: 'allow', expiresAt: null }],
    });
    const signer = newSigner();
    const nodeId = systemNewId();
    expect(await ask(requestOf(signer, { nodeId }), '192.0.2.6')).toBe('pending');
    expect(await candidates(person)).toEqual([]);
    const params = { fingerprint: fingerprintOfSigner(signer) };
    expect(await person.call(joinCandidateRoutes.read, { params })).toMatchObject(params);
    await expect(person.call(joinCandidateRoutes.deny, { params, body: {} })).rejects.toMatchObject(
      { code: 'not-found' },
    );
    await expect(
      person.call(joinCandidateRoutes.approve, { params, body: { scope } }),
    ).rejects.toMatchObject({ code: 'not-found' });
    // With two tenants it has to be said where the finding belongs.
    await expect(root.call(joinCandidateRoutes.deny, { params, body: {} })).rejects.toMatchObject({
      code: 'controller-scope-missing',
    });
    const body = { scope: tenant.scope };
    await person.call(joinCandidateRoutes.approve, { params, body });
    expect(await candidates(person)).toMatchObject([
      { ...params, tenantId: tenant.id, name: 'box' },
    ]);
    expect(await ask(requestOf(signer, { nodeId }), '192.0.2.6')).toBe('joined');
  });

  test('in floods displaces itself, and nobody else', async () => {
    const quiet = newSigner();
    expect(await ask(requestOf(quiet, { name: 'quiet' }), '198.51.100.1')).toBe('pending');
    const codes = new Set<string>();
    for (let count = 0; count < CANDIDATES_MAX + 60; count += 1) {
      codes.add(await ask(requestOf(newSigner(), { name: `flood ${count}` }), '203.0.113.9'));
    }
    expect([...codes].toSorted()).toEqual(['pending', 'rate-limited']);
    for (let count = 0; count < CANDIDATES_MAX; count += 1) {
      await ask(requestOf(newSigner(), { name: `more ${count}` }), '203.0.113.10');
    }
    const waiting = (await candidates()).filter(({ state }) => state === 'waiting');
    expect(waiting.length).toBe(CANDIDATES_MAX);
    expect(waiting.map(({ name }) => name)).toContain('quiet');
  }, 60_000);
});
