-- A change of a policy goes to some of its devices first: the version that the others keep, how many of a
-- hundred have the new one, since when, and why it was halted. Null: all run the newest version.
alter table policy add column rollout jsonb;
create index policy_rolling on policy (id) where rollout is not null;

-- It travels with the policy: triggers say so where they are there already, and when they are made.
do $$
declare
  event record;
begin
  for event in select tgname as name, replace(pg_get_triggerdef(oid), 'next_end_at}', 'next_end_at,rollout}') as definition
    from pg_trigger where tgrelid = 'policy'::regclass and tgname like 'sync_capture%'
  loop
    execute format('drop trigger %I on policy', event.name);
    execute event.definition;
  end loop;
  execute replace(pg_get_functiondef('sync_begin_capture()'::regprocedure), 'next_end_at}', 'next_end_at,rollout}');
end
$$;
