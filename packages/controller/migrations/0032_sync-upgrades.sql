-- What this controller knew of each type of row when it last wrote them into their tables: a newer release that
-- knows more writes then what came before it did. Null: from before that was kept.
alter table sync_tenant add column declarations jsonb;
