-- A snapshot of another history knows since when rows are of that: one that is under way began before it
-- did, so that all rows count as of the history that ended.
alter table sync_tenant no force row level security;
update sync_tenant set catchup = (catchup - 'isHard') || jsonb_build_object('turn',
  case when (catchup ->> 'isHard')::boolean
    then jsonb_build_object('before', '[]'::jsonb, 'snapshotNumber', snapshot_number) end)
where catchup ? 'isHard';
alter table sync_tenant force row level security;
