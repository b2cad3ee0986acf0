-- What lies below a scope is found by ltree's own operators, which these indexes do not know: nothing
-- ever read them, and each row and op paid for them.
drop index sync_row_scope;
drop index sync_op_place;
