//! What can go wrong with the file, in the kinds that callers treat differently.

use std::path::PathBuf;

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

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let sqlx::Error::Database(ref found) = error else { return StoreError::Sql(error) };
        // SQLite's primary result code is the low byte of the extended one.
        let code = found.code().and_then(|c| c.parse::<i32>().ok()).unwrap_or_default() & 0xff;
        match code {
            13 => StoreError::Full,
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
