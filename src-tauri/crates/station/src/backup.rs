//! Backups: made by plan or by hand while the doors move, verified before they count, encrypted for a recipient whose
//! key is elsewhere, and pruned.
//!
//! Must never delete or replace a file that it did not write, nor leave one under its name that is not whole.

mod error;
mod files;
mod ledger;
mod make;
mod plan;
mod restore;

pub use error::BackupError;
pub use ledger::{advice, newest};
pub use make::{back_up, by_plan};
pub use plan::{BackupPlan, new_key, recipient};
pub use restore::restore;

use crate::clock::rfc3339;
use crate::start::Station;
use crate::wire::{BackupHealth, BackupWhy, Topic};
use domain::event::TaskKind;
use domain::time::{HOUR, MINUTE, Wall};
use ledger::Ledger;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use store::Progress;

/// What the database is called in an encrypted backup.
const DATABASE: &str = "cubby.db";

const LOOK: Duration = Duration::from_secs(60);
/// A start has better things to do.
const SETTLE: i64 = 10 * MINUTE;
/// After one that failed.
const AGAIN: i64 = HOUR;
/// So many that fail in a row are staff's business: one can be a share that restarts.
const TOO_MANY: u32 = 3;

/// What is known of the backups since the start.
#[derive(Default)]
pub(crate) struct Backups(Mutex<State>);

#[derive(Default)]
struct State {
    tried: Option<Wall>,
    why: Option<BackupWhy>,
    /// Tries that failed in a row.
    failed: u32,
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
    pub async fn back_up(&self) -> error::Result<PathBuf> {
        let progress = Progress::default();
        {
            let mut state = self.inner.backups.state();
            state.tried = Some(self.now());
            state.under_way = Some(progress.clone());
        }
        self.inner.changed(Topic::Health);
        let made = self.backed_up(&progress).await;
        let in_a_row = {
            let mut state = self.inner.backups.state();
            state.under_way = None;
            state.why = made.as_ref().err().map(BackupWhy::from);
            state.failed = match &made {
                Ok(_) => 0,
                Err(BackupError::UnderWay | BackupError::Cancelled) => state.failed,
                Err(_) => state.failed + 1,
            };
            state.failed
        };
        self.inner.changed(Topic::Health);
        let told = match &made {
            Ok(_) => self.settled(TaskKind::NoBackup).await,
            Err(_) if in_a_row >= TOO_MANY => self.raise(TaskKind::NoBackup, None, None, None).await,
            Err(_) => Ok(()),
        };
        if let Err(error) = told {
            tracing::warn!(%error, "the task about the backups could not be written");
        }
        made
    }

    async fn backed_up(&self, progress: &Progress) -> error::Result<PathBuf> {
        let (data, store) = (&self.inner.folder, &self.inner.store);
        let size = std::fs::metadata(store.path())?.len();
        if self.inner.room.free() < 2 * size + self.inner.room.kept_free() {
            return Err(BackupError::DiskLow);
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
        let why = plan.as_ref().err().map(BackupWhy::from);
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
}
