//! The promises of the parcel room, one story each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod accounts;
mod bad_input;
mod boards;
mod deadlines;
mod desk;
mod disk;
mod doors;
mod everything;
mod kiosk;
mod notices;
mod people;
mod provider;
mod recipients;
mod restarts;
mod secrets;
mod ways;
