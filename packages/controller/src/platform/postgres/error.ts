import { WardgridError } from '@wardgrid/base';

/** Why the embedded database could not be started. */
export type EmbeddedPostgresCode =
  | 'database-binaries-missing'
  | 'database-data-in-use'
  | 'database-data-unreachable'
  | 'database-data-version'
  | 'database-initialize-failed'
  | 'database-platform-unsupported'
  | 'database-socket-unsafe'
  | 'database-start-failed'
  | 'database-user-unavailable';

/** What `startEmbeddedPostgres` throws: a person must act on it, so the message says how. */
export class EmbeddedPostgresError extends WardgridError<EmbeddedPostgresCode> {}
