-- Wishes are known by their names for a while: since when, up to which decision they are forgotten, and
-- the streams of which something was written anew elsewhere, so that it may come a second time.
alter table sync_op_id add column at timestamptz not null default now();
-- Rows come in the order of their time.
create index sync_op_id_at on sync_op_id using brin (at);
alter table sync_tenant add column wish_floor bigint not null default 0;
alter table sync_stream add column is_left boolean not null default false;

-- When relays were believed that this database is a copy: a few times a day.
alter table sync_tenant add column relay_forks jsonb not null default '[]';
