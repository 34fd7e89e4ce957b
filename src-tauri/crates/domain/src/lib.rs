//! The rules of the parcel room: what a package, a door, a code and a person are, and what may happen to them.
//!
//! Pure. Never reads a clock, never draws randomness, never does I/O: time and ids come in as arguments, so the
//! same inputs give the same decision in the app, in a test and in a simulation.

pub mod allocation;
pub mod badge;
pub mod calendar;
pub mod code;
pub mod deadlines;
pub mod delegation;
pub mod directory;
pub mod doors;
pub mod event;
pub mod guessing;
pub mod holds;
pub mod ids;
pub mod lost;
pub mod package;
pub mod password;
pub mod person;
pub mod place;
pub mod policy;
pub mod quiet;
pub mod refusal;
pub mod retention;
pub mod site;
pub mod throttle;
pub mod time;
pub mod tracking;

pub use event::Event;
pub use ids::*;
pub use refusal::Refusal;
