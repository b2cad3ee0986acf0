import { readFile } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { silentLog } from '@wardgrid/base';
import { migrate } from '@wardgrid/controller/platform/migrate';
import { createDatabase, openTestServers, type TestDatabase } from './database.ts';

const MIGRATION = new URL('../../packages/controller/migrations/0025_people.sql', import.meta.url);

/* What was kept by address before is kept by reference, and what a rolled out policy said comes with it. */
describe.each(openTestServers())('people of before on PostgreSQL $name', (server) => {
  let temporary: TestDatabase;
  let client: pg.Client;
  beforeEach(async () => {
    temporary = await createDatabase(server, {
      name: 'people',
      migrate: (connection) => migrate(connection, silentLog),
    });
    client = new pg.Client(temporary.connection);
    await client.connect();
  });
  afterEach(async () => {
    await client.end();
    await temporary.drop();
  });

  test('are rewritten once, in rows and in timelines', async () => {
    const [tenant, organization, account] = [randomUUID(), randomUUID(), randomUUID()];
    const label = (id: string): string => id.replaceAll('-', '');
    const scope = `${label(tenant)}.${label(organization)}`;
    const place = [tenant, scope];
    await client.query(
      `insert into tenant (id, scope, name, public_key) values ($1, $2, 'T', 'k')`,
      [tenant, label(tenant)],
    );
    await client.query(
      `insert into organization (id, tenant_id, scope, name) values ($3, $1, $2, 'O')`,
      [...place, organization],
    );
    await client.query(
      `insert into account (id, tenant_id, scope, email, name, kind, layer, reach, state)
        values ($3, $1, $2, 'ada@x.test', 'Ada', 'admin', 1, 'subtree', 'active')`,
      [tenant, label(tenant), account],
    );
    const policy = randomUUID();
    await client.query(
      `insert into policy (id, tenant_id, scope, name, fields, created_at, changed_at, changed_by, version, rollout)
        values ($3, $1, $2, 'p', '{"mode":"strict"}', now(), now(), 'ada@x.test', 2, '{"from":1,"percent":5,"startedAt":0,"halt":null}')`,
      [...place, policy],
    );
    await client.query(
      `insert into policy_version (policy_id, version, tenant_id, scope, name, fields, locks, changed_at, changed_by)
        values ($3, 1, $1, $2, 'p', '{"mode":"detect"}', '{mode}', now(), 'ada@x.test')`,
      [...place, policy],
    );
    const texts = [
      'Acknowledged by ada@x.test: by ada@x.test, we look',
      'Closed by ada@x.test (findings resolved: 2)',
      'Reopened by ada@x.test',
      'Closed by gone@x.test',
      'a device is by itself',
    ];
    await client.query(
      `insert into incident (id, tenant_id, organization_id, scope, kind, dedupe_key, title, severity, state, opened_at, timeline, closed_by)
        values ($3, $1, $4, $2, 'threat', 'k', 't', 3, 'open', now(), $5, 'Wardgrid')`,
      [
        ...place,
        randomUUID(),
        organization,
        JSON.stringify(texts.map((text) => ({ at: '', text }))),
      ],
    );
    const text = await readFile(MIGRATION, 'utf8');
    const rewriting = text.slice(text.indexOf('set local role wardgrid_ingest'));
    await client.query(`begin; ${rewriting} commit`);

    const by = `account:${account}@${label(tenant)}`;
    const policies = await client.query('select changed_by, rollout from policy');
    const before = { fields: { mode: 'detect' }, locks: ['mode'] };
    const rollout = { from: 1, percent: 5, startedAt: 0, halt: null, before };
    expect(policies.rows).toEqual([{ changed_by: by, rollout }]);
    const versions = await client.query('select changed_by from policy_version');
    expect(versions.rows).toEqual([{ changed_by: by }]);
    const incidents = await client.query('select closed_by, timeline from incident');
    expect(incidents.rows).toEqual([
      {
        closed_by: 'Wardgrid',
        timeline: [
          { at: '', text: 'Acknowledged: by ada@x.test, we look', by },
          { at: '', text: 'Closed (findings resolved: 2)', by },
          { at: '', text: 'Reopened', by },
          { at: '', text: 'Closed by gone@x.test' },
          { at: '', text: 'a device is by itself' },
        ],
      },
    ]);
  });

  test('what a hostile controller wrote in place of a reference breaks nothing, and names nobody', async () => {
    const stranger = randomUUID();
    await client.query(
      `insert into tenant (id, scope, name, public_key) values ($1, $2, 'Secret', 'k')`,
      [stranger, stranger.replaceAll('-', '')],
    );
    const own = randomUUID().replaceAll('-', '');
    const told = async (value: string): Promise<string> => {
      const { rows } = await client.query<{ name: string }>(
        'select person_of($1, $2::ltree) as name',
        [value, own],
      );
      return rows[0]?.name ?? '';
    };
    const nobody = randomUUID();
    expect(await told(`account:${nobody}@${stranger.replaceAll('-', '')}`)).toBe('@');
    expect(await told(`account:${nobody}@platform`)).toBe('@Platform');
    for (const value of [
      '',
      'account:',
      'account:x@y',
      `account:${nobody}@`,
      `account:${'-'.repeat(36)}@platform`,
    ]) {
      expect(await told(value)).toBe(value);
    }
  });
});
