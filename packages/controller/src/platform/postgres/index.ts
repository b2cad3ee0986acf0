/**
 * The embedded database: PostgreSQL's own programs, run as a child of the controller on a Unix
 * socket in its data folder. It owns that folder, the server process and who may connect. It must
 * not know a table: schema and queries belong to the features, connections to whoever opened them.
 */
export { type PostgresConnection } from './database.ts';
export {
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type EmbeddedPostgresOptions,
} from './embedded.ts';
export { EmbeddedPostgresError, type EmbeddedPostgresCode } from './error.ts';
