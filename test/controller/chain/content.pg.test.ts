import { createHash, randomBytes } from 'node:crypto';
import { encodeBase64Url } from '@wardgrid/base';
import { signRequest } from '@wardgrid/controller/features/sync/exchange/signing';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  ContentStretch,
  joinTokenRoutes,
  organizationRoutes,
  Problem,
  rootNodeOf,
  ruleSetRoutes,
  SYNC_CONTENT_PATH,
  type Organization,
} from '@wardgrid/wire';
import { startTestController, type SignedIn, type TestController } from '../harness.ts';

/* The text of rules goes down to those who see a rule set made of it, and to nobody who merely knows its
   digest: two sites beside each other, asked over HTTP with their real keys. */

const WITHIN = { timeout: 20_000, interval: 50 };
const OURS =
  'title: Ours\nid: 7c1f0f1c-6a63-4f0b-9f64-0d8d7a1f3c11\nlogsource:\n  category: process_creation\n  product: linux\ndetection:\n  a:\n    Image|endswith: /evil\n  condition: a\nlevel: high\n';

let cloud: TestController;
let root: SignedIn;
const sites: Record<'berlin' | 'paris', { place: Organization; controller: TestController }> =
  {} as typeof sites;

beforeAll(async () => {
  cloud = await startTestController();
  root = await cloud.setUp();
  const { data } = await root.call(organizationRoutes.list, { query: {} });
  const berlin = data[0] as Organization;
  const { tenantId } = berlin;
  const paris = await root.call(organizationRoutes.create, { body: { name: 'Paris', tenantId } });
  for (const [name, place] of Object.entries({ berlin, paris })) {
    const { value: token } = await root.call(joinTokenRoutes.create, {
      body: { name, scope: place.scope },
    });
    const controller = await startTestController({
      config: { role: 'local', parent: cloud.url, token, syncIntervalMs: 500 },
    });
    sites[name as keyof typeof sites] = { place, controller };
  }
}, 90_000);
afterAll(async () => {
  await sites.paris?.controller.close();
  await sites.berlin?.controller.close();
  await cloud?.close();
});

/** Asks the cloud for content as the controller of a site does, with its key. */
async function ask(site: keyof typeof sites, digest: string): Promise<Buffer | string> {
  const { place, keys } = sites[site].controller.controller.platform;
  const body = Buffer.from(JSON.stringify({ digest, offset: 0 }));
  const to = rootNodeOf(place.membership()?.tenantId ?? '');
  const signed = signRequest(
    { signer: keys.node, nodeId: keys.controllerId },
    { method: 'POST', path: SYNC_CONTENT_PATH, to, body },
    { rid: encodeBase64Url(randomBytes(16)), nowMs: Date.now() },
  );
  const answer = await fetch(cloud.url + SYNC_CONTENT_PATH, {
    method: 'POST',
    headers: signed,
    body: new Uint8Array(body),
  });
  const told: unknown = await answer.json();
  if (answer.status !== 200) return Problem.parse(told).code;
  return Buffer.from(ContentStretch.parse(told).data, 'base64');
}

/** A rule set of one site, as its row would lie there: only the cloud's own people make some today. */
async function keepAt(
  controller: TestController,
  { tenantId, scope }: Organization,
  text: string,
): Promise<string> {
  const digest = createHash('sha256').update(text).digest('hex');
  await controller.controller.platform.database.pool.query(
    `with part as (insert into content_part (digest, kind, size_bytes, content)
        values ($1, 'rules', length($2::bytea), $2) on conflict do nothing)
      insert into rule_set (id, tenant_id, scope, name, format, licence, rules, size_bytes, digest, created_at, changed_at, changed_by)
        values (gen_random_uuid(), $3, $4::ltree, $5, 'sigma', 'MIT', 1, 1, $1, now(), now(), '')`,
    [digest, Buffer.from(text), tenantId, scope, `of ${digest.slice(0, 8)}`],
  );
  return digest;
}

test('what a rule set of the tenant is made of goes to every site', async () => {
  const { tenantId } = sites.berlin.place;
  const { digest } = await root.call(ruleSetRoutes.create, {
    body: {
      name: 'ours',
      tenantId,
      format: 'sigma',
      licence: 'MIT',
      files: [{ name: 'ours.yml', text: OURS }],
    },
  });
  await expect.poll(() => ask('berlin', digest), WITHIN).toBeInstanceOf(Buffer);
  const text = await ask('paris', digest);
  expect(text).toBeInstanceOf(Buffer);
  expect(createHash('sha256').update(text).digest('hex')).toBe(digest);
});

test('what a rule set of one site is made of goes to that site, and not to one beside it', async () => {
  const digest = await keepAt(cloud, sites.paris.place, 'rules of Paris alone');
  await expect.poll(() => ask('paris', digest), WITHIN).toBeInstanceOf(Buffer);
  expect(await ask('berlin', digest)).toBe('not-found');
});

test('whoever makes a rule set of a digest that it knows gets nothing by it', async () => {
  const stolen = await keepAt(cloud, sites.paris.place, 'what Paris looks for');
  await expect.poll(() => ask('paris', stolen), WITHIN).toBeInstanceOf(Buffer);
  // The thief has a part of that name, whatever is in it.
  const { controller, place } = sites.berlin;
  await keepAt(controller, place, 'what Paris looks for');
  const isKnown = async (): Promise<boolean> => {
    const { rowCount } = await cloud.controller.platform.database.pool.query(
      `select from rule_set s join sync_row r on r.row_id = s.id::text where s.digest = $1 and s.scope = $2::ltree`,
      [stolen, place.scope],
    );
    return rowCount === 1;
  };
  await expect.poll(isKnown, WITHIN).toBe(true);
  expect(await ask('berlin', stolen)).toBe('not-found');
});

test('who asks for nothing that is there is told the same', async () => {
  expect(await ask('berlin', '0'.repeat(64))).toBe('not-found');
});
