-- Numbers of references that the cloud lends to a controller's stream: the highest one that the stream gave.
alter table sync_stream add column used_number bigint;
