//! Copies of the file: made while it is in use, verified before they count, and put in a folder's place.
//!
//! Must never touch what it copies, nor throw away what it replaces.

use crate::open::{FILE, Store, options};
use crate::{NodeLock, Result, StoreError};
use sqlx::sqlite::SqliteConnection;
use sqlx::{ConnectOptions, Connection, Row};
use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::sync::watch;

/// There while a restore is under way: nothing may start on half of one.
const UNDER_WAY: &str = "restore.unfinished";
/// How much of a copy's percent the copying is; the rest is verifying.
const COPIED: u64 = 60;

/// Follows a long piece of work, and can end it. Clones share it.
#[derive(Clone, Debug)]
pub struct Progress {
    percent: Arc<watch::Sender<u8>>,
    cancelled: Arc<AtomicBool>,
}

impl Default for Progress {
    fn default() -> Progress {
        Progress { percent: Arc::new(watch::channel(0).0), cancelled: Arc::default() }
    }
}

impl Progress {
    pub fn percent(&self) -> watch::Receiver<u8> {
        self.percent.subscribe()
    }

    pub fn set(&self, percent: u8) {
        self.percent.send_if_modified(|now| std::mem::replace(now, percent) != percent);
    }

    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub fn go_on(&self) -> Result<()> {
        if self.cancelled.load(Ordering::Relaxed) {
            return Err(StoreError::Cancelled("the backup was cancelled"));
        }
        Ok(())
    }
}

/// Makes a folder's entries durable: a rename is not before its folder is.
pub fn sync_folder(folder: &Path) -> std::io::Result<()> {
    // Windows has no such thing and refuses to open a folder.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

fn remove(half: &Path) -> Result<()> {
    for suffix in ["", "-wal", "-shm"] {
        let mut name = half.as_os_str().to_owned();
        name.push(suffix);
        match std::fs::remove_file(&name) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error.into()),
            _ => {}
        }
    }
    Ok(())
}

impl Store {
    /// A whole, verified copy in one file, made while this one is in use. Nothing is left of a copy that fails.
    pub async fn copy(&self, to: &Path, progress: &Progress) -> Result<()> {
        remove(to)?;
        let copied = self.copied(to, progress).await;
        if copied.is_err() {
            // What went wrong is the thing to tell.
            let _ = remove(to);
        }
        copied
    }

    async fn copied(&self, to: &Path, progress: &Progress) -> Result<()> {
        // A connection of its own, so that screens keep theirs; it only reads, so that doors keep the writer.
        let mut reader: SqliteConnection = options(self.path()).read_only(true).connect().await?;
        let pages: i64 = sqlx::query("pragma page_count").fetch_one(&mut reader).await?.get(0);
        let size: i64 = sqlx::query("pragma page_size").fetch_one(&mut reader).await?.get(0);
        let whole = u64::try_from(pages * size).unwrap_or(0).max(1);
        let (followed, half) = (progress.clone(), to.to_owned());
        reader.lock_handle().await?.set_progress_handler(10_000, move || {
            let so_far = std::fs::metadata(&half).map_or(0, |m| m.len());
            followed.set(u8::try_from((so_far * COPIED / whole).min(COPIED)).unwrap_or(0));
            followed.go_on().is_ok()
        });
        progress.go_on()?;
        let made = sqlx::query("vacuum into ?").bind(to.to_string_lossy().into_owned()).execute(&mut reader);
        let made = made.await;
        progress.go_on()?;
        made?;
        reader.close().await?;
        File::open(to)?.sync_all()?;
        progress.set(u8::try_from(COPIED).unwrap_or(0));
        verify(to).await?;
        progress.go_on()
    }

    /// Copies to a file beside its place, and renames it when it is whole.
    pub async fn backup(&self, to: &Path) -> Result<()> {
        let half = to.with_extension("part");
        self.copy(&half, &Progress::default()).await?;
        std::fs::rename(&half, to)?;
        sync_folder(to.parent().unwrap_or(Path::new(".")))?;
        Ok(())
    }

    /// Puts a copy in a folder's place, as a new incarnation. What was there is kept beside it.
    pub async fn restore(folder: &Path, from: &Path, kept_as: &str) -> Result<()> {
        let lock = NodeLock::take(folder)?;
        let half = folder.join("restored.part");
        remove(&half)?;
        std::fs::copy(from, &half)?;
        Self::put_in_place(&lock, folder, &half, None, kept_as).await
    }

    /// The same with a file of the folder itself, which is used up; and another that belongs to it, with its name.
    pub async fn put_in_place(
        _lock: &NodeLock,
        folder: &Path,
        half: &Path,
        also: Option<(&Path, &str)>,
        kept_as: &str,
    ) -> Result<()> {
        if let Err(error) = renewed(half).await {
            // What went wrong is the thing to tell.
            let _ = remove(half);
            return Err(error);
        }
        File::create(folder.join(UNDER_WAY))?.sync_all()?;
        sync_folder(folder)?;
        for suffix in ["", "-wal", "-shm"] {
            let old = folder.join(format!("{FILE}{suffix}"));
            if old.exists() {
                std::fs::rename(&old, folder.join(format!("{kept_as}.db{suffix}")))?;
            }
        }
        if let Some((file, name)) = also {
            if folder.join(name).exists() {
                std::fs::rename(folder.join(name), folder.join(format!("{kept_as}.{name}")))?;
            }
            std::fs::rename(file, folder.join(name))?;
        }
        std::fs::rename(half, folder.join(FILE))?;
        sync_folder(folder)?;
        std::fs::remove_file(folder.join(UNDER_WAY))?;
        Ok(())
    }

    pub(crate) fn whole(folder: &Path) -> Result<()> {
        if folder.join(UNDER_WAY).exists() {
            return Err(StoreError::Damaged("a restore was interrupted: make it again".into()));
        }
        Ok(())
    }

    /// Did the write-ahead log lose commits that were acknowledged? To be asked before anyone opens the file.
    pub fn check_journal(folder: &Path) -> Result<()> {
        match crate::wal::damage(&folder.join(format!("{FILE}-wal")))? {
            Some(fault) => Err(StoreError::Damaged(fault)),
            None => Ok(()),
        }
    }
}

async fn verify(file: &Path) -> Result<()> {
    let copy = Store::open_file(file).await?;
    let report = copy.check().await;
    copy.close().await;
    match report?.fault {
        Some(fault) => Err(StoreError::Damaged(fault.to_string())),
        None => Ok(()),
    }
}

/// Verified, and already the next incarnation: there is no moment at which it is in place and still the old one.
async fn renewed(half: &Path) -> Result<()> {
    verify(half).await?;
    let store = Store::open_file(half).await?;
    sqlx::query("update node set incarnation = incarnation + 1").execute(&store.writer).await?;
    store.close().await;
    File::open(half)?.sync_all()?;
    Ok(())
}
