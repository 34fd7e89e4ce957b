-- Notices by several channels: each waits in its turn, knows which ways were tried, and can be sent again.

create table outbox_new (
  n integer primary key autoincrement,
  notice blob not null unique,
  -- the facts to be told; where they go is looked up when they do.
  body text not null,
  -- sealed, and erased once it is sent or given up.
  sealed_code blob,
  -- grows when staff send it again: a repeat that is meant must not pass for one that is not.
  round integer not null default 0,
  attempts integer not null default 0,
  -- the channels that said no for good, as a JSON list.
  tried text not null default '[]',
  -- since when it waits for its channel.
  since_ms integer not null,
  next_ms integer not null,
  -- a reason and the provider's code, as JSON.
  why text
) strict;
insert into outbox_new (notice, body, sealed_code, attempts, since_ms, next_ms)
  select o.notice, o.body, o.sealed_code, o.attempts, coalesce(n.changed_ms, o.next_ms), o.next_ms
  from outbox o left join notice n on n.id = o.notice order by n.changed_ms, o.notice;
drop table outbox;
alter table outbox_new rename to outbox;
create index outbox_due on outbox (next_ms);
create index notice_waiting on notice (person) where state = 'waiting';
create index notice_failed on notice (changed_ms) where state = 'failed';

alter table task add column owner blob;

create table person_quiet (
  person blob primary key references person (id),
  -- minutes of the site's day.
  from_minute integer not null,
  until_minute integer not null
) strict, without rowid;

create table template (
  channel text not null,
  kind text not null,
  language text not null,
  subject text not null,
  body text not null,
  primary key (channel, kind, language)
) strict, without rowid;
