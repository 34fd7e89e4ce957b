-- What an identity provider looks up, and whom its groups' news must still reach.

-- how the client itself names a user.
create index person_source_client on person_source (json_extract(raw, '$.externalId')) where source = 'scim';

-- people whose groups have changed and whose word doesn't say so yet.
create table team_news (person blob primary key) strict, without rowid;
