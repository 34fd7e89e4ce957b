-- Recipients: deadlines that pause, codes of delegates, what staff noted when they opened for somebody.

-- when it was deposited: from then on its deadline counts.
alter table package add column stored_ms integer;
update package set stored_ms = coalesce((select max(wall_utc_ms) from event join story using (seq)
  where story.package = package.id and kind = 'package.stored'), 0) where deadline_ms is not null;

-- by which delegation it is somebody's; without one it is the recipient's.
alter table code add column delegation blob;
drop index one_active_code;
create unique index one_active_code on code (package, coalesce(delegation, x'')) where state = 'active';
create index code_delegation on code (delegation) where delegation is not null;

-- who asked for a new code, and when.
create index event_credential_asked on event (wall_utc_ms) where kind = 'credential.asked';

-- not in the log: it can be erased.
create table override_note (opening blob primary key, note text not null) strict, without rowid;
