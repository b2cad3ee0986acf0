-- When the next exclusion of a policy ends; devices below are told then.
alter table policy add column next_end_at timestamptz;
create index policy_next_end on policy (next_end_at) where next_end_at is not null;
