-- Views named after the sources' schema, for reports. They run with the reader's rights, so that
-- row-level security holds through them.
create schema reporting;
grant usage on schema reporting to wardgrid_tenant, wardgrid_scoped, wardgrid_platform;

create view reporting.tenants with (security_invoker = true) as
  select id, name, is_suspended, seats_used, created_at from tenant;
create view reporting.organizations with (security_invoker = true) as
  select id, tenant_id, name, created_at from organization;
create view reporting.clients with (security_invoker = true) as
  select id, tenant_id, name, created_at from organization;
create view reporting.groups with (security_invoker = true) as
  select id, tenant_id, organization_id, parent_id, name, created_at from device_group;
create view reporting.admins with (security_invoker = true) as
  select id, tenant_id, email, name, layer, scope::text as scope, state, created_at, last_sign_in_at from account where kind = 'admin';
create view reporting.users with (security_invoker = true) as
  select id, tenant_id, email, name, scope::text as scope, state, created_at, last_sign_in_at from account where kind = 'user';
create view reporting.devices with (security_invoker = true) as
  select d.id, d.tenant_id, d.organization_id, d.group_id, d.name, d.hostname, d.os_name, d.os_version, d.agent_version,
    host(d.local_ip) as local_ip, d.primary_cidr::text as primary_cidr, p.status, p.last_seen_at, d.enrolled_at
  from device d join device_presence p on p.device_id = d.id where d.state = 'active';
create view reporting.agents with (security_invoker = true) as
  select d.id as device_id, d.tenant_id, d.agent_version, p.status, p.last_seen_at
  from device d join device_presence p on p.device_id = d.id where d.state = 'active';
create view reporting.assets with (security_invoker = true) as
  select id, tenant_id, organization_id, host(ip) as ip, mac, name, device_id, is_ignored, is_stale, first_seen_at, last_seen_at from discovery_asset;
create view reporting.findings with (security_invoker = true) as
  select id, tenant_id, organization_id, rule, title, severity, state, subject, first_seen_at, last_seen_at, reopened from finding;
create view reporting.jobs with (security_invoker = true) as
  select id, tenant_id, device_id, kind, state, created_by, created_at, started_at, finished_at from job;
grant select on all tables in schema reporting to wardgrid_tenant, wardgrid_scoped, wardgrid_platform;
