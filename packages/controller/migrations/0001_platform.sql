-- The platform: roles, row-level security, secrets. Roles belong to the whole cluster, so that they
-- may exist already. None of them owns anything, can log in or bypass a policy.
create extension if not exists ltree;
create extension if not exists pg_trgm;

do $$
declare
  role_name text;
begin
  foreach role_name in array array['wardgrid_tenant', 'wardgrid_scoped', 'wardgrid_platform', 'wardgrid_auth', 'wardgrid_ingest']
  loop
    begin
      execute format('create role %I nologin noinherit', role_name);
    exception
      when duplicate_object or unique_violation then null;
    end;
    execute format('grant %I to current_user', role_name);
    execute format('grant usage on schema public to %I', role_name);
  end loop;
end
$$;

-- Gives a table with tenant_id and scope the policies of every reader:
-- wardgrid_tenant sees its whole tenant, wardgrid_scoped the scopes of app.scopes (lquery) without
-- those of app.denied, wardgrid_platform all tenants but the barred ones, wardgrid_ingest (the link,
-- the workers) all. Settings are read by sub-selects, so that they are evaluated once a statement.
create procedure protect_table(target regclass)
language plpgsql as $$
declare
  tenant_matches text := $q$tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)$q$;
  scope_matches text := $q$((select current_setting('app.scopes', true)) = '{*}' or scope ? (select coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]))$q$;
  not_denied text := $q$((select coalesce(nullif(current_setting('app.denied', true), ''), '{}')) = '{}' or not scope ? (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')::lquery[]))$q$;
  not_barred text := $q$not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[])$q$;
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_tenant on %s to wardgrid_tenant using (%s) with check (%s)', target, tenant_matches, tenant_matches);
  execute format('create policy of_scope on %s to wardgrid_scoped using (%s and %s and %s) with check (%s and %s and %s)',
    target, tenant_matches, scope_matches, not_denied, tenant_matches, scope_matches, not_denied);
  execute format('create policy of_platform on %s to wardgrid_platform using (%s and %s and %s) with check (%s and %s and %s)',
    target, not_barred, scope_matches, not_denied, not_barred, scope_matches, not_denied);
  execute format('create policy of_ingest on %s to wardgrid_ingest using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest', target);
end
$$;

-- Gives a table that no signed-in person reads to one of the narrow roles alone.
create procedure restrict_table(target regclass, reader text)
language plpgsql as $$
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_reader on %s to %I using (true) with check (true)', target, reader);
  execute format('grant select, insert, update, delete on %s to %I', target, reader);
end
$$;

-- Values sealed with the controller's master key (AES-256-GCM): keys of the platform and its tenants.
create table platform_secret (
  name text primary key check (length(name) <= 120),
  sealed bytea not null,
  created_at timestamptz not null default now()
);
call restrict_table('platform_secret', 'wardgrid_auth');

create table platform_setting (
  name text primary key check (length(name) <= 120),
  value jsonb not null,
  changed_at timestamptz not null default now()
);
call restrict_table('platform_setting', 'wardgrid_auth');

-- Requests that were already answered, so that a repeat gets the same answer. Kept for a day.
create table idempotency_key (
  account_id uuid not null,
  key text not null check (length(key) <= 200),
  fingerprint text not null,
  -- The id of what the request makes: the same again when it is tried anew after a crash.
  made_id uuid not null,
  status int,
  body text,
  created_at timestamptz not null default now(),
  primary key (account_id, key)
);
create index idempotency_key_created_at on idempotency_key (created_at);
call restrict_table('idempotency_key', 'wardgrid_auth');
