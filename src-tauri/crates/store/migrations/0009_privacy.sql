-- What is kept only for its time. A row of the log may lose its body and nothing else: its number, its hash and its
-- place in the chain stay, and a later event says that it was emptied on purpose.
drop trigger event_is_never_changed;
create trigger event_is_never_changed before update on event
when not (new.body = '' and new.seq = old.seq and new.id = old.id and new.kind = old.kind and new.wall_utc_ms = old.wall_utc_ms
  and new.boot_id = old.boot_id and new.mono_ms = old.mono_ms and new.prev_hash = old.prev_hash and new.hash = old.hash)
begin select raise(abort, 'the custody log is append-only'); end;

-- who came, who signed in, who opened what: what a sweep looks through, without what was emptied already.
create index event_access on event (seq) where body <> '' and kind in ('visit.began', 'visit.ended', 'staff.signed_in', 'staff.refused',
  'credential.refused', 'credential.asked', 'badge.blocked_shown', 'delegation.given', 'delegation.ended', 'hold.set', 'hold.ended', 'task.settled',
  'opening.decided', 'opening.sent', 'opening.acknowledged', 'opening.opened', 'opening.not_opened', 'opening.unknown',
  'opening.answered', 'opening.closed');

-- since when somebody is active no more.
alter table person add column left_ms integer;
create table said (person blob not null, seq integer not null, at integer not null, active integer not null) strict;
insert into said
  select unhex(json_extract(body, '$.person'), '-'), seq, wall_utc_ms, json_extract(body, '$.active') from event where kind = 'person.changed'
  union all
  select unhex(value, '-'), seq, wall_utc_ms, json_extract(body, '$.active') from event, json_each(body, '$.people') where kind = 'people.active_set'
  union all
  select unhex(json_extract(body, '$.person'), '-'), seq, wall_utc_ms, 0 from event where kind = 'person.erased';
create index said_person on said (person, active, seq);
update person set left_ms = (select min(at) from said where said.person = person.id and active = 0
  and seq > coalesce((select max(seq) from said as back where back.person = person.id and back.active = 1), 0)) where active = 0;
drop table said;
create index person_left on person (left_ms) where left_ms is not null;

-- its story is gone, and this row is what is kept of it.
alter table package add column story_gone integer not null default 0;
create index package_ended on package (story_gone, changed_ms) where state in ('collected', 'handed_over', 'returned', 'lost');
create index notice_person on notice (person);
create index task_package on task (package) where package is not null;
create index delegation_package on delegation (package) where package is not null;
