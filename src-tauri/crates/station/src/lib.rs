//! The use cases of a node. [`Station`] is the only door: what a caller may do depends on the type it is handed,
//! [`Visitor`], [`Staff`] or [`Admin`], and not on a check that can be forgotten.
//!
//! Transactions, retries, clocks and randomness live here. Knows nothing of windows or HTTP.

pub mod backup;
mod badges;
mod calendar;
mod clock;
mod credential;
mod custody;
mod demo;
mod directory;
mod disk;
mod door_loop;
mod error;
mod health;
mod outbox;
mod outside;
mod people;
mod picture;
mod readers;
mod secrets;
mod session;
mod site;
pub mod site_file;
mod staff;
mod start;
mod tasks;
mod visit;
pub mod wire;

pub use calendar::stamp;
pub use clock::{Clock, SystemClock};
pub use demo::{DEMO_PORT, demo_plan};
pub use disk::{Disk, SystemDisk};
pub use error::{Error, InvalidWhy, Result};
pub use health::devices;
pub use outside::{BoardLine, Lines, Outside, Pace};
pub use readers::KIOSK;
pub use secrets::{KeyFacts, SecretKey, Secrets, rotate};
pub use session::{Access, Admin, Auditor, Reader, Rise, Scope, Session, Staff, Supervisor, TokenFacts};
pub use site::{Applied, Declaration, FirstAdmin, ReaderPlan, apply};
pub use staff::{Received, state_name};
pub use start::{Options, Station};
pub use store::{CheckReport, NodeLock, Progress, Stamp, Store, StoreError};
pub use visit::Visitor;
