//! Room on the disk. A reserve is kept in the data folder; when the disk is full it is given back, so that pickups,
//! removals and hand-overs can still be recorded while staff make space. Intake and deposits wait until there is some.
//!
//! Here, too, the write-ahead log is kept short. Must never decide what is recorded, nor touch a file but its own reserve.

use crate::start::Station;
use crate::wire::Topic;
use crate::{Error, Result};
use domain::event::TaskKind;
use domain::time::Wall;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

const MIB: u64 = 1 << 20;
/// Enough for thousands of pickups.
const RESERVE: u64 = 32 * MIB;
/// Below this, intake and deposits are refused. Twice as much must be free for them to go on.
const LOW: u64 = 16 * MIB;
/// Below this, a write may fail any moment.
const FULL: u64 = MIB;
const LOOK: Duration = Duration::from_secs(60);
/// How often the write-ahead log is looked at while it grows.
const BREATH: Duration = Duration::from_millis(100);

/// The disk, injected: a test brings its own.
pub trait Disk: Send + Sync + 'static {
    /// Bytes that this user can still write below a folder.
    fn free(&self, folder: &Path) -> std::io::Result<u64>;
    fn reserve(&self) -> u64 {
        RESERVE
    }
}

#[derive(Debug)]
pub struct SystemDisk;

impl Disk for SystemDisk {
    fn free(&self, folder: &Path) -> std::io::Result<u64> {
        fs4::available_space(folder)
    }
}

pub(crate) struct Room {
    disk: Arc<dyn Disk>,
    folder: PathBuf,
    low: Mutex<Option<Wall>>,
    /// The reserve was just given back.
    given: tokio::sync::Notify,
}

impl Room {
    pub fn new(folder: PathBuf, disk: Arc<dyn Disk>) -> Room {
        Room { disk, folder, low: Mutex::default(), given: tokio::sync::Notify::new() }
    }

    fn reserve(&self) -> PathBuf {
        self.folder.join("reserve")
    }

    fn held(&self) -> bool {
        std::fs::metadata(self.reserve()).is_ok_and(|m| m.len() == self.disk.reserve())
    }

    fn low(&self) -> MutexGuard<'_, Option<Wall>> {
        self.low.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn low_since(&self) -> Option<Wall> {
        *self.low()
    }

    pub fn free(&self) -> u64 {
        // A disk that can't say how full it is shows that when it is written.
        self.disk.free(&self.folder).unwrap_or(u64::MAX)
    }

    /// What other work on the disk leaves free.
    pub fn kept_free(&self) -> u64 {
        self.disk.reserve() + 2 * LOW
    }

    /// Gives the reserve back. Was there one?
    pub fn make(&self, now: Wall) -> bool {
        let given = std::fs::remove_file(self.reserve()).is_ok();
        if given {
            tracing::error!("the disk is full: the reserve is given back, and no package is taken in");
        }
        let mut low = self.low();
        let news = low.is_none();
        low.get_or_insert(now);
        drop(low);
        if given || news {
            self.given.notify_one();
        }
        given
    }

    /// Before a write: gives the reserve back before the disk is quite full.
    pub fn ahead(&self, now: Wall) {
        if self.free() < FULL && self.held() {
            self.make(now);
        }
    }

    /// Writes the reserve, for real: a file with holes would reserve nothing, and equal blocks may be stored once.
    fn fill(&self) -> std::io::Result<()> {
        let half = self.reserve().with_extension("part");
        let write = || -> std::io::Result<()> {
            let mut file = std::fs::File::create(&half)?;
            let mut block = vec![0; 1 << 16];
            rand::RngCore::fill_bytes(&mut rand::rng(), &mut block);
            let mut left = usize::try_from(self.disk.reserve()).unwrap_or(usize::MAX);
            while left > 0 {
                for page in block.chunks_exact_mut(4096) {
                    page[..8].copy_from_slice(&left.to_le_bytes());
                }
                let part = block.get(..left.min(block.len())).unwrap_or_default();
                file.write_all(part)?;
                left -= part.len();
            }
            file.sync_all()?;
            std::fs::rename(&half, self.reserve())
        };
        let written = write();
        if written.is_err() {
            // It is the disk that failed; what could be written goes.
            let _ = std::fs::remove_file(&half);
        }
        written
    }
}

/// Runs a whole piece of work; if the disk was full and the reserve made room, once more.
macro_rules! with_room {
    ($station:expr, $work:expr) => {
        match $work {
            Err($crate::Error::DiskFull) if $station.make_room() => $work,
            done => done,
        }
    };
}
pub(crate) use with_room;

pub(crate) async fn watch(station: Station) {
    let mut told = None;
    loop {
        match station.look_at_disk(told).await {
            Ok(low) => told = Some(low),
            Err(error) => tracing::warn!(%error, "the task about the full disk could not be written"),
        }
        let _ = tokio::time::timeout(LOOK, station.inner.room.given.notified()).await;
    }
}

/// Keeps the write-ahead log short while things are written.
pub(crate) async fn shorten_log(station: Station) {
    let mut head = station.head();
    while head.changed().await.is_ok() {
        if let Err(error) = station.inner.store.shorten_log().await {
            tracing::warn!(%error, "the write-ahead log could not be moved into the file");
        }
        tokio::time::sleep(BREATH).await;
    }
}

impl Station {
    pub(crate) fn make_room(&self) -> bool {
        self.inner.room.make(self.now())
    }

    /// What adds to the disk is refused while it is almost full.
    pub(crate) fn takes_in(&self) -> Result<()> {
        let room = &self.inner.room;
        if room.low_since().is_none() && room.free() >= LOW {
            return Ok(());
        }
        room.low().get_or_insert(self.now());
        // There may be space again: who asks next is told so.
        room.given.notify_one();
        Err(Error::DiskLow)
    }

    async fn look_at_disk(&self, told: Option<bool>) -> Result<bool> {
        let room = &self.inner.room;
        if !room.held() && room.free() >= room.kept_free() {
            let inner = self.inner.clone();
            let filled = tokio::task::spawn_blocking(move || inner.room.fill()).await;
            if let Ok(Err(error)) = filled {
                tracing::warn!(%error, "the reserve could not be written");
            }
        }
        let was = room.low_since();
        let enough = if was.is_some() { 2 * LOW } else { LOW };
        let low = !room.held() || room.free() < enough;
        *room.low() = if low { was.or(Some(self.now())) } else { None };
        if told != Some(low) {
            self.inner.changed(Topic::Health);
            if low {
                with_room!(self, self.raise(TaskKind::DiskLow, None, None, None).await)?;
            } else {
                self.settled(TaskKind::DiskLow).await?;
            }
        }
        Ok(low)
    }
}
