//! How well a node is, as a window sees it.

use super::{ImportCounts, ImportFailure, ImportStay, Said};
use crate::backup::BackupError;
use hardware::{DeviceError, DeviceErrorKind, Mismatch};
use serde::{Deserialize, Serialize};

wire! {
    pub struct Health {
        pub sqlite: String, pub data_folder: String, pub chain_ok: Option<bool>, pub events: u32, pub saved_at: Option<String>,
        /// `null` if people come from no directory server.
        pub directory: Option<DirectoryHealth>,
        pub devices: Vec<DeviceHealth>, pub outbox_waiting: u32, pub backup: BackupHealth, pub secrets: SecretsHealth,
    }
    /// How it is with the backups that are made by plan.
    pub struct BackupHealth {
        pub folder: String, pub encrypted: bool,
        /// Of the newest whole one.
        pub at: Option<String>, pub kibibytes: Option<u32>,
        /// Why the last try failed, if it did.
        pub why: Option<BackupWhy>,
        /// Of the one that is being made.
        pub percent: Option<u8>,
    }
    /// Why there is no new backup, as far apart as what somebody does about it. `says` is the system's own words.
    #[serde(tag = "code", rename_all_fields = "camelCase")]
    pub enum BackupWhy {
        Plan { file: String, says: String },
        Recipient,
        UnderWay,
        /// The disk of the data folder, where a backup is made before it goes to its folder.
        DiskLow,
        Folder { folder: String, says: String },
        FolderFull { folder: String },
        /// The copy was not what it must be.
        NotWhole { says: String },
        Cancelled,
        Failed { says: String },
    }
    /// Where the node's secrets are, never what they are.
    pub struct SecretsHealth {
        pub place: SecretsPlace,
        /// The path of the file or credential, or the name of the keyring's entry.
        pub at: String,
        pub warnings: Vec<SecretsWarning>,
    }
    #[derive(Copy, Eq)]
    pub enum SecretsPlace { File, Keyring, Credential }
    #[derive(Copy, Eq)]
    pub enum SecretsWarning {
        /// Others than the owner may open the file.
        FileOpen,
        /// Anybody on this machine may look into the data folder.
        FolderOpen,
        /// The secrets are elsewhere, and the old file with all of them is still there.
        UnusedCopy,
    }
    #[derive(Copy, Eq)]
    pub enum HealthKind { Bank, Reader, Channel, Disk }
    pub struct DeviceHealth { pub name: String, pub kind: HealthKind, pub ok: bool, pub why: Option<DeviceWhy>, pub since: String }
    /// Why a device does not work, as far apart as what somebody does about it.
    #[serde(tag = "code", rename_all_fields = "camelCase")]
    pub enum DeviceWhy {
        /// It was asked and has not answered yet.
        Connecting,
        Missing { device: String },
        NotPermitted { device: String, group: Option<String> },
        InUse { device: String },
        Unplugged { device: String },
        TimedOut { device: String },
        /// Anything else, in the device's or the system's words.
        Failed { device: String, says: String },
        Silent { board: u8 },
        /// Another address answers, and not the one in the settings.
        OtherAddress { board: u8, found: u8 },
        TooFewChannels { board: u8, has: u32, needed: u8 },
        NoSuchChannel { board: u8, channel: u8 },
        /// It answers for another number of channels than before.
        Exchanged { board: u8, had: u32, has: u32 },
        /// Most of a bank's doors read open.
        DoorsUnlikely,
        DiskFailed { says: String },
        DiskLow { free_mebibytes: u32 },
        Channel { says: Said },
    }
    /// How it is with the directory server that people come from.
    pub struct DirectoryHealth {
        pub server: String, pub every_hours: u32,
        /// When it was last read to the end, and what that changed.
        pub at: Option<String>, pub counts: Option<ImportCounts>,
        /// Since when it could not be, and why.
        pub failing_since: Option<String>, pub failure: Option<ImportFailure>, pub stay: Option<ImportStay>,
    }
}

impl From<&BackupError> for BackupWhy {
    fn from(error: &BackupError) -> BackupWhy {
        let path = |path: &std::path::Path| path.display().to_string();
        match error {
            BackupError::Plan { file, says } => BackupWhy::Plan { file: path(file), says: says.clone() },
            BackupError::Recipient(_) => BackupWhy::Recipient,
            BackupError::UnderWay => BackupWhy::UnderWay,
            BackupError::DiskLow => BackupWhy::DiskLow,
            BackupError::Folder { folder, says } => {
                BackupWhy::Folder { folder: path(folder), says: says.clone() }
            }
            BackupError::FolderFull { folder } => BackupWhy::FolderFull { folder: path(folder) },
            BackupError::NotWhole(says) => BackupWhy::NotWhole { says: says.clone() },
            BackupError::Cancelled => BackupWhy::Cancelled,
            other @ (BackupError::Exists(_)
            | BackupError::KeyNeeded(_)
            | BackupError::Unreadable { .. }
            | BackupError::Failed(_)) => BackupWhy::Failed { says: other.to_string() },
        }
    }
}

impl From<DeviceError> for DeviceWhy {
    fn from(error: DeviceError) -> DeviceWhy {
        let device = error.device;
        match error.kind {
            DeviceErrorKind::Missing => DeviceWhy::Missing { device },
            DeviceErrorKind::NotPermitted { group } => DeviceWhy::NotPermitted { device, group },
            DeviceErrorKind::InUse => DeviceWhy::InUse { device },
            DeviceErrorKind::Unplugged => DeviceWhy::Unplugged { device },
            DeviceErrorKind::Timeout => DeviceWhy::TimedOut { device },
            kind @ (DeviceErrorKind::Garbled { .. }
            | DeviceErrorKind::Rejected { .. }
            | DeviceErrorKind::Other { .. }) => DeviceWhy::Failed { device, says: kind.to_string() },
        }
    }
}

impl DeviceWhy {
    pub(crate) fn of_board(board: u8, mismatch: Mismatch) -> DeviceWhy {
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        match mismatch {
            Mismatch::Address { found } => DeviceWhy::OtherAddress { board, found },
            Mismatch::TooFewChannels { has, needed } => {
                DeviceWhy::TooFewChannels { board, has: count(has), needed }
            }
            Mismatch::NoSuchChannel { channel } => DeviceWhy::NoSuchChannel { board, channel },
            Mismatch::Exchanged { had, has } => {
                DeviceWhy::Exchanged { board, had: count(had), has: count(has) }
            }
        }
    }
}
