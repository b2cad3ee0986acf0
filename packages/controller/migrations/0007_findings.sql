-- Findings and incidents.
create table finding (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null,
  scope ltree not null,
  rule text not null,
  -- What makes two observations the same finding.
  dedupe_key text not null,
  title text not null,
  severity smallint not null check (severity between 0 and 4),
  state text not null check (state in ('open', 'resolved', 'ignored')),
  device_id uuid references device on delete cascade,
  asset_id uuid references discovery_asset on delete cascade,
  -- 0 when it is about the machine as a whole.
  port int not null default 0,
  subject text not null,
  evidence jsonb not null,
  remedy text not null,
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  resolved_at timestamptz,
  reopened int not null default 0,
  note text
);
create unique index finding_identity on finding (tenant_id, dedupe_key);
create index finding_tenant on finding (tenant_id, last_seen_at desc);
create index finding_open on finding (tenant_id, severity) where state = 'open';
create index finding_device on finding (device_id) where device_id is not null;
create index finding_asset on finding (asset_id) where asset_id is not null;
call protect_table('finding');

create table incident (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null,
  scope ltree not null,
  kind text not null,
  -- One open incident for one cause.
  dedupe_key text not null,
  title text not null,
  severity smallint not null check (severity between 0 and 4),
  state text not null check (state in ('open', 'acknowledged', 'closed')),
  opened_at timestamptz not null,
  closed_at timestamptz,
  closed_by text,
  timeline jsonb not null default '[]'
);
create unique index incident_open on incident (tenant_id, dedupe_key) where state <> 'closed';
create index incident_tenant on incident (tenant_id, opened_at desc);
call protect_table('incident');

create table incident_device (
  incident_id uuid not null references incident on delete cascade,
  device_id uuid not null references device on delete cascade,
  tenant_id uuid not null,
  scope ltree not null,
  primary key (incident_id, device_id)
);
create index incident_device_device on incident_device (device_id);
call protect_table('incident_device');

-- Devices that went dark and about which nothing has been said yet: a site goes dark over several
-- sweeps, and must become one incident instead of one a device. Emptied when due, or when they return.
create table incident_dark (
  device_id uuid primary key references device on delete cascade,
  tenant_id uuid not null,
  organization_id uuid not null,
  -- What devices of one place have in common: network and gateway, or the public address.
  site text not null,
  dark_at timestamptz not null,
  due_at timestamptz not null
);
create index incident_dark_due on incident_dark (due_at);
call restrict_table('incident_dark', 'wardgrid_ingest');
