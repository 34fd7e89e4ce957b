//! The use cases of a node. [`Station`] is the only door: what a caller may do depends on the type it is handed,
//! [`Visitor`], [`Staff`] or [`Admin`], and not on a check that can be forgotten.
//!
//! Transactions, retries, clocks and randomness live here. Knows nothing of windows or HTTP.

mod account;
pub mod backup;
mod badge_keys;
mod badges;
mod bounces;
mod calendar;
mod channels;
mod clock;
mod codes;
mod credential;
mod custody;
mod deadlines;
mod delegates;
mod demo;
mod directory;
mod disk;
mod door_loop;
mod error;
mod export;
mod health;
mod import;
mod leavers;
mod notices;
mod outbox;
mod outside;
mod overrides;
mod people;
mod picture;
mod policy;
mod privacy;
mod provider;
mod provisioning;
mod quiet;
mod readers;
mod removal;
mod secrets;
mod session;
mod sign_in;
mod site;
pub mod site_file;
mod staff;
mod start;
mod tasks;
mod templates;
mod totp;
mod visit;
pub mod wire;

pub use calendar::stamp;
pub use channels::Settings as ChannelSettings;
pub use clock::{Clock, SystemClock};
pub use deadlines::DeadlinesPlan;
pub use delegates::{Delegate, moment};
pub use demo::{DEMO_PORT, demo_plan};
pub use disk::{Disk, SystemDisk};
pub use domain::person::{Right, Role};
pub use error::{Error, InvalidWhy, Result};
pub use export::export_person;
pub use health::devices;
pub use import::{ImportError, LdapPlan, LineFault, Outcome, Why, import_file, import_targets, sync_server};
pub use outside::{BoardLine, Lines, Outside, Pace};
pub use overrides::Override;
pub use privacy::{Swept, erase_person};
pub use provider::NotByProvider;
pub use provisioning::{Directory, Kept, Provisioned, Unprovisioned};
pub use readers::KIOSK;
pub use secrets::{KeyFacts, SecretKey, Secrets, rotate};
pub use session::{
    Access, Admin, Auditor, Confirmed, Reader, Rise, Scope, Session, Shown, Staff, Supervisor, TokenFacts,
};
pub use sign_in::{Entry, Half};
pub use site::{Applied, Declaration, FirstAdmin, ReaderPlan, apply};
pub use sso::{Attempt, Failed as ProviderFailed};
pub use staff::{Received, state_name};
pub use start::{Options, Station};
pub use store::{CheckReport, NodeLock, Progress, Stamp, Store, StoreError};
pub use totp::Offer;
pub use visit::Visitor;
