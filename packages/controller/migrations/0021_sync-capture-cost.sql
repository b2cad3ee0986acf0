-- A tenant that does not sync pays no more than a look for it where another does: what it would be told
-- by is not even planned.

-- Captures the changes of one statement on a table. Arguments: type, key, home, columns, whole columns.
create or replace function sync_capture() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  key_columns text[];
  names text[];
  whole text[];
  row_id text;
  home text;
  body text;
  tenants uuid[];
begin
  if current_setting('wardgrid.replaying', true) = 'on' or not exists (select from sync_tenant) then
    return null;
  end if;
  -- By a plan that is kept: what follows is planned anew for each statement.
  if TG_OP = 'DELETE' then
    if not exists (select from old_rows r join sync_tenant t on t.tenant_id = r.tenant_id) then return null; end if;
  elsif not exists (select from new_rows r join sync_tenant t on t.tenant_id = r.tenant_id) then
    return null;
  end if;
  key_columns := TG_ARGV[1];
  names := TG_ARGV[3];
  whole := TG_ARGV[4];
  row_id := case when key_columns = '{id}' then 'r.id::text'
    else format('concat_ws('':'', %L%s)', TG_ARGV[0], (select string_agg(format(', r.%I', k), '') from unnest(key_columns) k)) end;
  home := case TG_ARGV[2] when 'device' then 'sync_home(r.scope, r.device_id)' else 'r.scope' end;
  body := case TG_OP
    when 'INSERT' then format($q$select r.tenant_id, %s, 'create', %s, sync_fields(to_jsonb(r), $2), t.cursor
      from new_rows r join sync_tenant t on t.tenant_id = r.tenant_id$q$, row_id, home)
    when 'DELETE' then format($q$select r.tenant_id, %s, 'delete', %s, '{}'::jsonb, t.cursor
      from old_rows r join sync_tenant t on t.tenant_id = r.tenant_id$q$, row_id, home)
    -- A move is told by itself, and before what else changed.
    else format($q$select c.tenant_id, c.row_id, k.kind, c.home, case k.kind when 'move' then '{}'::jsonb else c.fields end, c.cursor
      from (
        select n.tenant_id, n.row_id, n.home, n.home <> o.home as is_moved, t.cursor, sync_changes(o.content, n.content, $2, $3) as fields
        from (select %1$s as row_id, %2$s as home, r.tenant_id, to_jsonb(r) as content from new_rows r offset 0) n
        join (select %1$s as row_id, %2$s as home, to_jsonb(r) as content from old_rows r offset 0) o on o.row_id = n.row_id
        join sync_tenant t on t.tenant_id = n.tenant_id offset 0
      ) c cross join (values ('move', 1), ('patch', 2)) k (kind, place)
      where case k.kind when 'move' then c.is_moved else c.fields is not null end
      order by k.place$q$, row_id, home)
  end;
  execute format($q$with written as (
      insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
      select b.tenant_id, $1, b.row_id, b.kind, b.home, b.fields, coalesce(current_setting('wardgrid.actor', true), ''), b.cursor
      from (%s) b (tenant_id, row_id, kind, home, fields, cursor) returning tenant_id
    ) select array_agg(distinct tenant_id) from written$q$, body) into tenants using TG_ARGV[0], names, whole;
  if tenants is not null then perform sync_wake(tenants); end if;
  return null;
end
$$;
