-- What syncs is captured where it is written: triggers write one row a changed thing into sync_outbox,
-- in the transaction of the change. A tenant that does not sync costs one look into an empty table a
-- statement.

-- Applies what comes from other controllers: everything the workers and sign-in may.
do $$
begin
  begin
    create role wardgrid_sync nologin inherit;
  exception
    when duplicate_object or unique_violation then null;
  end;
  grant wardgrid_ingest, wardgrid_auth to wardgrid_sync;
  grant wardgrid_sync to current_user;
  grant usage on schema public to wardgrid_sync;
end
$$;

-- The names that people use: given by the cloud, provisional until then.
alter table device add column ref text;
alter table policy add column ref text;
alter table incident add column ref text;
alter table controller add column ref text;
create index device_ref on device (tenant_id, ref) where ref is not null;
create index policy_ref on policy (tenant_id, ref) where ref is not null;
create index incident_ref on incident (tenant_id, ref) where ref is not null;
create index controller_ref on controller (tenant_id, ref) where ref is not null;

-- What of presence was told to other controllers, and until when a device was seen by one of them: as
-- long as it was not seen here since, it is for that one to say that it went away.
alter table device_presence
  add column told_status text,
  add column told_seen_at timestamptz,
  add column heard_at timestamptz;

-- Rows from other controllers that could not be written, with why: tried again whenever others arrive.
create table sync_aside (
  tenant_id uuid not null references tenant on delete cascade,
  type text not null,
  row_id text not null check (length(row_id) <= 200),
  scope ltree not null,
  fields jsonb not null,
  -- The SQLSTATE and the index or reference that stood in the way.
  reason text not null,
  detail text not null check (length(detail) <= 1000),
  -- It stands here under another name.
  is_written boolean not null,
  since timestamptz not null default now(),
  tried_at timestamptz not null default now(),
  primary key (tenant_id, type, row_id)
);
call protect_table('sync_aside');

-- Tells that a tenant has something to send.
create function sync_wake(tenants uuid[]) returns void
language sql as $$
  select pg_notify('wardgrid_bus', json_build_object('topic', 'sync.written', 'tenantId', id)::text)
  from (select distinct unnest(tenants) as id) t
$$;

-- What is of one device lies at that device: nobody below the scope inherits it.
create function sync_home(scope ltree, device_id uuid) returns ltree
language sql immutable as $$
  select case when device_id is null then scope else scope || replace(device_id::text, '-', '')::ltree end
$$;

-- These columns of a row.
create function sync_fields(content jsonb, names text[]) returns jsonb
language sql immutable as $$
  select coalesce(jsonb_object_agg(key, value), '{}') from jsonb_each(content) where key = any (names)
$$;

-- Those of these columns that are others now; of a document all, when one is. Null when none is.
create function sync_changes(was jsonb, content jsonb, names text[], whole text[]) returns jsonb
language sql immutable as $$
  select jsonb_object_agg(key, value) from jsonb_each(content)
  where key = any (names) and (value is distinct from was -> key
    or key = any (whole) and exists (select from unnest(whole) w where content -> w is distinct from was -> w))
$$;

-- Captures the changes of one statement on a table. Arguments: type, key, home, columns, whole columns.
create function sync_capture() returns trigger
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

-- Captures the changes of one statement on a child table as one field of the parents.
-- Arguments: the parent's type, the field, the column that names the parent, key, columns.
create function sync_capture_fold() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  parents text;
  tenants uuid[];
begin
  if current_setting('wardgrid.replaying', true) = 'on' or not exists (select from sync_tenant) then
    return null;
  end if;
  parents := case TG_OP
    when 'INSERT' then format('select distinct %I as id from new_rows', TG_ARGV[2])
    when 'DELETE' then format('select distinct %I as id from old_rows', TG_ARGV[2])
    else format('select distinct id from (
      (select %1$I as id, sync_fields(to_jsonb(n), $2) as content from new_rows n)
      except all (select %1$I, sync_fields(to_jsonb(o), $2) from old_rows o)) x', TG_ARGV[2])
  end;
  execute format($q$with written as (
      insert into sync_outbox (tenant_id, type, row_id, kind, scope, fields, actor, seen)
      select p.tenant_id, $1, p.id::text, 'patch', p.scope, jsonb_build_object($3, coalesce((
          select jsonb_agg(sync_fields(to_jsonb(c), $2) order by %1$s) from %2$I c where c.%3$I = p.id), '[]'::jsonb)),
        coalesce(current_setting('wardgrid.actor', true), ''), t.cursor
      from (%4$s) k join %5$I p on p.id = k.id join sync_tenant t on t.tenant_id = p.tenant_id
      returning tenant_id
    ) select array_agg(distinct tenant_id) from written$q$,
    coalesce((select string_agg(format('c.%I', k), ', ') from unnest(TG_ARGV[3]::text[]) k), '1'),
    TG_TABLE_NAME, TG_ARGV[2], parents, TG_ARGV[0])
  into tenants using TG_ARGV[0], TG_ARGV[4]::text[], TG_ARGV[1];
  if tenants is not null then perform sync_wake(tenants); end if;
  return null;
end
$$;

grant create on schema public to wardgrid_sync;
alter function sync_capture() owner to wardgrid_sync;
alter function sync_capture_fold() owner to wardgrid_sync;
revoke create on schema public from wardgrid_sync;
revoke all on function sync_capture(), sync_capture_fold() from public;

-- Begins to capture, before the first tenant syncs: until then a controller pays nothing for it. What
-- it makes is made by scripts/capture.ts from controller/src/features/sync/types.
create function sync_begin_capture() returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if exists (select from pg_trigger where tgname = 'sync_capture_insert' and not tgisinternal) then return; end if;
  create trigger sync_capture_insert after insert on tenant referencing new table as new_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_update after update on tenant referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_delete after delete on tenant referencing old table as old_rows
    for each statement execute function sync_capture('tenant', '{id}', 'scope', '{created_at,is_support_access_on,is_suspended,name,public_key,version}', '{}');
  create trigger sync_capture_insert after insert on licence referencing new table as new_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_update after update on licence referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_delete after delete on licence referencing old table as old_rows
    for each statement execute function sync_capture('licence', '{id}', 'scope', '{envelope,features,grace_days,is_current,issued_at,seats,valid_from,valid_until}', '{}');
  create trigger sync_capture_insert after insert on seat_lease referencing new table as new_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_update after update on seat_lease referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_delete after delete on seat_lease referencing old table as old_rows
    for each statement execute function sync_capture('seat_lease', '{id}', 'scope', '{changed_at,expires_at,seats}', '{}');
  create trigger sync_capture_insert after insert on controller referencing new table as new_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_update after update on controller referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_delete after delete on controller referencing old table as old_rows
    for each statement execute function sync_capture('controller', '{id}', 'scope', '{approved_at,approved_by,authority,certificate,controller_id,created_at,created_by,layer,name,parent_id,public_key,revoked_at,revoked_by,revoked_reason,scope_version,urls,version}', '{approved_at,approved_by,revoked_at,revoked_by,revoked_reason}');
  create trigger sync_capture_insert after insert on organization referencing new table as new_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_update after update on organization referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_delete after delete on organization referencing old table as old_rows
    for each statement execute function sync_capture('organization', '{id}', 'scope', '{created_at,name,version}', '{}');
  create trigger sync_capture_insert after insert on device_group referencing new table as new_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_update after update on device_group referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_delete after delete on device_group referencing old table as old_rows
    for each statement execute function sync_capture('device_group', '{id}', 'scope', '{created_at,name,organization_id,parent_id,version}', '{}');
  create trigger sync_capture_insert after insert on account referencing new table as new_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_update after update on account referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_delete after delete on account referencing old table as old_rows
    for each statement execute function sync_capture('account', '{id}', 'scope', '{created_at,created_by,email,epoch,kind,layer,name,reach,state}', '{}');
  create trigger sync_capture_insert after insert on account_role referencing new table as new_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_update after update on account_role referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_delete after delete on account_role referencing old table as old_rows
    for each statement execute function sync_capture_fold('account', 'roles', 'account_id', '{role,scope,effect}', '{role,scope,effect,expires_at}');
  create trigger sync_capture_insert after insert on account_credential referencing new table as new_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_update after update on account_credential referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_delete after delete on account_credential referencing old table as old_rows
    for each statement execute function sync_capture_fold('account', 'credential', 'account_id', '{}', '{password_hash,totp_sealed,backup_code_hashes,invitation_hash,invitation_expires_at}');
  create trigger sync_capture_insert after insert on enrolment_key referencing new table as new_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_update after update on enrolment_key referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_delete after delete on enrolment_key referencing old table as old_rows
    for each statement execute function sync_capture('enrolment_key', '{id}', 'scope', '{allowed_cidr,created_at,created_by,expires_at,group_id,key_hash,key_id,last_used_at,name,organization_id,revoked_at,seats,used}', '{}');
  create trigger sync_capture_insert after insert on device referencing new table as new_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_update after update on device referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_delete after delete on device referencing old table as old_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_insert after insert on device_inventory referencing new table as new_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_update after update on device_inventory referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_delete after delete on device_inventory referencing old table as old_rows
    for each statement execute function sync_capture('device_inventory', '{device_id,section}', 'scope', '{collected_at,content,content_hash,device_id,received_at,section}', '{}');
  create trigger sync_capture_insert after insert on device_protection referencing new table as new_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_update after update on device_protection referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_delete after delete on device_protection referencing old table as old_rows
    for each statement execute function sync_capture('device_protection', '{device_id}', 'scope', '{device_id,health,reasons,reported_at,state}', '{health,reasons,reported_at,state}');
  create trigger sync_capture_insert after insert on discovery_network referencing new table as new_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_update after update on discovery_network referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_delete after delete on discovery_network referencing old table as old_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_insert after insert on discovery_asset referencing new table as new_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_update after update on discovery_asset referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_delete after delete on discovery_asset referencing old table as old_rows
    for each statement execute function sync_capture('discovery_asset', '{id}', 'scope', '{device_id,first_seen_at,ip,is_ignored,is_stale,last_seen_at,mac,missed_scans,name,names,network_id,note,organization_id}', '{}');
  create trigger sync_capture_insert after insert on discovery_port referencing new table as new_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_update after update on discovery_port referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_delete after delete on discovery_port referencing old table as old_rows
    for each statement execute function sync_capture_fold('discovery_asset', 'ports', 'asset_id', '{transport,port}', '{transport,port,scope,service,product,version,banner,tls,is_unauthenticated,is_top,first_seen_at,last_seen_at,closed_at}');
  create trigger sync_capture_insert after insert on policy referencing new table as new_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,version}');
  create trigger sync_capture_update after update on policy referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,version}');
  create trigger sync_capture_delete after delete on policy referencing old table as old_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,version}');
  create trigger sync_capture_insert after insert on policy_version referencing new table as new_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_update after update on policy_version referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_delete after delete on policy_version referencing old table as old_rows
    for each statement execute function sync_capture('policy_version', '{policy_id,version}', 'scope', '{changed_at,changed_by,fields,locks,name,policy_id,version}', '{}');
  create trigger sync_capture_insert after insert on rule_switch referencing new table as new_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_update after update on rule_switch referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_delete after delete on rule_switch referencing old table as old_rows
    for each statement execute function sync_capture('rule_switch', '{id}', 'device', '{changed_at,changed_by,device_id,group_id,organization_id,reason,rule_id,setting}', '{changed_at,changed_by,reason,rule_id,setting}');
  create trigger sync_capture_insert after insert on rule_exception referencing new table as new_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_update after update on rule_exception referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_delete after delete on rule_exception referencing old table as old_rows
    for each statement execute function sync_capture('rule_exception', '{id}', 'device', '{created_at,created_by,device_id,expires_at,group_id,organization_id,reason,rule_id,selection}', '{}');
  create trigger sync_capture_insert after insert on rule_set referencing new table as new_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_update after update on rule_set referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_delete after delete on rule_set referencing old table as old_rows
    for each statement execute function sync_capture('rule_set', '{id}', 'scope', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}', '{changed_at,changed_by,created_at,digest,format,is_enabled,licence,name,rules,size_bytes,version}');
  create trigger sync_capture_insert after insert on rule_imported referencing new table as new_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_update after update on rule_imported referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_delete after delete on rule_imported referencing old table as old_rows
    for each statement execute function sync_capture('rule_imported', '{id}', 'scope', '{author,confidence,description,engine,remedy,rule_id,rule_set_id,severity,status,techniques,title}', '{}');
  create trigger sync_capture_insert after insert on incident referencing new table as new_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_update after update on incident referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_delete after delete on incident referencing old table as old_rows
    for each statement execute function sync_capture('incident', '{id}', 'scope', '{closed_at,closed_by,dedupe_key,kind,opened_at,organization_id,severity,state,timeline,title}', '{closed_at,closed_by,state}');
  create trigger sync_capture_insert after insert on incident_device referencing new table as new_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_update after update on incident_device referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_delete after delete on incident_device referencing old table as old_rows
    for each statement execute function sync_capture_fold('incident', 'devices', 'incident_id', '{device_id}', '{device_id,scope}');
  create trigger sync_capture_insert after insert on finding referencing new table as new_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_update after update on finding referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_delete after delete on finding referencing old table as old_rows
    for each statement execute function sync_capture('finding', '{id}', 'scope', '{action,asset_id,category,confidence,count,dedupe_key,device_id,engine,evidence,exception_id,first_seen_at,incident_id,last_seen_at,note,organization_id,port,remedy,reopened,resolved_at,rule,severity,state,subject,techniques,title}', '{resolved_at,state}');
  create trigger sync_capture_insert after insert on finding_detection referencing new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_update after update on finding_detection referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_delete after delete on finding_detection referencing old table as old_rows
    for each statement execute function sync_capture_fold('finding', 'detection', 'finding_id', '{}', '{device_id,scope,content}');
  create trigger sync_capture_insert after insert on finding_observable referencing new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_update after update on finding_observable referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_delete after delete on finding_observable referencing old table as old_rows
    for each statement execute function sync_capture_fold('finding', 'observables', 'finding_id', '{kind,value}', '{kind,value,device_id,seen_at}');
  create trigger sync_capture_insert after insert on quarantine_entry referencing new table as new_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_update after update on quarantine_entry referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_delete after delete on quarantine_entry referencing old table as old_rows
    for each statement execute function sync_capture('quarantine_entry', '{id}', 'scope', '{changed_at,device_id,finding_id,gid,job_id,mode,note,order_reason,ordered_by,organization_id,path,rule,sealed_at,sha256,size_bytes,state,uid}', '{}');
  create trigger sync_capture_insert after insert on job referencing new table as new_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
  create trigger sync_capture_update after update on job referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
  create trigger sync_capture_delete after delete on job referencing old table as old_rows
    for each statement execute function sync_capture('job', '{id}', 'scope', '{arguments,batch_id,created_at,created_by,device_id,error_code,error_detail,expires_at,finished_at,is_cancel_requested,kind,organization_id,progress,sent_at,started_at,state,summary}', '{error_code,error_detail,finished_at,progress,sent_at,started_at,state,summary}');
end
$$;
revoke all on function sync_begin_capture() from public;
grant execute on function sync_begin_capture() to wardgrid_ingest;
