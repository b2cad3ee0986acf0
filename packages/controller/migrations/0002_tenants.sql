-- Tenants, licences, organizations, groups. A scope is the path of ids without dashes.

-- The nodes at which the reader's scopes begin: `a.b` of `a.b.*{0,1}`.
create function scope_bases() returns ltree[]
language sql stable as $$
  select coalesce(array_agg(regexp_replace(pattern::text, '\.?\*(\{[0-9,]*\})?$', '')::ltree), '{}')
  from unnest(coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]) as pattern
$$;

create table tenant (
  id uuid primary key,
  tenant_id uuid not null generated always as (id) stored,
  scope ltree not null unique,
  name text not null check (length(name) between 1 and 120),
  public_key text not null,
  is_support_access_on boolean not null default true,
  is_suspended boolean not null default false,
  -- Active devices, counted under this row's lock, so that seats are never oversold.
  seats_used int not null default 0 check (seats_used >= 0),
  created_at timestamptz not null default now(),
  version int not null default 1
);
create unique index tenant_name on tenant (lower(name));
call protect_table('tenant');
-- A person below the tenant sees the name of the tenant they belong to, and may change nothing of it.
create policy of_member on tenant for select to wardgrid_scoped using (
  tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)
);
create policy of_member_platform on tenant for select to wardgrid_platform using (
  not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[])
  and scope @> any ((select scope_bases())::ltree[])
);

create table licence (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  scope ltree not null,
  envelope jsonb not null,
  features text[] not null,
  seats int not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  grace_days int not null,
  issued_at timestamptz not null,
  is_current boolean not null default true
);
create unique index licence_current on licence (tenant_id) where is_current;
call protect_table('licence');

create table organization (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  scope ltree not null unique,
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  version int not null default 1
);
create unique index organization_name on organization (tenant_id, lower(name));
call protect_table('organization');
-- A person below the organization sees the name of the organization they belong to.
create policy of_member on organization for select to wardgrid_scoped using (
  tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)
  and scope @> any ((select scope_bases())::ltree[])
);
create policy of_member_platform on organization for select to wardgrid_platform using (
  not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[])
  and scope @> any ((select scope_bases())::ltree[])
);

create table device_group (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  organization_id uuid not null references organization on delete cascade,
  parent_id uuid references device_group,
  scope ltree not null unique,
  name text not null check (length(name) between 1 and 120),
  created_at timestamptz not null default now(),
  version int not null default 1
);
create unique index device_group_name on device_group (organization_id, coalesce(parent_id, organization_id), lower(name));
create index device_group_scope on device_group using gist (scope);
create index device_group_parent on device_group (parent_id);
create index device_group_tenant on device_group (tenant_id, organization_id);
call protect_table('device_group');
