import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { silentLog, type Clock } from '@wardgrid/base';
import { systemClock, systemNewId } from '@wardgrid/base/system';
import { Config, startController, type Controller } from '@wardgrid/controller';
import { Client } from 'pg';
import { createDatabase, openEmbeddedServer } from '../database/database.ts';
import { makeTestDirectory } from '../database/directory.ts';

/** Two controllers on one database, and a look behind them. */
export interface Program {
  readonly controller: Controller;
  /** The same, with the explicit predicate left out of every query: row-level security alone. */
  readonly blind: Controller;
  /** The superuser: sees and writes everything. */
  readonly client: Client;
  /** As the controllers connect. */
  readonly connection: object;
  readonly close: () => Promise<void>;
}

/** How much slower the controllers' time goes: signed in once, all stay so, however loaded the machine. */
const SLOWNESS = 10;

/** A clock that starts now and is in no hurry; who waits, waits as long as ever. */
function slowClock(): Clock {
  const startMs = systemClock.now();
  const now = (): number => Math.round(startMs + (systemClock.now() - startMs) / SLOWNESS);
  return { ...systemClock, now };
}

/** Starts both. */
export async function startProgram(): Promise<Program> {
  const directory = await makeTestDirectory();
  const server = openEmbeddedServer();
  const database = await createDatabase(server, { name: 'empty', migrate: async () => undefined });
  const data = join(directory.path, 'data');
  await mkdir(data, { recursive: true, mode: 0o700 });
  // No rules: what they publish in the background would look like a change.
  const rulesFolder = join(directory.path, 'rules');
  await mkdir(rulesFolder);
  const { host, port, user, database: name } = database.connection;
  const config = Config.parse({
    data,
    listen: '127.0.0.1:0',
    database: `postgres://${user}@/${name}?host=${encodeURIComponent(host)}&port=${port}`,
    logLevel: 'warn',
    poolSize: 6,
    // No device is missed while a test looks: workers would open incidents in between.
    exchangeIntervalMs: 3_600_000,
  });
  const options = {
    config,
    clock: slowClock(),
    newId: systemNewId,
    log: silentLog,
    requestsPerMinute: 1_000_000,
    rulesFolder,
  };
  const controller = await startController(options);
  const blind = await startController({ ...options, isPredicateOff: true });
  const client = new Client({ ...server.maintenance, database: name });
  await client.connect();
  return {
    controller,
    blind,
    client,
    connection: database.connection,
    async close() {
      await client.end();
      await blind.close();
      await controller.close();
      await database.drop();
      await directory.remove();
    },
  };
}
