-- Deadlines: which steps were taken, and time that did not pass.

-- a bit for each step that was taken since the package was put where it is: reminder 1, escalation 2, removal 4.
alter table package add column fired integer not null default 0;

-- what waits somewhere, and so has deadlines: a site has far fewer of these than packages.
create index package_waits on package (n) where state in ('stored', 'shelved');

-- a clock jumped ahead and staff said it is right: what lies between did not pass.
create table clock_jump (from_ms integer not null, until_ms integer not null) strict;

-- the newest rules are the ones that hold; they are read from the log itself.
create index event_deadlines on event (seq) where kind = 'deadlines.set';
