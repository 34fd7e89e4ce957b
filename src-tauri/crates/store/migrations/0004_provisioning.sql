-- What an identity provider looks up, and whose word must still be taken in anew.

-- how the client itself names a user.
create index person_source_client on person_source (json_extract(raw, '$.externalId')) where source = 'scim';

-- people whose groups or manager have changed, and whose word doesn't say so yet.
create table stale_word (person blob primary key) strict, without rowid;
