-- the custody log: what happened, in order, each row bound to the one before by its hash.
create table event (
  seq integer primary key,
  id blob not null unique,
  kind text not null,
  body text not null,
  wall_utc_ms integer not null,
  boot_id blob not null,
  mono_ms integer not null,
  prev_hash blob not null,
  hash blob not null unique
) strict;
create trigger event_is_never_changed before update on event begin select raise(abort, 'the custody log is append-only'); end;
create trigger event_is_never_deleted before delete on event begin select raise(abort, 'the custody log is append-only'); end;

-- who this database belongs to. a restore raises the incarnation.
create table node (
  id integer primary key check (id = 1),
  node_id blob not null,
  incarnation integer not null
) strict;

-- small things kept by name: channels, the throttle of each keypad.
create table setting (key text primary key, value text not null) strict, without rowid;

-- ---- what follows, up to the next line, is folded from the log and from nothing else ----

create table site (id integer primary key check (id = 1), name text not null) strict;

create table bank (
  id blob primary key,
  name text not null unique,
  driver text not null,
  port text not null,
  baud integer not null,
  board integer not null,
  closed_bit integer not null check (closed_bit in (0, 1)),
  status_order text,
  screen_column integer,
  screen_row integer,
  position integer not null,
  locked integer not null default 0
) strict, without rowid;

-- three separate facts: fitness and occupancy here; the door is only ever an observation, held in memory.
create table compartment (
  id blob primary key,
  bank blob not null references bank (id),
  label text not null,
  channel integer not null,
  size text not null check (size in ('S', 'M', 'L', 'XL')),
  place_column integer not null,
  place_row integer not null,
  accessible integer not null,
  refrigerated integer not null,
  retired integer not null default 0,
  in_service integer not null default 1,
  suspect integer not null default 0,
  occupancy text not null default 'empty' check (occupancy in ('empty', 'reserved', 'holding')),
  package blob,
  used integer not null default 0,
  freed_ms integer not null default 0,
  check ((occupancy = 'empty') = (package is null))
) strict, without rowid;
create unique index one_place_per_package on compartment (package) where package is not null;
create unique index one_label_per_bank on compartment (bank, label) where retired = 0;

create table person (
  n integer primary key,
  id blob not null unique,
  role text not null check (role in ('recipient', 'clerk', 'admin')),
  active integer not null default 1,
  has_badge integer not null default 0
) strict;

-- n is the order of intake: lists are paged by it, newest first.
create table package (
  n integer primary key,
  id blob not null unique,
  tracking_number text not null,
  carrier text,
  recipient blob not null,
  size text not null,
  handling text not null,
  state text not null check (state in ('received', 'stored', 'shelved', 'disputed', 'collected', 'handed_over', 'returned', 'lost')),
  compartment blob,
  shelf text,
  opening blob,
  handed_to blob,
  received_ms integer not null,
  changed_ms integer not null,
  deadline_ms integer,
  check ((state in ('stored', 'disputed')) = (compartment is not null)),
  check ((state = 'shelved') = (shelf is not null))
) strict;
create index package_tracking on package (tracking_number);
create index package_recipient on package (recipient, n);
create index package_waiting on package (recipient, state) where state in ('received', 'stored', 'shelved', 'disputed');
create index package_state on package (state, n);

create table opening (
  id blob primary key,
  compartment blob not null,
  package blob,
  purpose text not null,
  by text not null,
  state text not null check (state in ('journaled', 'sent', 'acknowledged', 'open', 'closed', 'not_opened', 'unknown')),
  attempts integer not null default 0,
  why text,
  recovered integer not null default 0,
  answered integer,
  decided_ms integer not null,
  changed_ms integer not null
) strict, without rowid;
create index opening_unsettled on opening (state) where state in ('journaled', 'sent', 'acknowledged', 'open');
create index opening_package on opening (package, decided_ms);

create table code (
  id blob primary key,
  package blob not null,
  state text not null check (state in ('active', 'revoked', 'consumed')),
  expires_ms integer not null
) strict, without rowid;
create unique index one_active_code on code (package) where state = 'active';
create index code_package on code (package);

create table task (
  id blob primary key,
  what text not null,
  bank blob,
  compartment blob,
  package blob,
  raised_ms integer not null,
  outcome text
) strict, without rowid;
create index task_open on task (raised_ms) where outcome is null;

create table notice (
  id blob primary key,
  package blob not null,
  person blob not null,
  channel text not null,
  state text not null check (state in ('waiting', 'sent', 'failed')),
  changed_ms integer not null
) strict, without rowid;
create index notice_package on notice (package);

-- which events belong to a package's story.
create table story (package blob not null, seq integer not null, primary key (package, seq)) strict, without rowid;

create table token (id blob primary key, scope text not null) strict, without rowid;

-- ---- from here on: not in the log, because it names people, is a secret, or can be erased ----

create table person_detail (
  person blob primary key references person (id),
  name text not null,
  aliases text,
  email text,
  department text,
  language text not null default 'en',
  needs_low_door integer not null default 0,
  badge_hash blob unique,
  password_hash text
) strict, without rowid;
create unique index person_email on person_detail (email) where email is not null;
create virtual table person_search using fts5 (name, aliases, department, email, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');

create table package_note (package blob primary key, note text not null) strict, without rowid;
create virtual table package_search using fts5 (tracking, recipient, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2', prefix = '1 2 3');
create virtual table package_digits using fts5 (tracking, content = '', contentless_delete = 1, tokenize = 'trigram');

create table compartment_reason (compartment blob primary key, reason text not null) strict, without rowid;
create table task_detail (task blob primary key, detail text not null) strict, without rowid;

-- the digits of active codes, as hashes; the tag narrows the search. erased when the code is spent.
create table code_secret (code blob primary key, tag integer not null, hash text not null) strict, without rowid;
create index code_secret_tag on code_secret (tag);

create table token_secret (token blob primary key, hash blob not null unique) strict, without rowid;

-- messages waiting to go. the code in one is sealed, and the row goes when the message has gone.
create table outbox (
  notice blob primary key,
  address text,
  body text not null,
  sealed_code blob,
  attempts integer not null default 0,
  next_ms integer not null,
  why text
) strict, without rowid;
create index outbox_next on outbox (next_ms);
