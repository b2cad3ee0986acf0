-- Protection: policies, how devices protect, what their engines found, what they sealed and told.

-- What protection a node of the scope tree asks for; a device's own lies where the device lies.
create table policy (
  id uuid primary key,
  tenant_id uuid not null references tenant on delete cascade,
  organization_id uuid references organization on delete cascade,
  group_id uuid references device_group on delete cascade,
  device_id uuid references device on delete cascade,
  scope ltree not null,
  name text not null check (length(name) between 1 and 120),
  fields jsonb not null,
  locks text[] not null default '{}',
  version int not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text not null
);
create unique index policy_node on policy (scope) where device_id is null;
create unique index policy_device on policy (device_id) where device_id is not null;
create index policy_tenant on policy (tenant_id, changed_at desc);
create index policy_organization on policy (organization_id);
create index policy_group on policy (group_id);
call protect_table('policy');

create table policy_version (
  policy_id uuid not null references policy on delete cascade,
  version int not null,
  tenant_id uuid not null,
  scope ltree not null,
  name text not null,
  fields jsonb not null,
  locks text[] not null,
  changed_at timestamptz not null,
  changed_by text not null,
  primary key (policy_id, version)
);
call protect_table('policy_version');

-- The settings a device is to run: their number grows for each device by itself, so that a change
-- reaches the devices it changes and no other. Due: they have to be computed anew.
alter table device_link
  add column wanted_settings int not null default 0,
  add column wanted_digest text,
  add column wanted_content text,
  add column is_settings_due boolean not null default true;

-- How a device protects, as it last said. Written when something changed, and now and then.
create table device_protection (
  device_id uuid primary key references device on delete cascade,
  tenant_id uuid not null,
  scope ltree not null,
  state text not null check (state in ('on', 'degraded', 'off')),
  reasons text[] not null,
  health jsonb not null,
  reported_at timestamptz not null
) with (fillfactor = 70);
create index device_protection_tenant on device_protection (tenant_id, state);
call protect_table('device_protection');

-- Findings of engines on devices beside those of scans.
alter table finding
  add column category text not null default 'exposure' check (category in ('exposure', 'threat')),
  add column engine text,
  add column confidence smallint check (confidence between 0 and 100),
  add column techniques text[] not null default '{}',
  add column count bigint not null default 1,
  add column action jsonb,
  add column incident_id uuid references incident on delete set null,
  add column exception_id uuid,
  add column stored_at timestamptz not null default now();
create index finding_incident on finding (incident_id) where incident_id is not null;
create index finding_exception on finding (exception_id) where exception_id is not null;
create index finding_rule on finding (tenant_id, rule, last_seen_at) where category = 'threat';
-- How much a device has told lately.
create index finding_flood on finding (device_id, stored_at) where category = 'threat';

-- The whole of what an engine told: large, and read for one finding at a time.
create table finding_detection (
  finding_id uuid primary key references finding on delete cascade,
  tenant_id uuid not null,
  device_id uuid not null references device on delete cascade,
  scope ltree not null,
  content jsonb not null
);
create index finding_detection_device on finding_detection (device_id);
call protect_table('finding_detection');

-- What findings have in common: processes, files, addresses.
create table finding_observable (
  finding_id uuid not null references finding on delete cascade,
  kind text not null check (kind in ('process', 'sha256', 'path', 'address')),
  value text not null check (length(value) <= 200),
  tenant_id uuid not null,
  device_id uuid not null,
  seen_at timestamptz not null,
  primary key (finding_id, kind, value)
);
create index finding_observable_value on finding_observable (tenant_id, kind, value, seen_at desc);
call restrict_table('finding_observable', 'wardgrid_ingest');

-- Files in the sealed stores of devices.
create table quarantine_entry (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null references organization on delete cascade,
  scope ltree not null,
  device_id uuid not null references device on delete cascade,
  state text not null check (state in ('sealed', 'restored', 'deleted', 'expired')),
  path text not null,
  size_bytes bigint not null,
  sha256 text not null,
  mode bigint not null,
  uid bigint not null,
  gid bigint not null,
  finding_id uuid,
  rule text,
  note text,
  sealed_at timestamptz not null,
  changed_at timestamptz not null,
  -- The last order about it, who gave it and why.
  job_id uuid,
  ordered_by text,
  order_reason text
);
create index quarantine_entry_tenant on quarantine_entry (tenant_id, sealed_at desc);
create index quarantine_entry_device on quarantine_entry (device_id, sealed_at desc);
create index quarantine_entry_organization on quarantine_entry (organization_id);
call protect_table('quarantine_entry');

-- Chosen events of devices; old ones go.
create table device_event (
  device_id uuid not null references device on delete cascade,
  id uuid not null,
  tenant_id uuid not null,
  scope ltree not null,
  at timestamptz not null,
  class text not null,
  -- The process that did it, by its entity id.
  process text,
  content jsonb not null,
  received_at timestamptz not null default now(),
  primary key (device_id, id)
);
create index device_event_time on device_event (device_id, at desc, id desc);
create index device_event_process on device_event (device_id, process, at desc) where process is not null;
create index device_event_age on device_event (received_at);
call protect_table('device_event');

create view reporting.threats with (security_invoker = true) as
  select id, tenant_id, organization_id, device_id, rule, title, severity, confidence, state, subject, count,
    first_seen_at, last_seen_at from finding where category = 'threat';
create view reporting.policies with (security_invoker = true) as
  select id, tenant_id, organization_id, group_id, device_id, name, fields, locks, version, changed_at, changed_by from policy;
grant select on reporting.threats, reporting.policies to wardgrid_tenant, wardgrid_scoped, wardgrid_platform;
