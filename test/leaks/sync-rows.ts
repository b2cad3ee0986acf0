import { randomUUID } from 'node:crypto';
import type { Client } from 'pg';
import type { Node } from './things.ts';

/** Rows of the tables of synchronisation that tell where something lies. */
const INSERTS: readonly string[] = [
  `insert into sync_row (tenant_id, row_id, type, scope, g, is_deleted, fields)
   values ($1, $2, 'thing', $3, 1, false, '{}')`,
  `insert into sync_log (tenant_id, g, stream, q, scope, type, entry)
   select $1, coalesce(max(g), 0) + 1, $2, 1, $3, 'thing', '{}' from sync_log`,
  `insert into sync_alias (tenant_id, from_id, to_id, scope) values ($1, $2, $2, $3)`,
  `insert into sync_outbox (tenant_id, row_id, type, kind, scope, seen)
   values ($1, $2, 'thing', 'create', $3, 0)`,
  `insert into sync_aside (tenant_id, type, row_id, scope, fields, reason, detail, is_written)
   values ($1, 'thing', $2, $3, '{}', '23505', 'thing_name', false)`,
  `insert into seat_lease (id, tenant_id, scope, seats, expires_at, changed_at)
   values ($2, $1, $3, 1, now(), now())`,
  // One a tenant, and older than every licence, so that nobody goes by it.
  `insert into licence_file (tenant_id, id, scope, envelope, features, seats, valid_from, valid_until, grace_days,
     issued_at, installed_at, installed_by)
   values ($1, $2, $3, '{}', '{}', 1, 'epoch', 'epoch', 0, 'epoch', now(), 'x') on conflict do nothing`,
];

/** Puts something into each of them at a node, past the program. */
export async function addSyncRows(client: Client, { tenantId, scope }: Node): Promise<void> {
  for (const insert of INSERTS) await client.query(insert, [tenantId, randomUUID(), scope]);
}
