//! What was written where backups lie, so that nothing else is ever deleted, and the newest whole one is found.
//!
//! Must never delete a file that is not, byte for byte, what was written.

use super::files::put;
use super::plan::BackupPlan;
use crate::Error;
use crate::clock::rfc3339;
use domain::time::Wall;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use store::StoreError;

/// Lies with the backups.
const LEDGER: &str = "cubby-backups.json";

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Made {
    pub name: String,
    pub at: i64,
    pub size: u64,
    pub sha256: String,
}

#[derive(Default, Serialize, Deserialize)]
pub(super) struct Ledger {
    /// Oldest first.
    pub made: Vec<Made>,
}

impl Ledger {
    pub fn read(folder: &Path) -> std::io::Result<Ledger> {
        match std::fs::read(folder.join(LEDGER)) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| {
                let file = folder.join(LEDGER);
                std::io::Error::new(std::io::ErrorKind::InvalidData, format!("{}: {e}", file.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Ledger::default()),
            Err(error) => Err(error),
        }
    }

    pub fn save(&self, folder: &Path) -> std::io::Result<()> {
        put(&folder.join(LEDGER), &serde_json::to_vec_pretty(self)?)
    }

    /// Deletes what is too old, if it is still what was written. What can't be deleted is tried again next time.
    pub fn prune(&mut self, folder: &Path, keep: usize) {
        let old = self.made.len().saturating_sub(keep);
        let mut number = 0;
        self.made.retain(|made| {
            number += 1;
            if number > old {
                return true;
            }
            let path = folder.join(&made.name);
            let ours = made.name == Path::new(&made.name).file_name().unwrap_or_default().to_string_lossy()
                && digest(&path).is_ok_and(|found| found == (made.size, made.sha256.clone()));
            ours && std::fs::remove_file(&path).is_err()
        });
    }
}

/// Size and hash.
pub(super) fn digest(path: &Path) -> std::io::Result<(u64, String)> {
    let mut file = File::open(path)?;
    let (mut hasher, mut size, mut block) = (Sha256::new(), 0, vec![0; 1 << 16]);
    loop {
        match file.read(&mut block)? {
            0 => break,
            n => {
                hasher.update(block.get(..n).unwrap_or_default());
                size += u64::try_from(n).unwrap_or_default();
            }
        }
    }
    Ok((size, hex::encode(hasher.finalize())))
}

/// The newest backup made by plan that is still what was verified when it was written, and when that was.
pub fn newest(data: &Path) -> Option<(PathBuf, String)> {
    let folder = BackupPlan::read(data).ok()?.folder(data);
    let ledger = Ledger::read(&folder).ok()?;
    ledger.made.iter().rev().find_map(|made| {
        let path = folder.join(&made.name);
        let whole = digest(&path).is_ok_and(|found| found == (made.size, made.sha256.clone()));
        whole.then(|| (path, rfc3339(Wall(made.at))))
    })
}

/// What to do about a node that can't start, for who sees the error; nothing if a backup would not help.
pub fn advice(data: &Path, error: &Error) -> Option<String> {
    if !matches!(error, Error::Store(StoreError::Damaged(_) | StoreError::Altered(_))) {
        return None;
    }
    let quoted = |path: &Path| format!("\"{}\"", path.display());
    let kept = format!("Out of service. Nothing was changed: the database stays in {}.", quoted(data));
    Some(match newest(data) {
        Some((file, at)) => {
            let key = if file.extension().is_some_and(|e| e == "age") { " --identity KEYFILE" } else { "" };
            format!(
                "{kept}\nThe newest verified backup is of {at}. To put it in place:\n\n    cubby restore {}{key} --data {}\n",
                quoted(&file),
                quoted(data)
            )
        }
        None => format!(
            "{kept}\nNo verified backup was found. If there is one elsewhere:\n\n    cubby restore FILE --data {}\n",
            quoted(data)
        ),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_written_and_is_unchanged_is_pruned() {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::default();
        for (name, at) in [("a", 1), ("b", 2), ("c", 3), ("d", 4)] {
            std::fs::write(folder.path().join(name), name).unwrap();
            let (size, sha256) = digest(&folder.path().join(name)).unwrap();
            ledger.made.push(Made { name: name.into(), at, size, sha256 });
        }
        std::fs::write(folder.path().join("b"), "someone else's").unwrap();
        std::fs::write(folder.path().join("mine"), "mine").unwrap();
        ledger.prune(folder.path(), 2);
        let left = |name: &str| folder.path().join(name).exists();
        assert!(!left("a") && left("b") && left("c") && left("d") && left("mine"));
        assert_eq!(ledger.made.iter().map(|m| m.name.as_str()).collect::<Vec<_>>(), ["c", "d"]);
    }
}
