//! The promises of the parcel room, one story each.

mod bad_input;
mod doors;
mod kiosk;
mod restarts;
