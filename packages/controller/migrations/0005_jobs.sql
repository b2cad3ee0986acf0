-- Jobs and the signed orders that carry them. The device's own references vouch for tenant and
-- organization: each further check costs a bulk order as much as its row.
create table job (
  id uuid primary key,
  tenant_id uuid not null,
  organization_id uuid not null,
  scope ltree not null,
  device_id uuid not null references device on delete cascade,
  batch_id uuid,
  kind text not null,
  arguments jsonb not null,
  state text not null check (state in ('queued', 'sent', 'running', 'succeeded', 'failed', 'expired', 'cancelled')),
  progress jsonb,
  summary jsonb,
  error_code text,
  error_detail text,
  is_cancel_requested boolean not null default false,
  created_at timestamptz not null,
  created_by text not null,
  sent_at timestamptz,
  started_at timestamptz,
  finished_at timestamptz,
  expires_at timestamptz not null,
  -- A final state has a moment, and only a final state.
  check ((state in ('succeeded', 'failed', 'expired', 'cancelled')) = (finished_at is not null))
) with (fillfactor = 60);
create index job_tenant on job (tenant_id, created_at desc, id);
create index job_device on job (device_id, created_at desc);
create index job_batch on job (batch_id) where batch_id is not null;
-- Open jobs are counted whenever one is made, and looked through for those whose time is over.
create index job_open on job (tenant_id, device_id, expires_at) where finished_at is null;
call protect_table('job');

-- Kept until the device has them safe on its disk.
create table job_order (
  -- The job goes with its device, and the order with the job.
  device_id uuid not null,
  sequence bigint not null,
  tenant_id uuid not null,
  job_id uuid not null references job on delete cascade,
  is_cancel boolean not null default false,
  -- Text as it was sealed: it is only ever handed on.
  envelope json not null,
  expires_at timestamptz not null,
  primary key (device_id, sequence)
);
create index job_order_job on job_order (job_id);
call restrict_table('job_order', 'wardgrid_ingest');
-- Ended jobs are removed by age.
create index job_finished on job (finished_at) where finished_at is not null;
