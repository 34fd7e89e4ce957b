//! Every way in which a backup, or putting one in place, can end without one.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use store::StoreError;

pub(super) type Result<T> = std::result::Result<T, BackupError>;

/// As far apart as what somebody does about it.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// The plan can't be read or written.
    #[error("{}: {says}", .file.display())]
    Plan { file: PathBuf, says: String },
    #[error("the recipient is no age public key: {0}")]
    Recipient(String),
    #[error("another backup is being made")]
    UnderWay,
    /// A backup is made beside the database before it goes to its folder.
    #[error("the disk of the data folder has too little space for a backup: free some")]
    DiskLow,
    #[error("{} can't be written: {says}", .folder.display())]
    Folder { folder: PathBuf, says: String },
    #[error("{} is full: free some space, or keep fewer backups", .folder.display())]
    FolderFull { folder: PathBuf },
    #[error("{} is there already", .0.display())]
    Exists(PathBuf),
    /// The copy was read to its end and is not what it must be.
    #[error("the copy is not whole: {0}")]
    NotWhole(String),
    #[error("the backup was cancelled")]
    Cancelled,
    #[error("{} can't be opened: it is encrypted: name the file that holds its age key with --identity", .0.display())]
    KeyNeeded(PathBuf),
    /// What should be put in place, or its key.
    #[error("{} can't be opened: {says}", .file.display())]
    Unreadable { file: PathBuf, says: String },
    #[error("{0}")]
    Failed(String),
}

impl BackupError {
    /// Of something that was written in the folder of the backups.
    pub(super) fn in_folder(folder: &Path, error: &std::io::Error) -> BackupError {
        let folder = folder.to_owned();
        match error.kind() {
            ErrorKind::StorageFull | ErrorKind::QuotaExceeded => BackupError::FolderFull { folder },
            // Not the system's word of a file, but what was to be written.
            ErrorKind::Other | ErrorKind::InvalidData => BackupError::Failed(error.to_string()),
            _ => BackupError::Folder { folder, says: error.to_string() },
        }
    }

    /// Of making the copy beside the database.
    pub(super) fn of_copy(error: StoreError) -> BackupError {
        match error {
            StoreError::Full => BackupError::DiskLow,
            StoreError::Damaged(says) => BackupError::NotWhole(says),
            StoreError::Cancelled(_) => BackupError::Cancelled,
            other => BackupError::Failed(other.to_string()),
        }
    }

    pub(super) fn unreadable(file: &Path, says: impl std::fmt::Display) -> BackupError {
        BackupError::Unreadable { file: file.to_owned(), says: says.to_string() }
    }
}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> BackupError {
        BackupError::Failed(error.to_string())
    }
}

impl From<tokio::task::JoinError> for BackupError {
    fn from(error: tokio::task::JoinError) -> BackupError {
        BackupError::Failed(error.to_string())
    }
}
