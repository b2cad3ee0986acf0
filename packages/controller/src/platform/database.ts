import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
  type RawBuilder,
} from 'kysely';
import pg from 'pg';
import { codeOf, type Log } from '@wardgrid/base';
import type { Access } from './access.ts';
import { ControllerError } from './error.ts';
import { predicateOf, settingsOf } from './row-security.ts';
import type { BusEvent } from '../topics.ts';

export type { Access } from './access.ts';

/** One transaction. Repositories are made for one, so that none can be forgotten. */
export interface Transaction {
  /** Runs a statement and returns its rows. A `name` prepares it once per connection. */
  readonly rows: <Row>(statement: RawBuilder<Row>, name?: string) => Promise<Row[]>;
  /** The only row, or undefined. */
  readonly row: <Row>(statement: RawBuilder<Row>, name?: string) => Promise<Row | undefined>;
  /** Runs a statement and returns how many rows it touched. */
  readonly run: (statement: RawBuilder<unknown>, name?: string) => Promise<number>;
  /** The predicate that every query on a tenant's table carries: the first lock, policies being the second. */
  readonly visible: (alias: string) => RawBuilder<boolean>;
  /** Tells all controllers after the commit, in commit order (an outbox by NOTIFY). */
  readonly publish: (event: BusEvent) => Promise<void>;
}

export interface Database {
  /** Runs `work` in one transaction with the rights of `access`; its effects are all kept or none. */
  readonly transact: <T>(access: Access, work: (tx: Transaction) => Promise<T>) => Promise<T>;
  readonly pool: pg.Pool;
  readonly close: () => Promise<void>;
}

/** The channel on which controllers tell each other. */
export const BUS_CHANNEL = 'wardgrid_bus';

/** Longest time a statement may take; a list that needs more is a bug or an attack. */
const STATEMENT_TIMEOUT_MS = 30_000;
/** How long a request waits for a connection before it is told to come back. */
const CONNECTION_TIMEOUT_MS = 5_000;

const compiler = new Kysely<Record<string, never>>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});

/** OIDs of PostgreSQL's own types (pg_type.dat). */
const INT8_OID = 20;
const TIMESTAMPTZ_OID = 1184;

/** Times leave PostgreSQL as epoch milliseconds, whole numbers as numbers. */
const types = new pg.TypeOverrides();
types.setTypeParser(INT8_OID, Number);
types.setTypeParser(TIMESTAMPTZ_OID, (text: string) => Date.parse(text));

export interface DatabaseOptions {
  readonly connection: pg.PoolConfig;
  readonly poolSize: number;
  readonly log: Log;
  /** Only for the test that shows the second lock to hold alone. */
  readonly isPredicateOff?: boolean;
}

/** A pool of connections, of which each transaction takes the rights it needs and no more. */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    ...options.connection,
    max: options.poolSize,
    connectionTimeoutMillis: CONNECTION_TIMEOUT_MS,
    options: `-c timezone=UTC -c statement_timeout=${STATEMENT_TIMEOUT_MS} -c idle_in_transaction_session_timeout=${STATEMENT_TIMEOUT_MS} -c jit=off`,
    types,
  });
  // A connection that dies in use fails its statements; unheard, its event would end the program.
  pool.on('connect', (client) => client.on('error', () => undefined));
  pool.on('error', (error) =>
    options.log.warn('database connection lost', { reason: error.message }),
  );

  async function transact<T>(access: Access, work: (tx: Transaction) => Promise<T>): Promise<T> {
    const client = await connect(pool);
    const line = createLine(client);
    let failure: Error | undefined;
    try {
      await client.query(`begin; ${settingsOf(access)}`);
      const result = await work(transactionOn(line, access, options.isPredicateOff === true));
      await line.close();
      await client.query('commit');
      return result;
    } catch (error) {
      await line.close();
      failure = await rollBack(client);
      throw isConnectionLost(error) ? unavailable(error) : error;
    } finally {
      client.release(failure);
    }
  }

  return { transact, pool, close: () => pool.end() };
}

async function connect(pool: pg.Pool): Promise<pg.PoolClient> {
  try {
    return await pool.connect();
  } catch (error) {
    throw unavailable(error);
  }
}

/** Undefined when the connection is clean again; otherwise why it must be thrown away. */
async function rollBack(client: pg.PoolClient): Promise<Error | undefined> {
  try {
    await client.query('rollback');
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error('rollback failed');
  }
}

/** The statements of one transaction, one behind the other. */
interface Line {
  /** Runs when those before it have. One that was asked while another ran that fails, fails with it. */
  readonly query: (statement: pg.QueryConfig) => Promise<pg.QueryResult>;
  /** Waits for what runs; nothing is run from then on. */
  readonly close: () => Promise<void>;
}

/**
 * Whoever needs several statements, none of which waits for another, may ask for them at once: while
 * the database works on the first, the parameters of the next are made.
 */
function createLine(client: pg.PoolClient): Line {
  let last: Promise<unknown> = Promise.resolve();
  let isClosed = false;
  return {
    query(statement) {
      const mine = last.then(() => {
        if (isClosed) throw new Error('the transaction has ended');
        return client.query(statement);
      });
      last = mine;
      // What is asked from now on does not fail with it: a savepoint may be gone back to.
      const settle = (): void => {
        if (last === mine) last = Promise.resolve();
      };
      mine.then(settle, settle);
      return mine;
    },
    async close() {
      isClosed = true;
      await last.catch(() => undefined);
    },
  };
}

function transactionOn(line: Line, access: Access, isPredicateOff: boolean): Transaction {
  async function query<Row>(statement: RawBuilder<Row>, name?: string): Promise<pg.QueryResult> {
    const compiled = statement.compile(compiler);
    return line.query({
      text: compiled.sql,
      values: [...compiled.parameters],
      ...(name === undefined ? {} : { name }),
    });
  }
  return {
    rows: async (statement, name) => (await query(statement, name)).rows,
    row: async (statement, name) => (await query(statement, name)).rows[0],
    run: async (statement, name) => (await query(statement, name)).rowCount ?? 0,
    visible: (alias) =>
      access.kind === 'visible' && !isPredicateOff
        ? predicateOf(access.visibility, alias)
        : sql<boolean>`true`,
    async publish(event) {
      await query(sql`select pg_notify(${BUS_CHANNEL}, ${JSON.stringify(event)})`, 'publish');
    },
  };
}

/** Classes of SQLSTATE that mean "the database is away": connection, resources, operator intervention. */
const AWAY = /^(?:08|53|57P)/;
const AWAY_NODE_CODES: ReadonlySet<string> = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOENT',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EACCES',
]);

function isConnectionLost(error: unknown): boolean {
  const code = codeOf(error);
  if (code !== undefined) return AWAY.test(code) || AWAY_NODE_CODES.has(code);
  return (
    error instanceof Error &&
    /Connection terminated|timeout exceeded when trying to connect|not queryable/.test(
      error.message,
    )
  );
}

/** Seconds after which a client may try again when the database is away. */
const RETRY_AFTER_SECONDS = 5;

/** SQLSTATE: no space is left where a table lies. Nothing of the transaction stays. */
const DISK_FULL = '53100';

function unavailable(cause: unknown): ControllerError {
  if (codeOf(cause) === DISK_FULL) {
    const detail =
      'the disk of this controller is full: nothing was changed; free some space on it';
    return new ControllerError('storage-full', detail, { cause });
  }
  return new ControllerError('unavailable', 'the database cannot be reached', {
    cause,
    retryAfterSeconds: RETRY_AFTER_SECONDS,
  });
}

/** Whether an error is the database refusing a duplicate in a unique index of this name. */
export function isDuplicateOf(error: unknown, constraint: string): boolean {
  return (
    codeOf(error) === '23505' &&
    typeof error === 'object' &&
    error !== null &&
    'constraint' in error &&
    error.constraint === constraint
  );
}
