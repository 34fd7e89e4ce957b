-- People as a directory keeps them: more roles, several sources, several badges, accounts of staff, delegates, holds
-- and the site's policy.

-- who may do what has five names now, and who has a badge is told by the badges.
create table detail_before as select * from person_detail;
create table badge_before as select id, has_badge from person;
drop table person_detail;
create table person_after (
  n integer primary key,
  id blob not null unique,
  role text not null check (role in ('recipient', 'clerk', 'supervisor', 'admin', 'auditor')),
  active integer not null default 1
) strict;
insert into person_after (n, id, role, active) select n, id, role, active from person;
drop table person;
alter table person_after rename to person;
create index person_staff on person (role) where role <> 'recipient';

-- ---- folded from the log ----

-- one card or fob. the one that was given before badges had ids has its person's id.
create table badge (
  id blob primary key,
  person blob not null,
  state text not null check (state in ('active', 'blocked')),
  changed_ms integer not null
) strict, without rowid;
create index badge_person on badge (person);

-- who may fetch for whom: one package, or all within the dates.
create table delegation (
  id blob primary key,
  principal blob not null,
  delegate blob not null,
  package blob,
  from_ms integer not null,
  until_ms integer not null,
  by text not null,
  ended integer not null default 0
) strict, without rowid;
create index delegation_principal on delegation (principal) where ended = 0;
create index delegation_delegate on delegation (delegate) where ended = 0;

-- a time in which somebody's deadlines pause.
create table hold (
  id blob primary key,
  person blob not null,
  from_ms integer not null,
  until_ms integer not null,
  ended_ms integer
) strict, without rowid;
create index hold_person on hold (person);

-- the newest policy is the one that holds; it is read from the log itself.
create index event_policy on event (seq) where kind = 'policy.set';

-- ---- not in the log: it names people, is a secret, or can be erased ----

-- what is true of a person, folded from what the sources say (person_source), as screens and searches read it.
create table person_detail (
  person blob primary key references person (id),
  -- what they want to be called, else the name in the papers.
  name text not null,
  -- the name in the papers, where that differs.
  formal_name text,
  aliases text,
  email text,
  phone text,
  department text,
  location text,
  -- as the source names them.
  manager text,
  -- one a line.
  teams text,
  language text not null default 'en',
  channel text,
  needs_low_door integer not null default 0
) strict, without rowid;
insert into person_detail (person, name, aliases, email, department, language, needs_low_door)
  select person, name, aliases, email, department, language, needs_low_door from detail_before;
create unique index person_email on person_detail (email) where email is not null;

-- what each source says of a person: a record as JSON, its badges as keyed hashes in hex.
create table person_source (
  person blob not null references person (id),
  source text not null check (source in ('hand', 'csv', 'ldap', 'scim')),
  external_id text,
  record text not null,
  -- a resource as it was sent, for who asks for it back.
  raw text,
  version integer not null default 1,
  changed_ms integer not null,
  primary key (person, source)
) strict, without rowid;
create unique index person_external on person_source (source, external_id) where external_id is not null;

-- the number of a badge as a keyed hash.
create table badge_secret (badge blob primary key, hash blob not null unique) strict, without rowid;

insert into badge (id, person, state, changed_ms)
  select id, id, 'active', 0 from badge_before where has_badge = 1;
insert into badge_secret (badge, hash)
  select person, badge_hash from detail_before where badge_hash is not null;
-- the badge's time is its event's.
update badge set changed_ms = coalesce((select max(wall_utc_ms) from event where kind = 'person.badge_set' and
  unhex(replace(json_extract(body, '$.person'), '-', '')) = badge.person), 0);

insert into person_source (person, source, record, changed_ms)
  select person, 'hand', json_patch('{}', json_object('name', name, 'email', email, 'department', department,
    'language', language, 'needs_low_door', json(iif(needs_low_door, 'true', 'false')))), 0 from detail_before;
update person_source set record = json_set(record, '$.aliases', (select json_array(aliases) from detail_before d where d.person = person_source.person))
  where person in (select person from detail_before where aliases is not null);
update person_source set record = json_set(record, '$.badges', (select json_array(lower(hex(badge_hash))) from detail_before d where d.person = person_source.person))
  where person in (select person from detail_before where badge_hash is not null);
update person_source set record = json_set(record, '$.active', json('false'))
  where person in (select id from person where active = 0);

-- how staff sign in.
create table account (
  person blob primary key references person (id),
  password_hash text,
  pin_hash text,
  -- the second factor's key, sealed; and the last step it was used in, so that no code is taken twice.
  totp_sealed blob,
  totp_step integer not null default 0,
  issuer text,
  subject text
) strict, without rowid;
create unique index account_subject on account (issuer, subject) where subject is not null;
insert into account (person, password_hash) select person, password_hash from detail_before where password_hash is not null;

-- groups of a directory, as a provisioning identity provider keeps them.
create table team (
  id blob primary key,
  name text not null,
  external_id text,
  raw text,
  version integer not null default 1,
  changed_ms integer not null
) strict, without rowid;
create table team_member (
  team blob not null references team (id) on delete cascade,
  person blob not null references person (id),
  primary key (team, person)
) strict, without rowid;
create index team_member_person on team_member (person);

drop table detail_before;
drop table badge_before;
