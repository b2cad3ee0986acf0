-- Policies as PostgreSQL can estimate them. Of `a or not b = any (setting)` it expected one row where
-- there are all, so that lists sorted 100,000 rows instead of walking an index, and one process did
-- what two can. A `case` says the same, and half the rows are expected of it.
alter function scope_bases() parallel safe;

-- States what readers of the scopes and of the platform see of a table.
create procedure state_policies(target regclass)
language plpgsql as $$
declare
  tenant_matches text := $q$tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)$q$;
  scope_matches text := $q$case when (select current_setting('app.scopes', true)) = '{*}' then true
    else scope ? (select coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]) end$q$;
  not_denied text := $q$case when (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')) = '{}' then true
    else not scope ? (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')::lquery[]) end$q$;
  not_barred text := $q$case when (select coalesce(nullif(current_setting('app.barred', true), ''), '{}')) = '{}' then true
    else not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[]) end$q$;
  of_scope text := format('(%s and %s and %s)', tenant_matches, scope_matches, not_denied);
  of_platform text := format('(%s and %s and %s)', not_barred, scope_matches, not_denied);
begin
  execute format('alter policy of_scope on %s using %s with check %s', target, of_scope, of_scope);
  execute format('alter policy of_platform on %s using %s with check %s', target, of_platform, of_platform);
end
$$;

-- As before (0001), by the new words.
create or replace procedure protect_table(target regclass)
language plpgsql as $$
declare
  tenant_matches text := $q$tenant_id = (select nullif(current_setting('app.tenant', true), '')::uuid)$q$;
begin
  execute format('alter table %s enable row level security', target);
  execute format('alter table %s force row level security', target);
  execute format('create policy of_tenant on %s to wardgrid_tenant using (%s) with check (%s)', target, tenant_matches, tenant_matches);
  execute format('create policy of_scope on %s to wardgrid_scoped using (false) with check (false)', target);
  execute format('create policy of_platform on %s to wardgrid_platform using (false) with check (false)', target);
  execute format('create policy of_ingest on %s to wardgrid_ingest using (true) with check (true)', target);
  execute format('grant select, insert, update, delete on %s to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest', target);
  call state_policies(target);
end
$$;

-- Accounts keep theirs, which is another.
do $$
declare
  target regclass;
begin
  for target in
    select format('%I.%I', schemaname, tablename)::regclass from pg_policies
    where schemaname = 'public' and policyname = 'of_platform' and tablename <> 'account'
  loop
    call state_policies(target);
  end loop;
end
$$;

-- The order of lists of the whole platform.
create index device_hostname_all on device (hostname, id) where state = 'active';
create index device_enrolled_all on device (enrolled_at, id) where state = 'active';
