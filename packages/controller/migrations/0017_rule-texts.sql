-- What a rule looks for beside what to do about what it finds: until now the second stood for the first.
alter table rule_product rename column description to remedy;
alter table rule_product add column description text not null default '';
alter table rule_imported rename column description to remedy;
alter table rule_imported add column description text not null default '';
