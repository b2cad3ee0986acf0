-- Accounts, sessions, tokens, blocked addresses.
create table account (
  id uuid primary key,
  -- Null at the platform.
  tenant_id uuid references tenant,
  scope ltree not null,
  email text not null unique check (length(email) <= 254),
  name text not null check (length(name) between 1 and 120),
  kind text not null check (kind in ('admin', 'user')),
  layer int not null check (layer >= 0),
  reach text not null check (reach in ('direct', 'subtree')),
  state text not null check (state in ('invited', 'active', 'disabled')),
  -- Raised by whatever must end what is signed in: password, roles, second factor, disabling.
  epoch int not null default 1,
  created_by uuid,
  created_at timestamptz not null default now(),
  last_sign_in_at timestamptz
);
create index account_tenant on account (tenant_id);
call protect_table('account');
-- The platform's own accounts have no tenant.
drop policy of_platform on account;
create policy of_platform on account to wardgrid_platform using (
  (tenant_id is null or not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[]))
  and ((select current_setting('app.scopes', true)) = '{*}'
    or scope ? (select coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]))
  and ((select coalesce(nullif(current_setting('app.denied', true), ''), '{}')) = '{}'
    or not scope ? (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')::lquery[]))
) with check (true);
create policy of_auth on account to wardgrid_auth using (true) with check (true);
grant select, insert, update, delete on account to wardgrid_auth;

-- What an account knows and owns: read by sign-in alone.
create table account_credential (
  account_id uuid primary key references account on delete cascade,
  password_hash text,
  totp_sealed bytea,
  -- A secret that was offered and not yet confirmed.
  totp_pending_sealed bytea,
  -- The last accepted time step: a code is good once.
  totp_last_step bigint not null default 0,
  backup_code_hashes text[] not null default '{}',
  invitation_hash text unique,
  invitation_expires_at timestamptz
);
call restrict_table('account_credential', 'wardgrid_auth');

-- Failed sign-ins by what was attacked, whether or not such an account exists: known and unknown
-- e-mail addresses take the same path. Rows are forgotten after a day.
create table sign_in_failure (
  key text primary key check (length(key) <= 100),
  failed_count int not null,
  failed_at timestamptz not null
);
create index sign_in_failure_failed_at on sign_in_failure (failed_at);
call restrict_table('sign_in_failure', 'wardgrid_auth');

create table account_role (
  account_id uuid not null references account on delete cascade,
  tenant_id uuid,
  role text not null,
  scope ltree not null,
  effect text not null check (effect in ('allow', 'deny')),
  expires_at timestamptz,
  primary key (account_id, role, scope, effect)
);
call restrict_table('account_role', 'wardgrid_auth');
-- Moving a group moves the roles given below it.
create policy of_ingest on account_role to wardgrid_ingest using (true) with check (true);
grant select, update on account_role to wardgrid_ingest;

create table session (
  id uuid primary key,
  account_id uuid not null references account on delete cascade,
  refresh_hash text not null unique,
  -- The hash before the last rotation: honoured for a moment, later its use is theft.
  previous_hash text unique,
  rotated_at timestamptz not null,
  epoch int not null,
  -- How the session proved itself: `password`, `totp`.
  methods text[] not null,
  address inet not null,
  user_agent text not null check (length(user_agent) <= 300),
  created_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz,
  revoked_reason text
);
create index session_account on session (account_id);
create index session_expires_at on session (expires_at);
call restrict_table('session', 'wardgrid_auth');

create table api_token (
  id uuid primary key,
  account_id uuid not null references account on delete cascade,
  name text not null,
  prefix text not null,
  token_hash text not null unique,
  permissions text[] not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  last_used_at timestamptz
);
create index api_token_account on api_token (account_id);
call restrict_table('api_token', 'wardgrid_auth');

create table device_code (
  device_code_hash text primary key,
  user_code text not null unique,
  client_name text not null,
  account_id uuid references account on delete cascade,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
call restrict_table('device_code', 'wardgrid_auth');

create table blocked_address (
  id uuid primary key,
  cidr cidr not null unique,
  reason text not null,
  origin text not null check (origin in ('automatic', 'manual')),
  -- How often it was blocked: each time for twice as long. Kept a while after the block ended.
  strike_count int not null default 1,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
call restrict_table('blocked_address', 'wardgrid_auth');

create table saved_view (
  id uuid primary key,
  account_id uuid not null references account on delete cascade,
  noun text not null,
  name text not null,
  filter text not null,
  sort text,
  columns text[],
  created_at timestamptz not null default now()
);
create index saved_view_account on saved_view (account_id);
call restrict_table('saved_view', 'wardgrid_auth');
