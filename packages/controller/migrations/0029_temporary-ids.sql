-- Ids of clients that cannot mint lasting ones: what each of them stands for, for the account that used it.
create table temporary_id (
  account_id uuid not null references account (id) on delete cascade,
  given text collate "C" not null check (length(given) <= 104),
  id uuid not null,
  made_at timestamptz not null default clock_timestamp(),
  primary key (account_id, given)
);
create index temporary_id_made_at on temporary_id (account_id, made_at);
call restrict_table('temporary_id', 'wardgrid_auth');
