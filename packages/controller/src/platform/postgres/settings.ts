import { chmod, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** The superuser: for making roles and databases, never for the controller's own queries. */
export const MAINTENANCE_USER = 'postgres';

/** The controller's user: owns its database, may make databases and roles, is no superuser. */
export const CONTROLLER_USER = 'wardgrid';

/** PostgreSQL's name of a setting and its value, unquoted. */
export type Settings = Readonly<Record<string, string | number | boolean>>;

/**
 * Fit for a machine of 2 cores and 2 GB that does other things too. Every commit is on the disk
 * before it is acknowledged. The log names errors without rows or statements, which hold people's
 * data.
 */
const SETTINGS: Settings = {
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: 60,
  superuser_reserved_connections: 3,
  shared_buffers: '128MB',
  effective_cache_size: '512MB',
  work_mem: '8MB',
  maintenance_work_mem: '64MB',
  max_parallel_workers_per_gather: 1,
  max_parallel_maintenance_workers: 1,
  autovacuum_max_workers: 2,
  autovacuum_vacuum_scale_factor: 0.05,
  autovacuum_analyze_scale_factor: 0.05,
  random_page_cost: 1.1,
  jit: false,
  fsync: true,
  synchronous_commit: true,
  full_page_writes: true,
  // Replica rather than minimal: a copy of the running database can be made. No walsenders.
  wal_level: 'replica',
  max_wal_senders: 0,
  max_logical_replication_workers: 0,
  wal_compression: true,
  min_wal_size: '80MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  idle_in_transaction_session_timeout: '60s',
  password_encryption: 'scram-sha-256',
  timezone: 'UTC',
  log_timezone: 'UTC',
  lc_messages: 'C',
  logging_collector: false,
  log_destination: 'stderr',
  log_line_prefix: '%m [%p] ',
  log_min_messages: 'warning',
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: false,
};

/** Paths of the files that `writeConfiguration` made. */
export interface ConfigurationFiles {
  readonly settings: string;
  readonly access: string;
  readonly users: string;
}

/**
 * Writes the three files of the configuration, anew at every start, into a folder that the server
 * reads and cannot write: a server taken over cannot let others in by its own files.
 */
export async function writeConfiguration(options: {
  readonly dir: string;
  readonly socketDir: string;
  readonly port: number;
  readonly mark: string;
  readonly clientName: string;
  readonly settings: Settings;
}): Promise<ConfigurationFiles> {
  const files = {
    settings: join(options.dir, 'postgresql.conf'),
    access: join(options.dir, 'pg_hba.conf'),
    users: join(options.dir, 'pg_ident.conf'),
  };
  const settings: Settings = {
    ...SETTINGS,
    ...options.settings,
    port: options.port,
    unix_socket_directories: quoteListItem(options.socketDir),
    hba_file: files.access,
    ident_file: files.users,
    cluster_name: options.mark,
  };
  await replaceFile(files.settings, formatSettings(settings));
  // The kernel says who is at the other end of the socket; only this process's user is mapped.
  await replaceFile(files.access, 'local all all peer map=controller\n');
  const users = [MAINTENANCE_USER, CONTROLLER_USER];
  const client = quoteToken(options.clientName);
  await replaceFile(files.users, users.map((user) => `controller ${client} ${user}\n`).join(''));
  return files;
}

/** The text of a `postgresql.conf`. */
export function formatSettings(settings: Settings): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name} = ${formatValue(value)}\n`)
    .join('');
}

function formatValue(value: string | number | boolean): string {
  if (typeof value === 'boolean') return value ? 'on' : 'off';
  if (typeof value === 'number') return String(value);
  return `'${value.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`;
}

/** The list of socket folders is split at commas unless quoted as an identifier. */
function quoteListItem(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

function quoteToken(text: string): string {
  return `"${text.replaceAll('"', '""')}"`;
}

async function replaceFile(path: string, text: string): Promise<void> {
  await writeFile(`${path}.new`, text, { mode: 0o644 });
  await chmod(`${path}.new`, 0o644);
  await rename(`${path}.new`, path);
}
