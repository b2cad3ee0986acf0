-- Controllers of the grid, and the tokens with which they join.

-- The tree of controllers, one row a controller and tenant. It travels along the chain of command: what
-- only the cloud says (certificate, parent, layer) comes down, what a controller says of itself goes up.
create table controller (
  -- The controller's name on the chain. The cloud's is the tenant's id: it has a row in each tenant.
  id uuid primary key,
  -- What agents and people call the controller: the same, but for the cloud.
  controller_id uuid not null,
  tenant_id uuid not null references tenant,
  -- What it serves, with everything below.
  scope ltree not null,
  -- Null at the cloud.
  parent_id uuid,
  layer int not null check (layer between 0 and 16),
  name text not null check (length(name) between 1 and 120),
  public_key text not null check (length(public_key) = 43),
  urls jsonb not null default '[]',
  -- PEM of the authority whom to believe when it is called over TLS.
  authority text check (length(authority) <= 8192),
  version text not null default '',
  -- Signed by the tenant's key; null until it is let in.
  certificate jsonb,
  -- Grows whenever what it sees changes.
  scope_version bigint not null default 1,
  created_at timestamptz not null default now(),
  created_by text not null,
  approved_at timestamptz,
  approved_by text,
  revoked_at timestamptz,
  revoked_by text,
  revoked_reason text check (length(revoked_reason) <= 300)
);
create index controller_tenant on controller (tenant_id, layer);
create index controller_parent on controller (parent_id);
call protect_table('controller');

-- What controllers said of themselves. It is told again with each exchange, and stays here.
create table controller_report (
  controller_id uuid primary key references controller on delete cascade,
  tenant_id uuid not null,
  scope ltree not null,
  -- By its own clock: the newer report is kept, whichever way it came.
  at timestamptz not null,
  version text not null,
  upstream text not null,
  upstream_id uuid,
  cursor bigint not null,
  queue_up bigint not null,
  clock_offset_ms double precision,
  received_at timestamptz not null,
  -- When it exchanged with this controller itself; null when others told.
  exchanged_at timestamptz
);
call protect_table('controller_report');

-- One-time secrets with which controllers join below this one. They stay where they were made.
create table join_token (
  id uuid primary key,
  tenant_id uuid not null references tenant,
  scope ltree not null,
  parent_id uuid not null,
  name text not null check (length(name) between 1 and 120),
  -- Names the token; no secret.
  token_id text not null unique check (length(token_id) = 16),
  token_hash text not null check (length(token_hash) = 64),
  is_approval_needed boolean not null,
  created_at timestamptz not null,
  created_by text not null,
  expires_at timestamptz not null,
  -- The controller that came with it. The same may come again, until it has its certificate.
  used_at timestamptz,
  used_by uuid,
  used_key text,
  revoked_at timestamptz
);
create index join_token_tenant on join_token (tenant_id, created_at);
call protect_table('join_token');
