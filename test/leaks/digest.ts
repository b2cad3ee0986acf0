import type { Client } from 'pg';

/** What any request may write, whatever it asks: none of it is about what was asked. */
const BOOKKEEPING: ReadonlyMap<string, string> = new Map([
  ['session', 'when a session was used last is noted'],
  ['api_token', 'when a token was used last is noted'],
  ['sign_in_failure', 'attempts are counted'],
  ['idempotency_key', 'answers are kept for repeats'],
  ['temporary_id', 'what was made is known by the name its maker gave'],
  ['platform_setting', 'workers note how far they are'],
]);

/** A digest of every table's rows: equal when nothing was changed, added or removed. */
export async function digestOf(client: Client): Promise<Readonly<Record<string, string>>> {
  const tables = await client.query<{ name: string }>(
    `select tablename as name from pg_tables where schemaname = 'public' order by tablename`,
  );
  const digests: Record<string, string> = {};
  for (const { name } of tables.rows) {
    if (BOOKKEEPING.has(name)) continue;
    const { rows } = await client.query<{ digest: string }>(
      `select count(*) || ':' || coalesce(md5(string_agg(t::text, '|' order by t::text)), '')
       as digest from "${name}" t`,
    );
    digests[name] = rows[0]?.digest ?? '';
  }
  return digests;
}
