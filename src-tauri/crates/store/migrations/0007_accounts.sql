-- what staff sign in with when the second factor is lost, as hashes in JSON; and when they last did.
alter table account add column recovery text not null default '[]';
alter table account add column signed_in_ms integer;
