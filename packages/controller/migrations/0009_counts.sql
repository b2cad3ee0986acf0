-- Aggregates of everything below a node, for readers who may not look into its depths: counts only,
-- for scopes that the caller has already been found to see.
create function scope_counts(scopes ltree[])
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
    from finding where finding.scope <@ s.scope and state = 'open'
  ) f on true
  left join lateral (
    select count(*) as open_incidents from incident where incident.scope <@ s.scope and state <> 'closed'
  ) i on true
$$;

grant create on schema public to wardgrid_ingest;
alter function scope_counts(ltree[]) owner to wardgrid_ingest;
revoke create on schema public from wardgrid_ingest;
revoke all on function scope_counts(ltree[]) from public;
grant execute on function scope_counts(ltree[]) to wardgrid_tenant, wardgrid_scoped, wardgrid_platform, wardgrid_ingest;
create index finding_scope on finding using gist (scope);
create index incident_scope on incident using gist (scope);
