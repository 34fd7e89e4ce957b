//! The promises of the parcel room, one story each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)] // clippy takes helpers of a test for no test

mod accounts;
mod bad_input;
mod desk;
mod disk;
mod doors;
mod everything;
mod kiosk;
mod provider;
mod restarts;
