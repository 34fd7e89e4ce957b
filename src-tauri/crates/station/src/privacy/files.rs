//! Files of a data folder that outlive what the database erased: who was erased, old copies, exports.
//!
//! Never deletes a file that the program did not write.

use crate::Result;
use domain::PersonId;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};
use uuid::Uuid;

/// Who was erased here, by id: kept beside the database, so that a restored backup does not bring them back.
const ERASED: &str = "erased-people";
/// Exports written for a person to fetch, in the data folder.
pub(crate) const EXPORTS: &str = "exports";
pub(super) const EXPORT_DAYS: u64 = 30;

fn io(error: std::io::Error) -> crate::Error {
    store::StoreError::from(error).into()
}

pub(super) fn remembered(folder: &Path) -> Result<BTreeSet<PersonId>> {
    match std::fs::read_to_string(folder.join(ERASED)) {
        Ok(text) => Ok(text.lines().filter_map(|line| line.parse::<Uuid>().ok()).map(PersonId).collect()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BTreeSet::new()),
        Err(error) => Err(io(error)),
    }
}

pub(super) fn remember(folder: &Path, person: PersonId) -> Result<()> {
    use std::io::Write;
    let mut file =
        std::fs::File::options().create(true).append(true).open(folder.join(ERASED)).map_err(io)?;
    file.write_all(format!("{person}\n").as_bytes()).and_then(|()| file.sync_all()).map_err(io)
}

/// Databases of before that the program itself left in the folder: before an upgrade, before a restore.
pub(super) fn copies(folder: &Path) -> Vec<PathBuf> {
    let is_copy = |name: &str| {
        let (stem, ending) = name.split_once(".db").unwrap_or(("", name));
        (stem.starts_with("pre-") || stem.starts_with("before-restore-"))
            && matches!(ending, "" | "-wal" | "-shm")
    };
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries.filter(|e| e.file_name().to_str().is_some_and(is_copy)).map(|e| e.path()).collect()
}

/// Deletes old copies and exports: they hold what was erased since.
pub(super) fn old_files(folder: &Path, leavers: u64) {
    let older = |path: &Path, days: u64| {
        let written = std::fs::metadata(path).and_then(|m| m.modified()).unwrap_or(SystemTime::now());
        written.elapsed().is_ok_and(|age| age > Duration::from_secs(days * 24 * 60 * 60))
    };
    let exports = std::fs::read_dir(folder.join(EXPORTS)).into_iter().flatten().flatten().map(|e| e.path());
    let over = copies(folder).into_iter().filter(|path| older(path, leavers));
    for path in over.chain(exports.filter(|path| older(path, EXPORT_DAYS))) {
        if let Err(error) = std::fs::remove_file(&path) {
            tracing::warn!(%error, file = %path.display(), "an old copy could not be deleted");
        }
    }
}
