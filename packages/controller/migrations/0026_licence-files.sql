-- A licence that somebody brought here as a file while those above were not to be reached. It counts until
-- the chain brings one that was issued later, and is never sent anywhere: whoever issued it has it.
create table licence_file (
  tenant_id uuid primary key references tenant on delete cascade,
  scope ltree not null,
  id uuid not null,
  envelope jsonb not null,
  features text[] not null,
  seats int not null,
  valid_from timestamptz not null,
  valid_until timestamptz not null,
  grace_days int not null,
  issued_at timestamptz not null,
  installed_at timestamptz not null,
  installed_by text not null check (length(installed_by) <= 320)
);
call protect_table('licence_file');

-- Beyond the seats that are leased to its controller: protected all the same. Each controller marks it for itself.
alter table device add column is_grace boolean not null default false;
create index device_is_grace on device (tenant_id) where is_grace;

-- Of whose seats it has one: the controller that enrolled it; null at the cloud.
alter table device add column enrolled_by uuid;
create index device_enrolled_by on device (tenant_id) where enrolled_by is not null;

-- Made by scripts/capture.ts from controller/src/features/sync/types.
create or replace function sync_begin_capture() returns void
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
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_update after update on device referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
  create trigger sync_capture_delete after delete on device referencing old table as old_rows
    for each statement execute function sync_capture('device', '{id}', 'scope', '{agent_version,architecture,booted_at,enrolled_at,enrolled_by,enrolment_key_id,fingerprint,gateway_ip,gateway_mac,group_id,hostname,interface_name,is_named,local_ip,mac_address,name,organization_id,os_family,os_name,os_version,primary_cidr,public_key,retired_at,split_from_id,state,tags}', '{}');
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
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_update after update on discovery_network referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
  create trigger sync_capture_delete after delete on discovery_network referencing old table as old_rows
    for each statement execute function sync_capture('discovery_network', '{id}', 'scope', '{approved_by,cidr,first_seen_at,gateway_mac,group_id,last_scan_at,name,organization_id,state}', '{}');
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
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
  create trigger sync_capture_update after update on policy referencing old table as old_rows new table as new_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
  create trigger sync_capture_delete after delete on policy referencing old table as old_rows
    for each statement execute function sync_capture('policy', '{id}', 'device', '{changed_at,changed_by,created_at,device_id,fields,group_id,locks,name,next_end_at,organization_id,rollout,version}', '{changed_at,changed_by,fields,locks,name,next_end_at,rollout,version}');
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

do $$
declare
  made record;
begin
  if not exists (select from pg_trigger where tgname = 'sync_capture_insert' and not tgisinternal) then return; end if;
  for made in select tgname, tgrelid::regclass as target from pg_trigger where tgname like 'sync_capture_%' and not tgisinternal
  loop
    execute format('drop trigger %I on %s', made.tgname, made.target);
  end loop;
  perform sync_begin_capture();
end
$$;
