//! Where backups go, how often, how many stay, and who can read them.
//!
//! Must never need the database: the plan is read when that can't be.

use super::error::{BackupError, Result};
use super::files;
use crate::secrets;
use serde::{Deserialize, Serialize};
use std::io::Write;
use std::path::{Path, PathBuf};

const PLAN: &str = "backup.json";

/// Where backups go, how often, how many stay, and who can read them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackupPlan {
    /// `None` is the folder `backups` in the data folder.
    pub folder: Option<PathBuf>,
    pub every_hours: u32,
    pub keep: u32,
    /// An age public key. Without one, backups are not encrypted and lack the secrets.
    pub recipient: Option<String>,
}

impl Default for BackupPlan {
    fn default() -> BackupPlan {
        BackupPlan { folder: None, every_hours: 24, keep: 14, recipient: None }
    }
}

impl BackupPlan {
    /// The plan of a data folder, or the usual one.
    pub fn read(data: &Path) -> Result<BackupPlan> {
        let file = data.join(PLAN);
        match std::fs::read(&file) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| told(file, &e)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BackupPlan::default()),
            Err(error) => Err(told(file, &error)),
        }
    }

    /// What differs from the folder's plan, as lines to read.
    pub fn changes(&self, data: &Path) -> Vec<String> {
        if BackupPlan::read(data).is_ok_and(|known| known == *self) {
            return vec![];
        }
        let (folder, BackupPlan { every_hours, keep, .. }) = (self.folder(data), self);
        let mut lines = vec![format!(
            "backup: every {every_hours} h to {}, the newest {keep} are kept",
            folder.display()
        )];
        if self.recipient.is_none() {
            lines.push("backup: WARNING: without a recipient they are not encrypted".into());
        }
        lines
    }

    pub fn save(&self, data: &Path) -> Result<()> {
        let file = data.join(PLAN);
        let written = serde_json::to_vec_pretty(self).map_err(std::io::Error::from);
        written.and_then(|bytes| files::put(&file, &bytes)).map_err(|e| told(file, &e))
    }

    pub(crate) fn folder(&self, data: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| data.join("backups"))
    }
}

fn told(file: PathBuf, says: &dyn std::fmt::Display) -> BackupError {
    BackupError::Plan { file, says: says.to_string() }
}

/// A public key of age, checked.
pub fn recipient(text: &str) -> Result<age::x25519::Recipient> {
    text.trim().parse().map_err(|why: &str| BackupError::Recipient(why.to_owned()))
}

/// Makes a key pair for backups: the secret half goes to a new file, the public one is returned.
pub fn new_key(file: &Path) -> Result<String> {
    use age::secrecy::ExposeSecret;
    if file.exists() {
        return Err(BackupError::Exists(file.to_owned()));
    }
    let identity = age::x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let text = format!("# public key: {public}\n{}\n", identity.to_string().expose_secret());
    let write = || -> std::io::Result<()> {
        let mut out = secrets::private(file)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    write()?;
    Ok(public)
}
