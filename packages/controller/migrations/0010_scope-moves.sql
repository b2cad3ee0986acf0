-- What moving and deleting nodes of the scope tree needs.

-- Whether no device, group or account is left at or below a node, for callers who may not look into
-- its depths. The node itself, when it is a group, does not count.
create function scope_is_empty(node ltree) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select not exists (select from device where scope <@ node and state = 'active')
    and not exists (select from device_group where scope <@ node and scope <> node)
    and not exists (select from account where scope <@ node)
$$;
grant create on schema public to wardgrid_ingest;
alter function scope_is_empty(ltree) owner to wardgrid_ingest;
revoke create on schema public from wardgrid_ingest;
revoke all on function scope_is_empty(ltree) from public;
grant execute on function scope_is_empty(ltree) to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest;

-- What belongs to an organization and to no device of it goes with it.
alter table finding add foreign key (organization_id) references organization on delete cascade;
alter table incident add foreign key (organization_id) references organization on delete cascade;
create index finding_organization on finding (organization_id);
create index incident_organization on incident (organization_id);
