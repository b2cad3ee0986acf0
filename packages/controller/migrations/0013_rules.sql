-- Detection content: the product's and what tenants bring along, how rules are switched, exceptions.

-- Parts of the content by their digest, as devices fetch them.
create table content_part (
  digest text primary key check (length(digest) = 64),
  kind text not null check (kind in ('rules', 'yara', 'hashes')),
  size_bytes int not null,
  content bytea not null
);
-- Not compressed, so that a stretch is read without the rest.
alter table content_part alter column content set storage external;
call restrict_table('content_part', 'wardgrid_ingest');

-- Numbers of publications; they grow whatever is published.
create sequence content_serial;
grant usage on sequence content_serial to wardgrid_ingest;

-- What the product's content is now: one row a part, in order.
create table content_product (
  position int primary key,
  digest text not null references content_part,
  serial bigint not null
);
call restrict_table('content_product', 'wardgrid_ingest');

-- When a tenant's content changed last.
create table content_tenant (
  tenant_id uuid primary key references tenant on delete cascade,
  serial bigint not null
);
call restrict_table('content_tenant', 'wardgrid_ingest');

-- The product's rules, for people to see: the same for everybody.
create table rule_product (
  id uuid primary key,
  rule_id text not null unique,
  title text not null,
  description text not null,
  engine text not null,
  severity smallint not null,
  confidence smallint not null,
  techniques text[] not null,
  status text not null,
  author text
);
alter table rule_product enable row level security;
alter table rule_product force row level security;
create policy of_everybody on rule_product for select to wardgrid_tenant, wardgrid_scoped, wardgrid_platform using (true);
create policy of_ingest on rule_product to wardgrid_ingest using (true) with check (true);
grant select on rule_product to wardgrid_tenant, wardgrid_scoped, wardgrid_platform;
grant select, insert, update, delete on rule_product to wardgrid_ingest;

create table rule_set (
  id uuid primary key,
  tenant_id uuid not null references tenant on delete cascade,
  scope ltree not null,
  name text not null check (length(name) between 1 and 120),
  format text not null check (format in ('sigma', 'yara', 'hashes')),
  licence text not null,
  is_enabled boolean not null default true,
  rules int not null,
  size_bytes int not null,
  digest text not null references content_part,
  version int not null default 1,
  created_at timestamptz not null,
  changed_at timestamptz not null,
  changed_by text not null
);
create unique index rule_set_name on rule_set (tenant_id, lower(name));
create index rule_set_digest on rule_set (digest);
call protect_table('rule_set');

create table rule_imported (
  id uuid primary key,
  rule_set_id uuid not null references rule_set on delete cascade,
  tenant_id uuid not null,
  scope ltree not null,
  rule_id text not null,
  title text not null,
  description text not null,
  engine text not null,
  severity smallint not null,
  confidence smallint not null,
  techniques text[] not null,
  status text not null,
  author text
);
create index rule_imported_set on rule_imported (rule_set_id);
create index rule_imported_tenant on rule_imported (tenant_id, rule_id);
call protect_table('rule_imported');

create table rule_switch (
  id uuid primary key,
  tenant_id uuid not null references tenant on delete cascade,
  organization_id uuid references organization on delete cascade,
  group_id uuid references device_group on delete cascade,
  device_id uuid references device on delete cascade,
  scope ltree not null,
  rule_id text not null,
  setting text not null check (setting in ('on', 'report', 'off')),
  reason text not null,
  changed_at timestamptz not null,
  changed_by text not null
);
create unique index rule_switch_node on rule_switch (scope, rule_id) where device_id is null;
create unique index rule_switch_device on rule_switch (device_id, rule_id) where device_id is not null;
create index rule_switch_tenant on rule_switch (tenant_id, rule_id);
call protect_table('rule_switch');

create table rule_exception (
  id uuid primary key,
  tenant_id uuid not null references tenant on delete cascade,
  organization_id uuid references organization on delete cascade,
  group_id uuid references device_group on delete cascade,
  device_id uuid references device on delete cascade,
  scope ltree not null,
  rule_id text,
  selection jsonb not null,
  reason text not null,
  expires_at timestamptz,
  -- Whether its end was acted on.
  is_ended boolean not null default false,
  created_at timestamptz not null,
  created_by text not null
);
create index rule_exception_tenant on rule_exception (tenant_id, created_at desc);
create index rule_exception_device on rule_exception (device_id) where device_id is not null;
create index rule_exception_end on rule_exception (expires_at) where not is_ended;
call protect_table('rule_exception');

-- What is hidden counts nowhere.
create or replace function scope_counts(scopes ltree[])
returns table (scope ltree, devices bigint, online bigint, open_findings bigint, open_incidents bigint, worst_severity int)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.scope,
    coalesce(d.devices, 0), coalesce(d.online, 0),
    coalesce(f.open_findings, 0), coalesce(i.open_incidents, 0), f.worst_severity
  from unnest(scopes) as s (scope)
  left join lateral (
    select count(*) as devices, count(*) filter (where p.status = 'online') as online
    from device d join device_presence p on p.device_id = d.id
    where d.scope <@ s.scope and d.state = 'active'
  ) d on true
  left join lateral (
    select count(*) as open_findings, max(severity)::int as worst_severity
    from finding where finding.scope <@ s.scope and state = 'open' and exception_id is null
  ) f on true
  left join lateral (
    select count(*) as open_incidents from incident where incident.scope <@ s.scope and state <> 'closed'
  ) i on true
$$;
