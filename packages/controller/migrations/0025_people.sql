-- Who did something is kept as a reference to the account, never as an address: what is inherited goes down
-- to sites that may not know the people above them. `account:ID@PLACE`, the place being the label of the
-- node that the account is bound to, or `platform`. What a reader may know of it is decided where they read.

-- Addresses of accounts that were deleted here: what they did can still be told from what others did.
create table account_former (
  account_id uuid primary key,
  tenant_id uuid,
  scope ltree not null,
  email text not null,
  left_at timestamptz not null default now()
);
create index account_former_left_at on account_former (left_at);
call protect_table('account_former');
create policy of_auth on account_former to wardgrid_auth using (true) with check (true);
grant select, insert, update, delete on account_former to wardgrid_auth;

grant create on schema public to wardgrid_ingest;

-- Keeps who leaves. An account that is gone from sight because it went elsewhere is to be forgotten.
create function account_left() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if current_setting('wardgrid.replaying', true) = 'on' then return null; end if;
  insert into account_former (account_id, tenant_id, scope, email)
    values (old.id, old.tenant_id, old.scope, old.email)
    on conflict (account_id) do update set email = excluded.email, left_at = now();
  return null;
end
$$;
alter function account_left() owner to wardgrid_ingest;
revoke all on function account_left() from public;
create trigger account_left after delete on account for each row execute function account_left();

-- The name of a node on the way to a place, whoever asks; null for every other: a reference that somebody
-- made up names no stranger.
create function place_name(label text, place ltree) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select case
    when label = 'platform' then 'Platform'
    when label = any (string_to_array(ltree2text(place), '.')) then coalesce(
      (select name from tenant where id = label::uuid),
      (select name from organization where id = label::uuid),
      (select name from device_group where id = label::uuid))
  end
$$;
alter function place_name(text, ltree) owner to wardgrid_ingest;
revoke all on function place_name(text, ltree) from public;
grant execute on function place_name(text, ltree) to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest;

revoke create on schema public from wardgrid_ingest;

create function is_person(value text) returns boolean
language sql immutable as $$
  select value ~ '^account:[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}@([0-9a-f]{32}|platform)$'
$$;

-- Who is meant in what lies at a place, as the reader may know it: themselves and the accounts they see by
-- address, others as `@NAME` of the node they are bound to. What is no reference is told as it is.
create function person_of(value text, place ltree) returns text
language sql stable as $$
  select case
    when value is null or not is_person(value) then value
    when value = current_setting('wardgrid.actor', true) then current_setting('wardgrid.actor_email', true)
    else coalesce(
      (select a.email from account a where a.id = substr(value, 9, 36)::uuid),
      (select f.email from account_former f where f.account_id = substr(value, 9, 36)::uuid),
      '@' || coalesce(place_name(substr(value, 46), place), ''))
  end
$$;

-- A document with its references told as `person_of` tells them.
create function people_in(document jsonb, place ltree) returns jsonb
language sql stable as $$
  select coalesce(jsonb_object_agg(key, case when jsonb_typeof(value) = 'string'
    then to_jsonb(person_of(value #>> '{}', place)) else value end), '{}')
  from jsonb_each(document)
$$;

create or replace view reporting.jobs with (security_invoker = true) as
  select id, tenant_id, device_id, kind, state, person_of(created_by, scope) as created_by, created_at, started_at,
    finished_at from job;
create or replace view reporting.policies with (security_invoker = true) as
  select id, tenant_id, organization_id, group_id, device_id, name, fields, locks, version, changed_at,
    person_of(changed_by, scope) as changed_by from policy;

set local role wardgrid_ingest;
-- What a policy said before travels with it while it is rolled out: who inherits it holds no versions of it.
update policy p set rollout = p.rollout || jsonb_build_object('before',
    jsonb_build_object('fields', v.fields, 'locks', to_jsonb(v.locks)))
  from policy_version v where v.policy_id = p.id and v.version = (p.rollout ->> 'from')::int;
update policy set rollout = null where rollout is not null and not rollout ? 'before';

-- What was kept by address until now. Where a tenant syncs this is told like every change; sites take the
-- references of people above them from the controllers that know their accounts.
do $$
declare
  place record;
begin
  for place in select * from (values ('policy', 'changed_by'), ('policy_version', 'changed_by'), ('rule_switch', 'changed_by'),
    ('rule_exception', 'created_by'), ('rule_set', 'changed_by'), ('controller', 'created_by'), ('controller', 'approved_by'),
    ('controller', 'revoked_by'), ('join_token', 'created_by'),
    ('join_candidate', 'created_by'), ('join_candidate', 'decided_by'), ('enrolment_key', 'created_by'), ('job', 'created_by'),
    ('incident', 'closed_by'), ('quarantine_entry', 'ordered_by'), ('discovery_network', 'approved_by'),
    ('sync_conflict', 'changed_by'), ('sync_conflict', 'resolved_by'), ('sync_outbox', 'actor')) p (relation, name)
  loop
    execute format($q$update %1$I t set %2$I = format('account:%%s@%%s', a.id, case nlevel(a.scope) when 0 then 'platform'
        else ltree2text(subltree(a.scope, nlevel(a.scope) - 1, nlevel(a.scope))) end)
      from account a where a.email = t.%2$I$q$, place.relation, place.name);
  end loop;
end
$$;
-- Entries of timelines named people in their text: `Closed by ada@example.com: a note`.
update incident i set timeline = (
    select jsonb_agg(case when a.id is null then e else jsonb_build_object('at', e -> 'at',
        'text', split_part(e ->> 'text', ' ', 1) || substr(e ->> 'text', length(split_part(e ->> 'text', ' ', 1) || ' by ' || a.email) + 1),
        'by', format('account:%s@%s', a.id, case nlevel(a.scope) when 0 then 'platform'
          else ltree2text(subltree(a.scope, nlevel(a.scope) - 1, nlevel(a.scope))) end)) end order by n)
    from jsonb_array_elements(i.timeline) with ordinality t (e, n)
    left join account a on split_part(e ->> 'text', ' ', 1) in ('Reopened', 'Acknowledged', 'Closed')
      and split_part(e ->> 'text', ' ', 2) = 'by' and a.email = rtrim(split_part(e ->> 'text', ' ', 3), ':'))
  where i.timeline::text ~ '(Reopened|Acknowledged|Closed) by ';
reset role;
