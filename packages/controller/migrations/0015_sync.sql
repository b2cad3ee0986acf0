-- Synchronisation along the chain of command: what is decided, the log that led there, and what is not
-- decided yet. Nobody but the link and the workers reads these tables, except conflicts, which people see.
-- Texts that the engine orders have its order: by code unit.

-- One row a tenant that syncs here: its lock is the tenant's one order.
create table sync_tenant (
  tenant_id uuid primary key,
  -- The own name: 'cloud', or the id of this controller.
  node text not null check (length(node) <= 60),
  epoch bigint not null default 1,
  -- The last decision that sync_row holds; at the cloud the newest of all.
  cursor bigint not null default 0,
  -- Decisions up to this one are no longer listed.
  floor bigint not null default 0,
  scope_version bigint not null default 0,
  -- The own stream: where it stands and what its clock last showed.
  stream text not null,
  q bigint not null default 0,
  head text not null,
  hlc text not null,
  last_ref bigint not null default 0,
  -- The snapshot that is being taken: its number marks the rows that came with it.
  catchup jsonb,
  snapshot_number bigint not null default 0,
  -- What the upstream in use said it has; another begins anew.
  upstream text not null default '',
  receipts jsonb not null default '{}',
  request_number bigint not null default 0,
  -- How far the tenant's rows were read for the first time; null when all are.
  baseline jsonb,
  created_at timestamptz not null default now()
);
call restrict_table('sync_tenant', 'wardgrid_ingest');

-- Decided rows, whole: tombstones too, until everybody has seen them.
create table sync_row (
  tenant_id uuid not null,
  row_id text collate "C" not null,
  type text collate "C" not null,
  scope ltree not null,
  g bigint not null,
  ref text,
  is_deleted boolean not null,
  -- Values with who wrote them when.
  fields json not null,
  natural_key text collate "C",
  -- Ids that its fields name, where those may become others.
  refers_to text[],
  -- The last snapshot that it came with.
  snapshot_number bigint not null default 0,
  primary key (tenant_id, row_id)
);
create index sync_row_scope on sync_row (tenant_id, scope);
create index sync_row_key on sync_row (tenant_id, type, natural_key) where natural_key is not null and not is_deleted;
create index sync_row_refers_to on sync_row using gin (refers_to) where refers_to is not null;
create index sync_row_deleted on sync_row (tenant_id, g) where is_deleted;
call restrict_table('sync_row', 'wardgrid_ingest');

-- Decisions in their order, with how far each author's stream is decided by them.
create table sync_log (
  tenant_id uuid not null,
  g bigint not null,
  stream text collate "C" not null,
  q bigint not null,
  -- The chain's head there; null where the decision moved no stream on.
  head text,
  -- Numbers given up below, when that changed.
  holes bigint[],
  -- Where it may be seen: the row's place, and others when there are. Null: nobody below sees it.
  scope ltree,
  scopes ltree[],
  type text collate "C" not null,
  entry json,
  at timestamptz not null default now(),
  primary key (tenant_id, g)
);
call restrict_table('sync_log', 'wardgrid_ingest');

-- How far each author's stream is decided, and what a relay holds of it.
create table sync_stream (
  tenant_id uuid not null,
  stream text collate "C" not null,
  q bigint,
  head text,
  holes bigint[] not null default '{}',
  -- Since when it waits for a number that does not come.
  gap_since bigint,
  relay_up_to bigint,
  relay_head text,
  primary key (tenant_id, stream)
);
call restrict_table('sync_stream', 'wardgrid_ingest');

-- In which stream each controller writes now.
create table sync_living (
  tenant_id uuid not null,
  node text collate "C" not null,
  stream text collate "C" not null,
  at text collate "C" not null,
  primary key (tenant_id, node)
);
call restrict_table('sync_living', 'wardgrid_ingest');

-- Ops: own ones that are not decided and those that are, others' on their way up, and undecided ones
-- of elsewhere that the upstream shows.
create table sync_op (
  tenant_id uuid not null,
  kind text collate "C" not null check (kind in ('pending', 'archive', 'relay', 'foreign')),
  stream text collate "C" not null,
  q bigint not null,
  op_id text collate "C" not null,
  row_id text collate "C" not null,
  type text collate "C" not null,
  -- Where its row lies, or is to be made; null when nobody here knows.
  place ltree,
  previous_head text not null,
  head text not null,
  signature text,
  -- As its author signed it.
  op text not null,
  at timestamptz not null default now(),
  primary key (tenant_id, kind, stream, q)
);
create index sync_op_row on sync_op (tenant_id, row_id) where kind <> 'archive';
create index sync_op_place on sync_op (tenant_id, place) where kind <> 'archive';
create index sync_op_archive on sync_op (tenant_id, at) where kind = 'archive';
call restrict_table('sync_op', 'wardgrid_ingest');

-- Wishes that took effect or were refused, so that none does twice.
create table sync_op_id (
  tenant_id uuid not null,
  op_id text collate "C" not null,
  g bigint not null,
  primary key (tenant_id, op_id)
);
call restrict_table('sync_op_id', 'wardgrid_ingest');

-- Ids that became others.
create table sync_alias (
  tenant_id uuid not null,
  from_id text collate "C" not null,
  to_id text collate "C" not null,
  scope ltree not null,
  g bigint not null default 0,
  primary key (tenant_id, from_id)
);
create index sync_alias_to on sync_alias (tenant_id, to_id);
call restrict_table('sync_alias', 'wardgrid_ingest');

-- Controllers that exchange with this one.
create table sync_peer (
  tenant_id uuid not null,
  node text collate "C" not null,
  epoch bigint not null,
  cursor bigint not null,
  scope_version bigint not null,
  -- The decision as of which it takes a snapshot: the log behind it is kept that long.
  snapshot_at bigint,
  seen_at timestamptz not null,
  primary key (tenant_id, node)
);
call restrict_table('sync_peer', 'wardgrid_ingest');

-- Changes as features made them, until the sealer writes them into the own stream.
create table sync_outbox (
  id bigserial primary key,
  tenant_id uuid not null,
  type text not null,
  row_id text not null,
  kind text not null check (kind in ('create', 'patch', 'delete', 'move')),
  -- The row's scope: of a create and a move.
  scope ltree,
  -- Changed columns alone.
  fields jsonb not null default '{}',
  actor text not null default '',
  -- The cursor when it was written.
  seen bigint not null,
  at timestamptz not null default now()
);
create index sync_outbox_tenant on sync_outbox (tenant_id, id);
grant usage on sequence sync_outbox_id_seq to wardgrid_ingest;
call restrict_table('sync_outbox', 'wardgrid_ingest');

-- Changes that did not come to stand, for people to look at.
create table sync_conflict (
  id uuid primary key,
  tenant_id uuid not null,
  scope ltree not null,
  at timestamptz not null,
  kind text not null check (kind in ('lost', 'rejected')),
  reason text not null,
  type text not null,
  row_id text not null,
  op_id text not null,
  -- The controller that it was changed on.
  node text not null,
  op_kind text not null,
  changed_by text not null,
  -- What was wished, and what stands instead.
  lost jsonb not null,
  kept jsonb not null,
  state text not null default 'open' check (state in ('open', 'reapplied', 'dismissed')),
  resolved_at timestamptz,
  resolved_by text
);
create unique index sync_conflict_op on sync_conflict (tenant_id, op_id);
create index sync_conflict_at on sync_conflict (tenant_id, at desc, id);
call protect_table('sync_conflict');

-- Licensed seats that the cloud let a controller give away while nobody above can be asked.
create table seat_lease (
  -- The controller's own id.
  id uuid primary key,
  tenant_id uuid not null,
  scope ltree not null,
  seats int not null check (seats >= 0),
  expires_at timestamptz not null,
  changed_at timestamptz not null
);
create index seat_lease_tenant on seat_lease (tenant_id);
call protect_table('seat_lease');
