-- Controllers that want to join below this one: who announced itself, asked, or came with a token that
-- needs a person. They stay where they asked; `controller` holds what the cloud certified, and no more.

create table join_candidate (
  id uuid primary key,
  -- Null of one that is nobody's yet: at the cloud whoever lets it in says whose it is.
  tenant_id uuid references tenant on delete cascade,
  -- Where it is seen: what this controller serves, and from the decision on what the newcomer will.
  scope ltree not null,
  node_id uuid not null,
  public_key text not null check (length(public_key) = 43),
  -- Of the key. Another key is another candidate, whatever id it asks under.
  fingerprint text not null unique check (length(fingerprint) = 32),
  name text not null check (length(name) <= 120),
  source text not null check (source in ('heard', 'asked', 'token')),
  -- The token that it came with, which says its name and place.
  token_id uuid references join_token on delete cascade,
  address text not null check (length(address) <= 45),
  -- What stands for the address when one asker is told from another.
  network text not null check (length(network) <= 49),
  urls jsonb not null default '[]',
  version text not null default '' check (length(version) <= 40),
  -- When the newest request was signed: an older one is played again.
  issued_at timestamptz not null default 'epoch',
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  -- Where it is put, once somebody said so.
  parent_id uuid,
  created_by text not null default '',
  approved_at timestamptz,
  denied_at timestamptz,
  decided_by text,
  joined_at timestamptz
);
create index join_candidate_tenant on join_candidate (tenant_id, first_seen_at);
create index join_candidate_node on join_candidate (node_id);
call protect_table('join_candidate');
-- One that is nobody's yet is seen by the platform alone.
drop policy of_platform on join_candidate;
create policy of_platform on join_candidate to wardgrid_platform using (
  (tenant_id is null or not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[]))
  and ((select current_setting('app.scopes', true)) = '{*}'
    or scope ? (select coalesce(nullif(current_setting('app.scopes', true), ''), '{}')::lquery[]))
  and ((select coalesce(nullif(current_setting('app.denied', true), ''), '{}')) = '{}'
    or not scope ? (select coalesce(nullif(current_setting('app.denied', true), ''), '{}')::lquery[]))
) with check (
  tenant_id is null or not tenant_id = any ((select coalesce(nullif(current_setting('app.barred', true), ''), '{}')::uuid[])::uuid[])
);
