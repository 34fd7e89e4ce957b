-- A prefix longer than those indexed walks every word that begins with it: six characters of a common name met a
-- million rows. Same rows, longer prefixes.
drop table package_search;
create virtual table package_search using fts5 (tracking, recipient, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6');
insert into package_search (rowid, tracking, recipient)
  select package.n, tracking_number, coalesce(name, '') from package left join person_detail on person = recipient;
drop table person_search;
create virtual table person_search using fts5 (name, aliases, department, email, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3 4 5 6');
insert into person_search (rowid, name, aliases, department, email)
  select n, name, aliases, department, email from person join person_detail on person = id;
