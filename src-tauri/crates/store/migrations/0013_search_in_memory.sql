-- Of many people that are written at once, more is put in order in memory before it goes into the search index: fewer
-- pieces to be merged later.

insert into person_search (person_search, rank) values ('hashsize', 33554432);
