-- The cloud's signed word on what controllers below this one read of each stretch of decisions: with it a
-- relay proves what it hands down. Kept as long as the decisions are listed.

create table sync_voucher (
  tenant_id uuid not null,
  -- The controller that it is for.
  node text collate "C" not null,
  -- Of decisions with from_g < g <= up_to.
  from_g bigint not null,
  up_to bigint not null,
  epoch bigint not null,
  scope_version bigint not null,
  digest text not null,
  -- When the cloud said so, by its clock.
  said_at bigint not null,
  sealed text not null,
  primary key (tenant_id, node, up_to)
);
create index sync_voucher_up_to on sync_voucher (tenant_id, up_to);
call restrict_table('sync_voucher', 'wardgrid_ingest');
