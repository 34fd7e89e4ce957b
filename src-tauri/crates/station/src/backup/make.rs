//! Makes a backup: copied beside the database, verified, encrypted for a recipient whose key is elsewhere, and put in
//! its place when it is whole.
//!
//! Must never replace a file, nor leave one under its name that is not whole.

use super::DATABASE;
use super::error::{BackupError, Result};
use super::files::half;
use super::ledger::{Ledger, Made, digest};
use super::plan::{BackupPlan, recipient};
use crate::clock::rfc3339;
use crate::{Secrets, secrets};
use domain::time::Wall;
use std::fs::File;
use std::path::{Path, PathBuf};
use store::{Progress, Store, sync_folder};

/// One at a time in a data folder: they share the place where they are made.
fn only_one(data: &Path) -> Result<File> {
    let file = File::options().create(true).truncate(false).write(true).open(data.join("backup.lock"))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(BackupError::UnderWay),
    }
}

/// Whoever waits for it may go; then it is not needed.
struct Abandoned<'a>(&'a Progress);

impl Drop for Abandoned<'_> {
    fn drop(&mut self) {
        self.0.cancel();
    }
}

/// Writes a verified copy to a file, encrypted and with the secrets if there is a recipient.
pub async fn back_up(
    store: &Store,
    data: &Path,
    to: &Path,
    recipient_key: Option<&str>,
    progress: &Progress,
) -> Result<()> {
    let one = only_one(data)?;
    made(store, data, to, recipient_key, progress, one).await?;
    Ok(())
}

/// The lock is held until the last file is closed, also when nobody waits for it any more.
async fn made(
    store: &Store,
    data: &Path,
    to: &Path,
    recipient_key: Option<&str>,
    progress: &Progress,
    one: File,
) -> Result<File> {
    let key = recipient_key.map(recipient).transpose()?;
    let _abandoned = Abandoned(progress);
    // Made here and not where it goes: that may be a share, which is no place for an open database.
    let plain = data.join("backup.part");
    store.copy(&plain, progress).await.map_err(BackupError::of_copy)?;
    progress.set(95);
    let (data, to) = (data.to_owned(), to.to_owned());
    let delivered = tokio::task::spawn_blocking(move || {
        let delivered = deliver(&plain, &data, &to, key.as_ref());
        let delivered = delivered.map_err(|e| {
            BackupError::in_folder(to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(&to), &e)
        });
        // A plain copy beside an encrypted one would make it pointless; moved away, it is gone already.
        let _ = std::fs::remove_file(&plain);
        delivered.map(|()| one)
    });
    let one = delivered.await??;
    progress.set(100);
    Ok(one)
}

/// Makes the backup that a data folder's plan asks for, and deletes those that are too old.
pub async fn by_plan(store: &Store, data: &Path, at: Wall, progress: &Progress) -> Result<PathBuf> {
    let plan = BackupPlan::read(data)?;
    let one = only_one(data)?;
    let folder = plan.folder(data);
    std::fs::create_dir_all(&folder).map_err(|e| BackupError::in_folder(&folder, &e))?;
    let stamp = rfc3339(at).replace([':', '.'], "-");
    let name = format!("cubby-{stamp}.{}", if plan.recipient.is_some() { "age" } else { "db" });
    let to = folder.join(&name);
    if to.exists() {
        return Err(BackupError::Exists(to));
    }
    let one = made(store, data, &to, plan.recipient.as_deref(), progress, one).await?;
    let keep = usize::try_from(plan.keep).unwrap_or(usize::MAX).max(1);
    let entered = {
        let to = to.clone();
        tokio::task::spawn_blocking(move || {
            let _one = one;
            let enter = || -> std::io::Result<()> {
                let (size, sha256) = digest(&to)?;
                let mut ledger = Ledger::read(&folder)?;
                ledger.made.push(Made { name, at: at.0, size, sha256 });
                // Entered before anything older goes.
                ledger.save(&folder)?;
                ledger.prune(&folder, keep);
                ledger.save(&folder)
            };
            enter().map_err(|e| BackupError::in_folder(&folder, &e))
        })
    };
    entered.await??;
    Ok(to)
}

fn deliver(
    plain: &Path,
    data: &Path,
    to: &Path,
    key: Option<&age::x25519::Recipient>,
) -> std::io::Result<()> {
    let half = half(to);
    let write = || -> std::io::Result<()> {
        match key {
            Some(key) => encrypt(plain, data, &half, key)?,
            None if std::fs::rename(plain, &half).is_ok() => {}
            None => {
                std::fs::copy(plain, &half)?;
            }
        }
        File::options().write(true).open(&half)?.sync_all()?;
        std::fs::rename(&half, to)?;
        let folder = to.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."));
        sync_folder(folder)
    };
    let written = write();
    if written.is_err() {
        // What went wrong is the thing to tell.
        let _ = std::fs::remove_file(&half);
    }
    written
}

fn encrypt(plain: &Path, data: &Path, half: &Path, key: &age::x25519::Recipient) -> std::io::Result<()> {
    let other = std::io::Error::other;
    let encryptor =
        age::Encryptor::with_recipients(std::iter::once(key as &dyn age::Recipient)).map_err(other)?;
    let mut archive = tar::Builder::new(encryptor.wrap_output(File::create(half)?)?);
    archive.mode(tar::HeaderMode::Deterministic);
    archive.append_path_with_name(plain, DATABASE)?;
    let secrets = Secrets::open(data).and_then(|s| s.bytes()).map_err(std::io::Error::other)?;
    let mut header = tar::Header::new_gnu();
    header.set_size(u64::try_from(secrets.len()).unwrap_or_default());
    header.set_mode(0o600);
    archive.append_data(&mut header, secrets::FILE, secrets.as_slice())?;
    archive.into_inner()?.finish()?;
    Ok(())
}
