-- Networks, assets and their ports.
create table discovery_network (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null references organization on delete cascade,
  scope ltree not null,
  cidr cidr not null,
  -- Null where the network has no gateway. Tells apart networks that use the same numbers.
  gateway_mac text,
  name text,
  state text not null default 'reported' check (state in ('reported', 'approved', 'refused')),
  approved_by text,
  first_seen_at timestamptz not null,
  last_scan_at timestamptz
);
create unique index discovery_network_identity on discovery_network (organization_id, cidr, coalesce(gateway_mac, ''));
create index discovery_network_tenant on discovery_network (tenant_id);
-- Devices by the network they are on.
create index device_network on device (organization_id, primary_cidr);
call protect_table('discovery_network');

create table discovery_asset (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null,
  scope ltree not null,
  network_id uuid not null references discovery_network on delete cascade,
  ip inet not null,
  mac text,
  name text,
  names text[] not null default '{}',
  is_ignored boolean not null default false,
  -- No longer found by the last complete scans of its network.
  is_stale boolean not null default false,
  missed_scans int not null default 0,
  device_id uuid references device on delete set null,
  note text,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null
);
create index discovery_asset_tenant on discovery_asset (tenant_id, last_seen_at desc);
create index discovery_asset_network on discovery_asset (network_id, ip);
create index discovery_asset_mac on discovery_asset (network_id, mac);
create index discovery_asset_device on discovery_asset (device_id);
call protect_table('discovery_asset');

create table discovery_port (
  asset_id uuid not null references discovery_asset on delete cascade,
  port int not null check (port between 1 and 65535),
  transport text not null,
  tenant_id uuid not null,
  scope ltree not null,
  service text not null,
  product text,
  version text,
  banner text,
  tls jsonb,
  is_unauthenticated boolean,
  -- Seen by a scan of the usual ports: only such a scan may say that it is gone, since which ports
  -- are the usual ones is the agent's to know.
  is_top boolean not null default false,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  closed_at timestamptz,
  primary key (asset_id, transport, port)
);
call protect_table('discovery_port');

-- What a running scan has told so far: made into assets when the job ends.
create table discovery_result (
  job_id uuid not null references job on delete cascade,
  kind text not null check (kind in ('hosts', 'ports')),
  sequence bigint not null,
  tenant_id uuid not null,
  -- How many hosts or ports the content holds: what bounds the results of one job.
  items int not null check (items >= 0),
  content jsonb not null,
  primary key (job_id, sequence)
);
call restrict_table('discovery_result', 'wardgrid_ingest');

-- Scans whose results were made into assets, so that it happens once.
create table discovery_scan (
  job_id uuid primary key references job on delete cascade,
  tenant_id uuid not null,
  network_id uuid not null references discovery_network on delete cascade,
  hosts int not null,
  ports int not null,
  completed_at timestamptz not null
);
create index discovery_scan_network on discovery_scan (network_id);
call restrict_table('discovery_scan', 'wardgrid_ingest');
