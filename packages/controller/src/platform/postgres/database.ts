import { Client } from 'pg';
import { CONTROLLER_USER, MAINTENANCE_USER } from './settings.ts';

/** How to reach a database: the fields that `pg` takes. */
export interface PostgresConnection {
  /** The folder of the server's Unix socket. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
}

/** The controller's database in a cluster of ours. */
export const CONTROLLER_DATABASE = 'wardgrid';

/** A local server that does not answer within this is not one. */
const CONNECT_MS_MAX = 10_000;

/**
 * Makes sure of the controller's user and database. The user is no superuser, so that what an
 * injected statement could do ends at the database: no file, no program, no other role.
 */
export async function prepareDatabase(
  server: Pick<PostgresConnection, 'host' | 'port'>,
): Promise<void> {
  const client = new Client({
    ...server,
    user: MAINTENANCE_USER,
    database: 'postgres',
    connectionTimeoutMillis: CONNECT_MS_MAX,
  });
  // A connection lost between two statements fails the next statement; that is enough to know.
  client.on('error', () => undefined);
  await client.connect();
  try {
    const role = await client.query('select from pg_roles where rolname = $1', [CONTROLLER_USER]);
    if (role.rowCount === 0) {
      await client.query(`create role ${CONTROLLER_USER} login createdb createrole`);
    }
    const found = await client.query('select from pg_database where datname = $1', [
      CONTROLLER_DATABASE,
    ]);
    if (found.rowCount === 0) {
      await client.query(`create database ${CONTROLLER_DATABASE} owner ${CONTROLLER_USER}`);
    }
  } finally {
    await client.end();
  }
}
