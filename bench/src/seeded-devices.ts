import { Client } from 'pg';
import type { ControllerProcess } from './controller-process.ts';

const ORGANIZATIONS = 40;
const GROUPS_PER_ORGANIZATION = 4;

/** Of ids as they stand in scopes: without dashes, below the tenant. */
const SCOPE = `(replace(tenant_id::text, '-', '') || '.' || replace(id::text, '-', ''))::ltree`;

/**
 * Puts organizations, groups and devices straight into the database, spread as an installation of
 * some years has them: most online, six systems, names in no order.
 */
export async function seedDevices(controller: ControllerProcess, count: number): Promise<void> {
  const client = new Client(controller.connection);
  await client.connect();
  try {
    await client.query('begin; set local role wardgrid_ingest; select setseed(0.42)');
    for (const statement of statementsFor(controller.tenantId, count)) {
      await client.query(statement);
    }
    await client.query('commit');
    await client.query('analyze');
  } finally {
    await client.end();
  }
}

function statementsFor(tenantId: string, count: number): string[] {
  return [
    `insert into organization (id, tenant_id, scope, name)
      select id, tenant_id, ${SCOPE}, 'Client ' || n from (
        select gen_random_uuid() as id, '${tenantId}'::uuid as tenant_id, n
        from generate_series(1, ${ORGANIZATIONS}) as n) as made`,
    `insert into device_group (id, tenant_id, organization_id, scope, name)
      select made.id, o.tenant_id, o.id, o.scope || replace(made.id::text, '-', ''), 'Group ' || n
      from organization o, lateral (
        select gen_random_uuid() as id, n
        from generate_series(1, ${GROUPS_PER_ORGANIZATION}) as n where o.id is not null) as made`,
    `create temporary table place on commit drop as
      select row_number() over () - 1 as n, id, organization_id, tenant_id, scope from device_group`,
    `create temporary table seed on commit drop as
      select gen_random_uuid() as id, n, random() as share, random() as other
      from generate_series(1, ${count}) as n`,
    `insert into device (id, tenant_id, organization_id, group_id, scope, name, hostname, os_family,
        os_name, os_version, architecture, agent_version, tags, public_key, fingerprint, local_ip,
        primary_cidr, mac_address, gateway_ip, enrolled_at)
      select s.id, p.tenant_id, p.organization_id, p.id, p.scope || replace(s.id::text, '-', ''),
        name, name, case when kind < 3 then 'windows' when kind < 5 then 'linux' else 'macos' end,
        (array['Windows', 'Windows', 'Windows Server', 'Debian GNU/Linux', 'Ubuntu', 'macOS'])[kind + 1],
        (array['10', '11', '2022', '12', '24.04', '15.1'])[kind + 1], 'x64',
        '1.' || (s.n % 5) || '.0', case when s.n % 20 = 0 then array['laptop'] else '{}' end,
        md5(s.id::text), md5(name), '10.0.0.0'::inet + (s.n * 7919 % 16000000),
        network(set_masklen('10.0.0.0'::inet + (s.n * 7919 % 16000000), 24)),
        '02:00:00:' || substr(md5(name), 1, 2) || ':' || substr(md5(name), 3, 2) || ':'
          || substr(md5(name), 5, 2), '10.0.0.1', now() - other * interval '700 days'
      from (select *, 'pc-' || substr(md5(n::text), 1, 6) || '-' || n as name,
          floor(share * 6)::int as kind from seed) as s
      join place p on p.n = s.n % (select count(*) from place)`,
    `insert into device_presence (device_id, tenant_id, scope, status, last_seen_at, public_ip,
        cpu_percent, memory_used_bytes, memory_total_bytes, disk_used_bytes, disk_total_bytes)
      select d.id, d.tenant_id, d.scope,
        case when other < 0.8 then 'online' when other < 0.95 then 'offline' else 'overdue' end,
        now() + interval '1 hour' - case when other < 0.8 then share * interval '60 seconds'
          else share * interval '90 days' end,
        '203.0.113.0'::inet + (n % 250), share * 100, share * 8e9, 16e9, other * 4e11, 5e11
      from device d join seed s on s.id = d.id`,
    `insert into device_link (device_id, tenant_id, exchanged_at)
      select d.id, d.tenant_id, now() from device d join seed s on s.id = d.id`,
  ];
}
