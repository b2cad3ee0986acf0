-- What was refused is rare, and looked for with each page that is handed on: without an index of its own
-- all decisions of the stretch were read for it.
create index sync_log_refused on sync_log (tenant_id, g) where scope is null and entry is not null;

-- Each page looks here for rows that name what has just come. What was put in last stood in a list that
-- every single look went through from end to end: a page of a thousand rows took seconds.
alter index sync_row_refers_to set (fastupdate = off);
select gin_clean_pending_list('sync_row_refers_to'::regclass);

-- Ops go into the archive in the order of time, and are looked for by their age once an hour: a summary
-- of each stretch of the table finds them, and costs next to nothing while thousands are decided.
drop index sync_op_archive;
create index sync_op_archive on sync_op using brin (at) where kind = 'archive';
