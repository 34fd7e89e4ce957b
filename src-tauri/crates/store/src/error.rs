//! What can go wrong with the file, in the kinds that callers treat differently.

use std::path::{Path, PathBuf};

pub type Result<T> = std::result::Result<T, StoreError>;

#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    #[error("another Cubby is running on {}: close it first", .0.display())]
    InUse(PathBuf),
    #[error(
        "this database was written by a newer version of Cubby (step {0}): install that version; nothing was changed"
    )]
    Newer(i64),
    #[error(
        "the database was changed from outside (migration step {0} differs): restore a backup; nothing was changed"
    )]
    Altered(i64),
    #[error("the database is damaged: {0}. The file is kept as it is: restore a backup with `cubby restore`")]
    Damaged(String),
    #[error("the disk is full: free some space")]
    Full,
    /// A write failed and it is not known what is on the disk.
    #[error("the disk failed: {0}")]
    Disk(String),
    /// A write failed before: nothing is written any more.
    #[error("nothing is written any more ({0}): see to that, then start Cubby again")]
    Broken(String),
    #[error(
        "{} can't be written ({why}): let this user write there, or choose another folder with --data", .path.display()
    )]
    NotWritable { path: PathBuf, why: String },
    #[error("{0}")]
    Cancelled(&'static str),
    #[error("the bundled SQLite {0} is older than 3.51.3")]
    OldSqlite(String),
    #[error("it is there already: {0}")]
    Conflict(String),
    #[error("an event could not be read: {0}")]
    Event(#[from] serde_json::Error),
    #[error("{0}")]
    Io(#[from] std::io::Error),
    #[error("{0}")]
    Sql(sqlx::Error),
}

/// Said of a table's definition that was changed: our own statements fit the one that we wrote.
const UNREADABLE: [&str; 5] =
    ["invalid fts5 file format", "malformed", "no such table", "no such column", "vtable constructor failed"];
const IOERR_SHMSIZE: i32 = 10 | (19 << 8);

impl StoreError {
    /// An error about a path in the data folder: what keeps it from being written is named with its remedy.
    pub(crate) fn at(path: &Path, error: std::io::Error) -> StoreError {
        use std::io::ErrorKind as K;
        match error.kind() {
            K::PermissionDenied | K::ReadOnlyFilesystem | K::NotADirectory | K::NotFound => {
                StoreError::NotWritable { path: path.into(), why: error.to_string() }
            }
            K::StorageFull | K::QuotaExceeded => StoreError::Full,
            _ => StoreError::Io(error),
        }
    }
}

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let found = match &error {
            sqlx::Error::Database(found) => found,
            // What can't be read as what it is was not written by us.
            sqlx::Error::Decode(_) | sqlx::Error::ColumnDecode { .. } => {
                return StoreError::Damaged(error.to_string());
            }
            _ => return StoreError::Sql(error),
        };
        let code = found.code().and_then(|c| c.parse::<i32>().ok()).unwrap_or_default();
        // SQLite's primary result code is the low byte of the extended one.
        match code & 0xff {
            13 => StoreError::Full,
            // The shared index of the write-ahead log could not grow.
            10 if code == IOERR_SHMSIZE => StoreError::Full,
            9 => StoreError::Cancelled("it was cancelled"),
            // The search index and a schema that is not ours have no code of their own for it.
            1 if UNREADABLE.iter().any(|why| found.message().contains(why)) => {
                StoreError::Damaged(found.message().to_owned())
            }
            8 | 10 | 14 => StoreError::Disk(format!("{} ({code})", found.message())),
            11 | 26 => StoreError::Damaged(found.message().to_owned()),
            19 => StoreError::Conflict(found.message().to_owned()),
            _ => StoreError::Sql(error),
        }
    }
}

impl From<sqlx::migrate::MigrateError> for StoreError {
    fn from(error: sqlx::migrate::MigrateError) -> Self {
        match error {
            sqlx::migrate::MigrateError::VersionMissing(step) => StoreError::Newer(step),
            sqlx::migrate::MigrateError::VersionMismatch(step) => StoreError::Altered(step),
            sqlx::migrate::MigrateError::Execute(error) => error.into(),
            other => StoreError::Damaged(other.to_string()),
        }
    }
}
