-- A prefix of five letters or more leaves few words to look at, so that an index of its own gains little, and costs
-- time in every import.

drop table person_search;
create virtual table person_search using fts5 (name, aliases, department, email, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4');
insert into person_search (person_search, rank) values ('hashsize', 33554432);
insert into person_search (rowid, name, aliases, department, email)
  select n, name, nullif(concat_ws(', ', formal_name, aliases), ''), department,
    case when instr(email, '@') > 1 then substr(email, 1, instr(email, '@') - 1) else email end
  from person join person_detail on person = id order by +n;
