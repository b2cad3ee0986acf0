/**
 * Real PostgreSQL servers for tests: the embedded one that controllers bring along and the oldest
 * supported one, Debian's. Both are started once a run by `global-setup.ts`, on private sockets, and
 * are gone afterwards. A test takes a database of its own with `createDatabase`.
 */
import { createHash } from 'node:crypto';
import { systemNewId } from '@wardgrid/base/system';
import type { PostgresConnection } from '@wardgrid/controller/platform/postgres/index';
import { Client } from 'pg';
import { inject } from 'vitest';

/** One server of the run. */
export interface TestServer {
  readonly name: 'embedded' | 'debian';
  /** As in production: a user who may make databases and roles and is no superuser. */
  readonly connection: PostgresConnection;
  /** The superuser, for looking behind the curtain. */
  readonly maintenance: PostgresConnection;
}

/** How a template is made, once a run and server. */
export interface TestTemplate {
  /** Different for every different `migrate`. */
  readonly name: string;
  /** Fills an empty database; must close what it opens. */
  readonly migrate: (connection: PostgresConnection) => Promise<void>;
}

/** A database of one test. */
export interface TestDatabase extends AsyncDisposable {
  readonly connection: PostgresConnection;
  /** Removes it, whoever is still connected. */
  readonly drop: () => Promise<void>;
}

declare module 'vitest' {
  interface ProvidedContext {
    readonly testServers: readonly TestServer[];
  }
}

/** Any number of ours: the lock that lets one worker of the run make a template. */
const TEMPLATE_LOCK = 8_151_115;

/** The run's servers; use as `describe.each(openTestServers())`. */
export function openTestServers(): readonly TestServer[] {
  const servers = inject('testServers');
  if (servers.length > 0) return servers;
  throw new Error('no servers: name the file *.pg.test.ts or put it into test/journeys');
}

/** The server that installed controllers use, for tests that need only one. */
export function openEmbeddedServer(): TestServer {
  const server = openTestServers().find(({ name }) => name === 'embedded');
  if (server) return server;
  throw new Error('the run has no embedded server');
}

/** A fresh database, copied from a template that is migrated once a run. */
export async function createDatabase(
  server: TestServer,
  template: TestTemplate,
): Promise<TestDatabase> {
  const source = await makeTemplate(server, template);
  const name = `test_${systemNewId().replaceAll('-', '')}`;
  await run(server, `create database ${name} template ${source}`);
  const drop = (): Promise<void> => run(server, `drop database if exists ${name} with (force)`);
  return {
    connection: { ...server.connection, database: name },
    drop,
    [Symbol.asyncDispose]: drop,
  };
}

async function makeTemplate(server: TestServer, template: TestTemplate): Promise<string> {
  const digest = createHash('sha256').update(template.name).digest('hex').slice(0, 16);
  const name = `template_${digest}`;
  // Made under another name, so that a failed migration never looks like a template.
  const partial = `${name}_partial`;
  await withClient(server, async (client) => {
    if (await isPresent(client, name)) return;
    await client.query('select pg_advisory_lock($1)', [TEMPLATE_LOCK]);
    if (await isPresent(client, name)) return;
    await client.query(`drop database if exists ${partial} with (force)`);
    await client.query(`create database ${partial}`);
    await template.migrate({ ...server.connection, database: partial });
    await client.query(`alter database ${partial} rename to ${name}`);
  });
  return name;
}

async function isPresent(client: Client, name: string): Promise<boolean> {
  const { rowCount } = await client.query('select from pg_database where datname = $1', [name]);
  return rowCount === 1;
}

async function run(server: TestServer, sql: string): Promise<void> {
  await withClient(server, async (client) => {
    await client.query(sql);
  });
}

/** Closing the connection also gives back the lock. */
async function withClient(
  server: TestServer,
  work: (client: Client) => Promise<void>,
): Promise<void> {
  const client = new Client(server.connection);
  client.on('error', () => undefined);
  await client.connect();
  try {
    await work(client);
  } finally {
    await client.end();
  }
}
