//! Taking in what a source says of many people: a spreadsheet's file or a directory server. First it is compared, and
//! can be looked at; then it is done, all of it, even if the power goes in between.
//!
//! One use case for every source: read ([`job`]), compare ([`plan`]), look ([`preview`]), do ([`apply`]). Never writes
//! before everything was compared, and never half of one person.

mod apply;
mod conflicts;
mod declared;
mod desk;
mod fault;
mod file;
mod job;
mod managers;
mod plan;
mod preview;
mod server;

pub use declared::LdapPlan;
pub use desk::Imports;
pub use fault::{LineFault, Why};
pub use file::{import_file, import_targets};
pub use server::sync_server;

pub(crate) use declared::{LdapTable, ldap_plan};

pub(crate) use server::run as follow_server;

use crate::wire::{ImportFailure, ImportFailureKind as Kind, ImportPreview, ImportSheet};
use directory::csv::SheetError;
use directory::ldap::LdapError;

/// What came of an import, for the command line.
pub struct Outcome {
    /// How the file was understood.
    pub sheet: Option<ImportSheet>,
    pub preview: ImportPreview,
    /// Every line that was not taken in.
    pub faults: Vec<LineFault>,
}

/// Why nothing was compared, or not everything done.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error(transparent)]
    Sheet(#[from] SheetError),
    #[error(transparent)]
    Server(#[from] LdapError),
    #[error("the directory server shows nobody: see to its base, its filter and what bind_dn may see")]
    Nobody,
    #[error("no directory server is set: [directory.ldap] in the site file, then `cubby apply`")]
    NoServer,
    #[error("it was cancelled, and nothing was changed")]
    Cancelled,
    #[error(transparent)]
    Station(#[from] crate::Error),
}

impl From<store::StoreError> for ImportError {
    fn from(error: store::StoreError) -> ImportError {
        ImportError::Station(error.into())
    }
}

impl ImportError {
    pub(crate) fn failure(&self) -> ImportFailure {
        let told = |kind, detail: &str| ImportFailure { kind, detail: Some(detail.to_owned()) };
        let plain = |kind| ImportFailure { kind, detail: None };
        match self {
            ImportError::Sheet(error) => match error {
                SheetError::Empty => plain(Kind::Empty),
                SheetError::HeaderOnly => plain(Kind::HeaderOnly),
                SheetError::TooLarge => plain(Kind::TooLarge),
                SheetError::Workbook => plain(Kind::Workbook),
                SheetError::NoSuchEncoding(name) => told(Kind::NoSuchEncoding, name),
                SheetError::NoSuchColumn(name) => told(Kind::NoSuchColumn, name),
                SheetError::TwoColumns(one, two) => told(Kind::TwoColumns, &format!("{one}, {two}")),
                SheetError::SameHeader(name) => told(Kind::SameHeader, name),
                SheetError::NoKeyColumn => plain(Kind::NoKeyColumn),
                SheetError::Header { line, .. } => told(Kind::BadHeader, &line.to_string()),
            },
            ImportError::Server(error) => match error {
                LdapError::Setting { key, why } => told(Kind::Setting, &format!("{key} {why}")),
                LdapError::Unreachable { why } => told(Kind::Unreachable, why),
                LdapError::Tls { why } => told(Kind::Tls, why),
                LdapError::BindRefused => plain(Kind::BindRefused),
                LdapError::BaseUnknown { base } => told(Kind::BaseUnknown, base),
                LdapError::Limited { after } => told(Kind::Limited, &after.to_string()),
                LdapError::Refused { why } => told(Kind::ServerRefused, why),
                LdapError::Gone { after, .. } => told(Kind::Gone, &after.to_string()),
            },
            ImportError::Nobody => plain(Kind::Nobody),
            ImportError::NoServer => told(Kind::Setting, "directory.ldap"),
            ImportError::Cancelled | ImportError::Station(_) => plain(Kind::Store),
        }
    }
}

/// Was an import decided and not finished before the last stop?
pub(crate) fn is_left_over(folder: &std::path::Path) -> crate::Result<bool> {
    Ok(job::Job::left_over(folder)?.is_some())
}

/// Says how far something is, and hears whether to go on.
pub(crate) trait Follow: Clone + Send + Sync + 'static {
    fn reading(&self, percent: u8);
    fn cancelled(&self) -> bool;
}

/// For whom nobody waits.
#[derive(Clone, Copy)]
pub(crate) struct Unseen;

impl Follow for Unseen {
    fn reading(&self, _: u8) {}
    fn cancelled(&self) -> bool {
        false
    }
}

pub(crate) fn percent(done: usize, of: usize) -> u8 {
    u8::try_from(done.saturating_mul(100) / of.max(1)).unwrap_or(100).min(100)
}
