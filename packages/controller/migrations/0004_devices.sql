-- Devices, their presence, their link, inventory, enrolment keys.
create table enrolment_key (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null references organization on delete cascade,
  group_id uuid references device_group on delete set null,
  scope ltree not null,
  name text not null check (length(name) between 1 and 120),
  -- The public half of the key's text: finds the row; the hash of the whole proves it.
  key_id text not null unique,
  key_hash text not null,
  seats int not null check (seats > 0),
  used int not null default 0 check (used >= 0 and used <= seats),
  allowed_cidr cidr,
  created_at timestamptz not null default now(),
  created_by text not null,
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz
);
create index enrolment_key_tenant on enrolment_key (tenant_id, created_at desc);
call protect_table('enrolment_key');

create table device (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null references organization on delete cascade,
  group_id uuid references device_group on delete set null,
  scope ltree not null,
  name text not null check (length(name) between 1 and 255),
  -- Whether a person gave the name; otherwise it follows the host name.
  is_named boolean not null default false,
  hostname text not null,
  os_family text not null check (os_family in ('linux', 'windows', 'macos')),
  os_name text not null,
  os_version text not null,
  architecture text not null,
  agent_version text not null,
  tags text[] not null default '{}',
  state text not null default 'active' check (state in ('active', 'retired')),
  public_key text not null unique,
  fingerprint text not null,
  enrolment_key_id uuid references enrolment_key on delete set null,
  split_from_id uuid references device on delete set null,
  -- The ticket with which a cloned identity was split: good once.
  split_ticket_hash text unique,
  local_ip inet,
  primary_cidr cidr,
  interface_name text,
  mac_address text,
  gateway_ip inet,
  gateway_mac text,
  booted_at timestamptz,
  enrolled_at timestamptz not null default now(),
  retired_at timestamptz
);
create index device_list on device (tenant_id, name, id) where state = 'active';
create index device_enrolled on device (tenant_id, enrolled_at, id) where state = 'active';
create index device_scope on device using gist (scope);
create index device_organization on device (organization_id);
create index device_group_id on device (group_id);
create index device_mac on device (tenant_id, mac_address);
call protect_table('device');

-- Changed by every exchange: narrow, no index but the key and the sweep's, room for HOT updates.
create table device_presence (
  device_id uuid primary key references device on delete cascade,
  tenant_id uuid not null,
  scope ltree not null,
  status text not null default 'offline' check (status in ('online', 'offline', 'overdue')),
  last_seen_at timestamptz,
  -- The live link counts as open until then; whoever holds it says so again and again, so that a
  -- controller that died leaves nothing connected behind.
  connected_until timestamptz,
  public_ip inet,
  cpu_percent real,
  memory_used_bytes bigint,
  memory_total_bytes bigint,
  disk_used_bytes bigint,
  disk_total_bytes bigint,
  clock_offset_ms bigint,
  pending_records bigint not null default 0,
  dropped_records bigint not null default 0
) with (fillfactor = 70);
create index device_presence_tenant on device_presence (tenant_id, status);
call protect_table('device_presence');

-- The state of the talk with one device. Only the link reads it.
create table device_link (
  device_id uuid primary key references device on delete cascade,
  tenant_id uuid not null,
  receipt text,
  previous_receipt text,
  -- The device's own time of the request that was answered last: tells a late repeat from a new one.
  request_sent_at bigint not null default 0,
  exchanged_at timestamptz,
  acknowledged_sequence bigint not null default 0,
  order_sequence bigint not null default 0,
  acknowledged_order bigint not null default 0,
  settings_version int not null default 0
) with (fillfactor = 70);
call restrict_table('device_link', 'wardgrid_ingest');

create table device_inventory (
  device_id uuid not null references device on delete cascade,
  section text not null,
  tenant_id uuid not null,
  scope ltree not null,
  content jsonb not null,
  content_hash text not null,
  collected_at timestamptz not null,
  received_at timestamptz not null default now(),
  primary key (device_id, section)
);
call protect_table('device_inventory');
-- Lists of the whole platform, and of host names.
create index device_list_all on device (name, id) where state = 'active';
create index device_hostname on device (tenant_id, hostname, id) where state = 'active';
