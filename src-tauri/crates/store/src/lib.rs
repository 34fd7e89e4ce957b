//! The SQLite file: the custody log and the tables that screens read.
//!
//! Every change is one transaction that appends to the log and folds the same event into the tables. Knows the
//! domain and nothing above it: never decides, never talks to devices, never sends.

mod accounts;
mod bulk;
mod check;
mod codes;
mod copy;
mod deadlines;
mod delegations;
mod directory;
mod erase;
mod error;
mod gate;
mod log;
mod open;
mod openings;
mod outbox;
mod packages;
mod people;
mod project;
mod provisioning;
mod quiet;
mod retention;
mod row;
mod site;
mod tasks;
mod templates;
mod wal;

pub use accounts::Account;
pub use bulk::{Everybody, Known, KnownBadge, NewWord, Told};
pub use check::{ChainFault, CheckReport};
pub use codes::{ActiveCode, CodeSecret};
pub use copy::{Progress, sync_folder};
pub use delegations::{DelegationRow, HoldRow};
pub use directory::{BadgeRow, SourceRow};
pub use erase::{Named, free_text};
pub use error::{Result, StoreError};
pub use log::{LoggedEvent, Stamp, Tx};
pub use open::{NodeLock, Store, own_folder};
pub use openings::OpeningRow;
pub use outbox::{NoticeRow, Unsent, Waiting};
pub use packages::PackageRow;
pub use people::{PersonDetail, PersonRow};
pub use provisioning::TeamRow;
pub use site::{BankRow, CompartmentRow};
pub use tasks::TaskRow;
pub use templates::TemplateRow;
