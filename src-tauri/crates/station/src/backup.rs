//! Backups: made by plan or by hand while the doors move, verified before they count, encrypted for a recipient whose
//! key is elsewhere, and pruned.
//!
//! Must never delete or replace a file that it did not write, nor leave one under its name that is not whole.

use crate::clock::rfc3339;
use crate::start::Station;
use crate::wire::{BackupHealth, Topic};
use crate::{Error, Result, Secrets, secrets};
use domain::time::{HOUR, MINUTE, Wall};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::{NodeLock, Progress, Store, StoreError, sync_folder};

/// Outside the database, so that it can be read when the database can't.
const PLAN: &str = "backup.json";
/// Lies with the backups: what was written there, so that nothing else is ever deleted.
const LEDGER: &str = "cubby-backups.json";
const DATABASE: &str = "cubby.db";
const AGE: &[u8] = b"age-encryption.org/v1";

const LOOK: Duration = Duration::from_secs(60);
/// A start has better things to do.
const SETTLE: i64 = 10 * MINUTE;
/// After one that failed.
const AGAIN: i64 = HOUR;

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

fn io(error: std::io::Error) -> Error {
    StoreError::from(error).into()
}

/// Written beside its place, and renamed when it is whole.
fn put(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let half = with_suffix(path, ".part");
    let mut file = File::create(&half)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    std::fs::rename(&half, path)
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    name.into()
}

impl BackupPlan {
    /// The plan of a data folder, or the usual one.
    pub fn read(data: &Path) -> Result<BackupPlan> {
        match std::fs::read(data.join(PLAN)) {
            Ok(bytes) => serde_json::from_slice(&bytes)
                .map_err(|e| Error::Internal(format!("{} can't be read: {e}", data.join(PLAN).display()))),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(BackupPlan::default()),
            Err(error) => Err(io(error)),
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
        let bytes = serde_json::to_vec_pretty(self).map_err(StoreError::from)?;
        put(&data.join(PLAN), &bytes).map_err(io)
    }

    pub(crate) fn folder(&self, data: &Path) -> PathBuf {
        self.folder.clone().unwrap_or_else(|| data.join("backups"))
    }
}

/// A public key of age, checked.
pub fn recipient(text: &str) -> Result<age::x25519::Recipient> {
    text.trim()
        .parse()
        .map_err(|why: &str| Error::Internal(format!("the recipient is no age public key: {why}")))
}

/// Makes a key pair for backups: the secret half goes to a new file, the public one is returned.
pub fn new_key(file: &Path) -> Result<String> {
    use age::secrecy::ExposeSecret;
    if file.exists() {
        return Err(Error::Internal(format!("{} is there already", file.display())));
    }
    let identity = age::x25519::Identity::generate();
    let public = identity.to_public().to_string();
    let text = format!("# public key: {public}\n{}\n", identity.to_string().expose_secret());
    let write = || -> std::io::Result<()> {
        let mut out = secrets::private(file)?;
        out.write_all(text.as_bytes())?;
        out.sync_all()
    };
    write().map_err(io)?;
    Ok(public)
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Made {
    name: String,
    at: i64,
    size: u64,
    sha256: String,
}

#[derive(Default, Serialize, Deserialize)]
struct Ledger {
    /// Oldest first.
    made: Vec<Made>,
}

impl Ledger {
    fn read(folder: &Path) -> std::io::Result<Ledger> {
        match std::fs::read(folder.join(LEDGER)) {
            Ok(bytes) => Ok(serde_json::from_slice(&bytes)?),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Ledger::default()),
            Err(error) => Err(error),
        }
    }

    fn save(&self, folder: &Path) -> std::io::Result<()> {
        put(&folder.join(LEDGER), &serde_json::to_vec_pretty(self)?)
    }

    /// Deletes what is too old, if it is still what was written. What can't be deleted is tried again next time.
    fn prune(&mut self, folder: &Path, keep: usize) {
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
fn digest(path: &Path) -> std::io::Result<(u64, String)> {
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

/// One at a time in a data folder: they share the place where they are made.
fn only_one(data: &Path) -> Result<File> {
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(data.join("backup.lock"))
        .map_err(io)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(_) => Err(Error::Internal("another backup is being made".into())),
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
    store.copy(&plain, progress).await?;
    progress.set(95);
    let (data, to) = (data.to_owned(), to.to_owned());
    let delivered = tokio::task::spawn_blocking(move || {
        let delivered = deliver(&plain, &data, &to, key.as_ref());
        // A plain copy beside an encrypted one would make it pointless; moved away, it is gone already.
        let _ = std::fs::remove_file(&plain);
        delivered.map(|()| one)
    });
    let one = delivered.await.map_err(|e| Error::Internal(e.to_string()))?.map_err(io)?;
    progress.set(100);
    Ok(one)
}

/// Makes the backup that a data folder's plan asks for, and deletes those that are too old.
pub async fn by_plan(store: &Store, data: &Path, at: Wall, progress: &Progress) -> Result<PathBuf> {
    let plan = BackupPlan::read(data)?;
    let one = only_one(data)?;
    let folder = plan.folder(data);
    std::fs::create_dir_all(&folder)
        .map_err(|e| Error::Internal(format!("{} can't be written: {e}", folder.display())))?;
    let stamp = rfc3339(at).replace([':', '.'], "-");
    let name = format!("cubby-{stamp}.{}", if plan.recipient.is_some() { "age" } else { "db" });
    let to = folder.join(&name);
    if to.exists() {
        return Err(Error::Internal(format!("{} is there already", to.display())));
    }
    let one = made(store, data, &to, plan.recipient.as_deref(), progress, one).await?;
    let keep = usize::try_from(plan.keep).unwrap_or(usize::MAX).max(1);
    let entered = {
        let to = to.clone();
        tokio::task::spawn_blocking(move || -> std::io::Result<()> {
            let _one = one;
            let (size, sha256) = digest(&to)?;
            let mut ledger = Ledger::read(&folder)?;
            ledger.made.push(Made { name, at: at.0, size, sha256 });
            // Entered before anything older goes.
            ledger.save(&folder)?;
            ledger.prune(&folder, keep);
            ledger.save(&folder)
        })
    };
    entered.await.map_err(|e| Error::Internal(e.to_string()))?.map_err(io)?;
    Ok(to)
}

fn deliver(
    plain: &Path,
    data: &Path,
    to: &Path,
    key: Option<&age::x25519::Recipient>,
) -> std::io::Result<()> {
    let half = with_suffix(to, ".part");
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

/// Puts a backup in a data folder's place; says whether its secrets came with it.
pub async fn restore(data: &Path, from: &Path, identity: Option<&Path>, kept_as: &str) -> Result<bool> {
    let lock = NodeLock::take(data)?;
    let (half, secret) = (data.join("restored.part"), data.join("restored.secrets.part"));
    let (from, identity) = (from.to_owned(), identity.map(Path::to_owned));
    let unpacked = {
        let (half, secret) = (half.clone(), secret.clone());
        tokio::task::spawn_blocking(move || unpack(&from, identity.as_deref(), &half, &secret))
    };
    let with_secrets = unpacked.await.map_err(|e| Error::Internal(e.to_string()))??;
    let also = with_secrets.then_some((secret.as_path(), secrets::FILE));
    Store::put_in_place(&lock, data, &half, also, kept_as).await?;
    Ok(with_secrets)
}

fn unpack(from: &Path, identity: Option<&Path>, half: &Path, secret: &Path) -> Result<bool> {
    let mut file =
        File::open(from).map_err(|e| Error::Internal(format!("{} can't be read: {e}", from.display())))?;
    let mut head = vec![];
    Read::by_ref(&mut file).take(AGE.len() as u64).read_to_end(&mut head).map_err(io)?;
    if head != AGE {
        std::fs::copy(from, half).map_err(io)?;
        return Ok(false);
    }
    let told =
        |e: &dyn std::fmt::Display| Error::Internal(format!("{} can't be opened: {e}", from.display()));
    let Some(identity) = identity else {
        return Err(told(&"it is encrypted: name the file that holds its age key with --identity"));
    };
    let identities = age::IdentityFile::from_file(identity.to_string_lossy().into_owned())
        .map_err(|e| Error::Internal(format!("{} can't be read: {e}", identity.display())))?
        .into_identities()
        .map_err(|e| Error::Internal(format!("{}: {e}", identity.display())))?;
    let file = File::open(from).map_err(io)?;
    let decryptor = age::Decryptor::new(std::io::BufReader::new(file)).map_err(|e| told(&e))?;
    let plain = decryptor
        .decrypt(identities.iter().map(|i| i.as_ref() as &dyn age::Identity))
        .map_err(|e| told(&e))?;
    let mut archive = tar::Archive::new(plain);
    let (mut database, mut secrets) = (false, false);
    for entry in archive.entries().map_err(|e| told(&e))? {
        let mut entry = entry.map_err(|e| told(&e))?;
        let name = entry.path().map_err(|e| told(&e))?.to_string_lossy().into_owned();
        // Only what is known, to places that are known.
        let to = match name.as_str() {
            DATABASE => half,
            secrets::FILE => secret,
            _ => continue,
        };
        let mut out = secrets::private(to).map_err(io)?;
        std::io::copy(&mut entry, &mut out).map_err(|e| told(&e))?;
        out.sync_all().map_err(io)?;
        database |= name == DATABASE;
        secrets |= name == secrets::FILE;
    }
    if !database {
        return Err(told(&"there is no database in it"));
    }
    Ok(secrets)
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

/// What is known of the backups since the start.
#[derive(Default)]
pub(crate) struct Backups(Mutex<State>);

#[derive(Default)]
struct State {
    tried: Option<Wall>,
    why: Option<String>,
    under_way: Option<Progress>,
}

impl Backups {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn due(newest: Option<Wall>, tried: Option<Wall>, now: Wall, every_hours: u32) -> bool {
    let past = |since: Option<Wall>, wait: i64| match since {
        // A clock that went back says nothing: rather one too many.
        Some(since) => now.0 < since.0 || now.0 - since.0 >= wait,
        None => true,
    };
    past(newest, i64::from(every_hours) * HOUR) && past(tried, AGAIN)
}

pub(crate) async fn run(station: Station) {
    let began = station.inner.clock.mono();
    loop {
        tokio::time::sleep(LOOK).await;
        let settled = station.inner.clock.mono().since(began) >= SETTLE;
        if settled
            && station.backup_due()
            && let Err(error) = station.back_up().await
        {
            tracing::error!(%error, "the backup failed");
        }
    }
}

impl Station {
    fn backup_due(&self) -> bool {
        let data = &self.inner.folder;
        let plan = BackupPlan::read(data).unwrap_or_default();
        let made = Ledger::read(&plan.folder(data)).unwrap_or_default().made;
        let tried = self.inner.backups.state().tried;
        due(made.last().map(|m| Wall(m.at)), tried, self.now(), plan.every_hours)
    }

    /// Makes the backup that the plan asks for, now.
    pub async fn back_up(&self) -> Result<PathBuf> {
        let progress = Progress::default();
        {
            let mut state = self.inner.backups.state();
            state.tried = Some(self.now());
            state.under_way = Some(progress.clone());
        }
        self.inner.changed(Topic::Health);
        let made = self.backed_up(&progress).await;
        {
            let mut state = self.inner.backups.state();
            state.under_way = None;
            state.why = made.as_ref().err().map(ToString::to_string);
        }
        self.inner.changed(Topic::Health);
        made
    }

    async fn backed_up(&self, progress: &Progress) -> Result<PathBuf> {
        let (data, store) = (&self.inner.folder, &self.inner.store);
        let size = std::fs::metadata(store.path()).map_err(io)?.len();
        if self.inner.room.free() < 2 * size + self.inner.room.kept_free() {
            return Err(Error::DiskLow);
        }
        let to = by_plan(store, data, self.now(), progress).await?;
        tracing::info!(file = %to.display(), "a backup is made and verified");
        Ok(to)
    }

    /// Ends the backup that is being made, if one is.
    pub fn cancel_backup(&self) {
        if let Some(progress) = &self.inner.backups.state().under_way {
            progress.cancel();
        }
    }

    pub(crate) fn backup_health(&self) -> BackupHealth {
        let data = &self.inner.folder;
        let plan = BackupPlan::read(data);
        let why = plan.as_ref().err().map(ToString::to_string);
        let plan = plan.unwrap_or_default();
        let folder = plan.folder(data);
        let made = Ledger::read(&folder).unwrap_or_default().made;
        let newest = made.last();
        let state = self.inner.backups.state();
        BackupHealth {
            folder: folder.display().to_string(),
            encrypted: plan.recipient.is_some(),
            at: newest.map(|m| rfc3339(Wall(m.at))),
            kibibytes: newest.map(|m| u32::try_from(m.size.div_ceil(1024)).unwrap_or(u32::MAX)),
            why: why.or_else(|| state.why.clone()),
            percent: state.under_way.as_ref().map(|p| *p.percent().borrow()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_is_due_a_day_after_the_last_and_an_hour_after_a_failure() {
        let at = |hours: i64| Some(Wall(hours * HOUR));
        let now = Wall(100 * HOUR);
        assert!(due(None, None, now, 24));
        assert!(due(at(76), None, now, 24) && !due(at(77), None, now, 24));
        assert!(!due(None, Some(Wall(now.0 - HOUR + 1)), now, 24));
        assert!(due(at(200), None, now, 24), "the clock went back");
    }

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
