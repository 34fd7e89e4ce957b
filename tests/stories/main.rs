//! The promises of the parcel room, one story each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod bad_input;
mod boards;
mod deadlines;
mod disk;
mod doors;
mod kiosk;
mod people;
mod recipients;
mod restarts;
