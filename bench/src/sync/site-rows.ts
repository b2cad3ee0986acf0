import { Client } from 'pg';
import type { Organization } from '@wardgrid/wire';
import type { ControllerProcess } from '../controller-process.ts';

/** A connection into a controller's database, closed with its block. */
export interface Rows extends AsyncDisposable {
  readonly client: Client;
}

export async function openRows(connection: ControllerProcess['connection']): Promise<Rows> {
  const client = new Client(connection);
  await client.connect();
  await client.query('set role wardgrid_sync');
  return { client, [Symbol.asyncDispose]: () => client.end() };
}

/** Puts as many devices into an organization as an enrolment would: captured, and told to all in sight. */
export async function seedDevicesOf(
  { client }: Rows,
  { id, tenantId, scope }: Organization,
  count: number,
): Promise<void> {
  await client.query(
    `insert into device (id, tenant_id, organization_id, scope, name, hostname, os_family, os_name,
        os_version, architecture, agent_version, public_key, fingerprint, local_ip, primary_cidr,
        mac_address, gateway_ip)
      select id, $1, $2, $3::ltree || replace(id::text, '-', ''), name, name, 'linux', 'Debian GNU/Linux', '12', 'x64',
        '1.4.2', md5(id::text) || md5(name), md5(name), '10.0.0.0'::inet + n,
        network(set_masklen('10.0.0.0'::inet + n, 24)), '02:00:00:' || substr(md5(name), 1, 8), '10.0.0.1'
      from (select gen_random_uuid() as id, n, 'workstation-' || n as name from generate_series(1, $4::int) as n)`,
    [tenantId, id, scope, count],
  );
}

/** Whether all that was captured is decided. */
export async function isSealed({ client }: Rows): Promise<boolean> {
  const { rows } = await client.query<{ is: boolean }>(
    'select not exists (select from sync_outbox) as is',
  );
  return rows[0]?.is === true;
}

/** The last decision that is here; null where nothing syncs yet. */
export async function cursorIn({ client }: Rows): Promise<string | null> {
  const { rows } = await client.query<{ cursor: string }>(
    'select cursor from sync_tenant where baseline is null and catchup is null',
  );
  return rows[0]?.cursor ?? null;
}

export async function devicesIn({ client }: Rows): Promise<number> {
  const { rows } = await client.query<{ count: string }>('select count(*) from device');
  return Number(rows[0]?.count);
}
