//! What is kept, for how long, and how it goes: the nightly sweep, and erasing one person on request.
//!
//! Every piece of work is one short transaction: a door waits for one of them at most. Never erases what a task, a
//! package that is still here or an open dispute needs.

mod files;

use crate::error::InvalidWhy;
use crate::session::{Admin, Confirmed, Reader};
use crate::start::Station;
use crate::wire::{Erasure, PrivacyView, RetentionDays, Topic};
use crate::{Error, Result};
use chrono::{Local, Timelike};
use domain::event::{Actor, Event};
use domain::policy::{Policy, RETENTION_MAX_DAYS, Retention};
use domain::time::{DAY, HOUR, Wall};
use domain::{PersonId, Refusal};
pub(crate) use files::EXPORTS;
use files::{EXPORT_DAYS, copies, old_files, remember, remembered};
use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};
use store::{Named, Store, Tx};

/// When the last sweep ended, in milliseconds.
const SWEPT: &str = "privacy_swept_ms";

const LOOK: Duration = Duration::from_secs(60);
/// The hour of the night, local time.
const NIGHT: u32 = 3;
/// A machine that sleeps at night is swept by day.
const LATE: i64 = 30 * HOUR;
/// Between two pieces of work whoever waits for the writer goes first.
const PAUSE: Duration = Duration::from_millis(20);
/// And it rests for so many times as long as the piece took: a million overdue packages may take hours, a door may not.
const REST: u32 = 4;
/// Packages and entries of one transaction.
const PACKAGES: i64 = 10;
const ENTRIES: i64 = 200;
/// Leavers looked up at one go.
const LEAVERS: i64 = 50;

/// What a sweep erased.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Swept {
    pub leavers: usize,
    pub stories: usize,
    pub packages: usize,
    pub entries: usize,
}

/// What goes by packages: those that ended before then, or their stories.
#[derive(Clone, Copy)]
enum Over {
    Packages(Wall),
    Stories(Wall),
}

pub(crate) async fn run(station: Station) {
    loop {
        tokio::time::sleep(LOOK).await;
        if station.inner.store.broken().borrow().is_some() {
            return;
        }
        if let Err(error) = station.sweep_if_due().await {
            tracing::warn!(%error, "what is over could not be erased");
        }
    }
}

impl Station {
    /// Once a night; by day when the nights were missed.
    pub(crate) async fn sweep_if_due(&self) -> Result<()> {
        if crate::calendar::kept(&self.inner.store).await?.is_some() {
            // The clock is in doubt: what can't be brought back is not erased by it.
            return Ok(());
        }
        let now = self.now();
        let last = self.inner.store.setting(SWEPT).await?.and_then(|text| text.parse::<i64>().ok());
        let since = last.map_or(i64::MAX, |last| now.0 - last);
        let hour = chrono::DateTime::from_timestamp_millis(now.0).map(|t| t.with_timezone(&Local).hour());
        let night = hour == Some(NIGHT) && since > DAY / 2;
        // A clock that went back must not put it off for years.
        if !night && (0..LATE).contains(&since) {
            return Ok(());
        }
        let swept = self.sweep().await?;
        self.inner.store.put_setting(SWEPT, &now.0.to_string()).await?;
        if swept != Swept::default() {
            tracing::info!(?swept, "erased what was over");
        }
        Ok(())
    }

    /// Erases all whose time is over, in pieces.
    pub async fn sweep(&self) -> Result<Swept> {
        let kept = self.inner.store.policy().await?.retention;
        let now = self.now();
        let before = |ms: i64| Wall(now.0 - ms);
        let mut swept = Swept::default();
        loop {
            let leavers = self.inner.store.leavers(before(kept.leavers_ms()), LEAVERS).await?;
            let mut erased = 0;
            let named = self.inner.store.where_named(&leavers).await?;
            for (person, named) in leavers.iter().zip(&named) {
                let began = Instant::now();
                // Between the look and the act a package may have come, or they are back.
                match self.erase_named(*person, named, Actor::System, true).await {
                    Ok(()) => erased += 1,
                    Err(Error::Refused(_) | Error::NotFound(_)) => {}
                    Err(error) => return Err(error),
                }
                self.pause(began).await;
            }
            swept.leavers += erased;
            if erased == 0 {
                break;
            }
        }
        swept.packages = self.piecemeal(Over::Packages(before(kept.packages_ms()))).await?;
        swept.stories = self.piecemeal(Over::Stories(before(kept.access_ms()))).await?;
        let mut last = 0;
        loop {
            let mut tx = self.begin().await?;
            let began = Instant::now();
            let part = tx.erase_access(last, before(kept.access_ms()), ENTRIES).await?;
            if part.erased > 0 {
                self.commit(tx).await?;
            }
            (last, swept.entries) = (part.last, swept.entries + part.erased);
            if part.seen == 0 {
                break;
            }
            self.pause(began).await;
        }
        if swept != Swept::default() {
            self.tidy().await?;
            for topic in [Topic::People, Topic::Packages] {
                self.inner.changed(topic);
            }
        }
        let folder = self.inner.folder.clone();
        let leavers = u64::from(kept.leavers);
        // Old copies are files that nobody waits for.
        let _ = tokio::task::spawn_blocking(move || old_files(&folder, leavers)).await;
        Ok(swept)
    }

    async fn piecemeal(&self, over: Over) -> Result<usize> {
        let mut all = 0;
        loop {
            let mut tx = self.begin().await?;
            let began = Instant::now();
            let done = match over {
                Over::Packages(before) => tx.forget_packages(before, PACKAGES).await?,
                Over::Stories(before) => tx.erase_stories(before, PACKAGES).await?,
            };
            if done == 0 {
                return Ok(all);
            }
            self.commit(tx).await?;
            all += done;
            self.pause(began).await;
        }
    }

    /// After a piece that began then.
    async fn pause(&self, began: Instant) {
        rest(self.inner.pace == crate::Pace::Timers, began).await;
    }

    /// Gets erased words out of the search indexes and out of the write-ahead log.
    async fn tidy(&self) -> Result<()> {
        tidy(&self.inner.store, self.inner.pace == crate::Pace::Timers).await
    }

    /// The same beside everything else: with a million packages it takes its time, and nobody has to wait.
    async fn tidy_beside(&self) -> Result<()> {
        if self.inner.pace == crate::Pace::ByHand {
            return self.tidy().await;
        }
        let station = self.clone();
        self.spawn(async move {
            if let Err(error) = station.tidy().await {
                tracing::warn!(%error, "erased words are still in an index: the next sweep merges it");
            }
        });
        Ok(())
    }

    /// Erases a person if nothing stands against it.
    async fn erase(&self, person: PersonId, by: Actor) -> Result<()> {
        let named = self.inner.store.where_named(&[person]).await?.pop().unwrap_or_default();
        self.erase_named(person, &named, by, false).await
    }

    /// `left`: only if they are still not here.
    async fn erase_named(&self, person: PersonId, named: &Named, by: Actor, left: bool) -> Result<()> {
        let mut tx = self.begin().await?;
        if left && tx.person(person).await?.is_some_and(|row| row.active) {
            return Err(Refusal::WrongState.into());
        }
        erase_in(&mut tx, person, named, by).await?;
        self.commit(tx).await?;
        remember(&self.inner.folder, person)
    }

    /// After a restore: who was erased since that backup is in it again, and is erased again.
    pub(crate) async fn erase_again(&self) -> Result<()> {
        let mut back = false;
        for person in remembered(&self.inner.folder)? {
            if self.inner.store.person(person).await?.is_none() {
                continue;
            }
            back = true;
            match self.erase(person, Actor::System).await {
                Ok(()) => tracing::info!(%person, "erased again: a restored copy still had them"),
                Err(Error::NotFound(_)) => {}
                Err(Error::Refused(why)) => {
                    tracing::warn!(%person, %why, "an erased person is back and can't be erased");
                }
                Err(error) => return Err(error),
            }
        }
        if back { self.tidy_beside().await } else { Ok(()) }
    }
}

impl Reader {
    /// What is kept and for how long, with copies that lie beside the database.
    pub async fn privacy(&self) -> Result<PrivacyView> {
        let kept = self.station.inner.store.policy().await?.retention;
        let swept = self.station.inner.store.setting(SWEPT).await?.and_then(|text| text.parse::<i64>().ok());
        Ok(PrivacyView {
            retention: kept.into(),
            defaults: Retention::default().into(),
            most_days: RETENTION_MAX_DAYS,
            swept_at: swept.map(|ms| crate::clock::rfc3339(Wall(ms))),
            data_folder: self.station.inner.folder.display().to_string(),
            backups_kept: crate::backup::BackupPlan::read(&self.station.inner.folder)?.keep,
            export_days: u16::try_from(EXPORT_DAYS).unwrap_or(u16::MAX),
        })
    }
}

impl Admin {
    /// How long each kind of record is kept from now on.
    pub async fn set_retention(&self, _: &Confirmed, wanted: RetentionDays) -> Result<()> {
        for (field, days) in
            [("access", wanted.access), ("packages", wanted.packages), ("leavers", wanted.leavers)]
        {
            if !(1..=RETENTION_MAX_DAYS).contains(&days) {
                return Err(Error::invalid(field, InvalidWhy::OutOfRange));
            }
        }
        let mut tx = self.station.begin().await?;
        // Nothing else writes while this transaction is open.
        let policy = Policy { retention: wanted.into(), ..self.station.inner.store.policy().await? };
        tx.append(&Event::PolicySet { policy, by: self.by }).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::Health);
        Ok(())
    }

    /// Erases all that names a person; the id stays in the record. Says where older copies still lie.
    pub async fn erase_person(&self, _: &Confirmed, person: PersonId) -> Result<Erasure> {
        if self.by == Actor::Person(person) {
            return Err(Refusal::StillStaff.into());
        }
        let address = self.station.inner.store.person(person).await?.and_then(|p| p.detail.email);
        self.station.erase(person, self.by).await?;
        self.station.inner.mailbox.forget(address.as_deref());
        self.station.tidy_beside().await?;
        for topic in [Topic::People, Topic::Packages, Topic::Tasks] {
            self.station.inner.changed(topic);
        }
        Ok(erasure(&self.station.inner.folder))
    }
}

/// The command line's: erases who has this id or mail address. A node may be running beside it.
pub async fn erase_person(store: &Store, folder: &Path, who: &str) -> Result<Erasure> {
    let person = find(store, who).await?;
    let named = store.where_named(&[person]).await?.pop().unwrap_or_default();
    let mut tx = store.begin(crate::stamp(store).await?).await?;
    erase_in(&mut tx, person, &named, Actor::System).await?;
    tx.commit().await?;
    remember(folder, person)?;
    tidy(store, true).await?;
    Ok(erasure(folder))
}

/// By id or mail address.
pub(crate) async fn find(store: &Store, who: &str) -> Result<PersonId> {
    let found = match who.parse::<PersonId>() {
        Ok(id) => store.person(id).await?,
        Err(_) => store.person_by_email(&who.trim().to_lowercase()).await?,
    };
    Ok(found.ok_or(Error::NotFound("person"))?.id)
}

fn erasure(folder: &Path) -> Erasure {
    Erasure { copies: copies(folder).iter().map(|path| path.display().to_string()).collect() }
}

async fn erase_in(tx: &mut Tx, person: PersonId, named: &Named, by: Actor) -> Result<()> {
    let row = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
    if row.role.is_staff() {
        return Err(Refusal::StillStaff.into());
    }
    if row.waiting > 0 {
        return Err(Refusal::PackagesWaiting.into());
    }
    if tx.task_open_for(person).await? {
        return Err(Refusal::TaskOpen.into());
    }
    for badge in tx.badges_of(person).await? {
        tx.append(&Event::BadgeTaken { badge: badge.id, person, by }).await?;
    }
    let mut delegations = tx.delegations_by(person).await?;
    delegations.extend(tx.delegations_to(person).await?);
    for delegation in delegations.iter().map(|d| d.id).collect::<BTreeSet<_>>() {
        crate::delegates::end(tx, delegation, by).await?;
    }
    let now = tx.stamp().wall;
    for hold in tx.holds_of(person).await?.into_iter().filter(|h| h.until > now) {
        tx.append(&Event::HoldEnded { hold: hold.id, by }).await?;
    }
    for notice in tx.notices_waiting_for(person).await? {
        tx.append(&Event::NoticeFailed { notice }).await?;
    }
    tx.erase_names(person, named).await?;
    tx.append(&Event::PersonErased { person, by }).await?;
    Ok(())
}

async fn rest(pausing: bool, began: Instant) {
    if pausing {
        tokio::time::sleep(PAUSE.max(began.elapsed() * REST)).await;
    }
}

/// Gets erased words out of the search indexes and out of the write-ahead log, in pieces.
async fn tidy(store: &Store, pausing: bool) -> Result<()> {
    let mut begin = true;
    let mut began = Instant::now();
    while !store.tidy_search(begin).await? {
        begin = false;
        rest(pausing, began).await;
        began = Instant::now();
    }
    for _ in 0..100 {
        let began = Instant::now();
        if store.cut_journal().await? {
            return Ok(());
        }
        rest(pausing, began).await;
    }
    tracing::info!("the write-ahead log is in use: it is cut off at the next sweep");
    Ok(())
}
