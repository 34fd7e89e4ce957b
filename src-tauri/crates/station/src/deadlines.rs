//! Deadlines as they come: each step of each package once, in one transaction with what follows from it.
//!
//! Looks at what waits, of which a site has as much as it has doors and shelves, and sleeps until the next step is due.
//! Nothing is remembered between two looks, so nothing can be missed or come twice over a restart. Goes by the node's
//! time, which no jump of the wall clock moves; never touches a package whose door is moving.

mod declared;
mod settings;

use crate::Result;
use crate::custody::{Told, raise};
use crate::start::Station;
use crate::wire::Topic;
use domain::PackageId;
use domain::deadlines::{DeadlineStep, Deadlines, EscalateTo, Waiting};
use domain::event::{Actor, Event, Outcome, TaskKind};
use domain::package::Package;
use domain::time::Wall;
use std::time::Duration;
use store::{PackageRow, PersonRow, Store, Tx};

pub use declared::DeadlinesPlan;
pub(crate) use declared::{DeadlinesTable, plan};

/// A machine that was asleep finds what came due within this.
const LOOK: Duration = Duration::from_secs(60);
const BATCH: i64 = 200;

pub(crate) async fn run(station: Station) {
    loop {
        let wait = match station.fire_due().await {
            Ok(Some(next)) => {
                let left = u64::try_from(next.0 - station.now().0).unwrap_or_default();
                Duration::from_millis(left.max(1)).min(LOOK)
            }
            Ok(None) => LOOK,
            Err(error) => {
                tracing::warn!(%error, "deadlines could not be looked through");
                LOOK
            }
        };
        // Rules or the clock were changed, or the time has come.
        let _ = tokio::time::timeout(wait, station.inner.deadlines_moved.notified()).await;
    }
}

/// The rules in force.
pub(crate) async fn rules(store: &Store) -> Result<Deadlines> {
    Ok(store.deadlines().await?.unwrap_or_else(settings::usual))
}

async fn rules_in(tx: &mut Tx) -> Result<Deadlines> {
    Ok(tx.deadlines().await?.unwrap_or_else(settings::usual))
}

/// The site's time zone.
pub(crate) async fn zone(tx: &mut Tx) -> Result<chrono_tz::Tz> {
    Ok(rules_in(tx).await?.business.zone)
}

/// Until when a package that is put behind a door now may stay there.
pub(crate) async fn promise(tx: &mut Tx, package: &PackageRow) -> Result<Wall> {
    let now = tx.stamp().wall;
    Ok(rules_in(tx).await?.promise(&package.subject(), now))
}

/// Until when it may stay behind its door by the rules as they are now, without the times that pause them.
pub(crate) async fn stays_until(tx: &mut Tx, package: &PackageRow) -> Result<Option<Wall>> {
    let rules = rules_in(tx).await?;
    let unpaused = package.waits().map(|waits| Waiting { pauses: &[], ..waits });
    Ok(unpaused.and_then(|waits| rules.due(DeadlineStep::Removal, &package.subject(), &waits)))
}

/// How a recipient is told that it is there.
pub(crate) fn stored_kind(package: &PackageRow) -> notify::NoticeKind {
    let soon = package.handling.iter().any(|h| h.is_perishable());
    if soon { notify::NoticeKind::Expedited } else { notify::NoticeKind::Stored }
}

/// It does not wait there any more: what was asked of staff for its deadlines is done.
pub(crate) async fn over(tx: &mut Tx, package: PackageId) -> Result<()> {
    for what in [TaskKind::Removal, TaskKind::Escalation] {
        if let Some(task) = tx.task_about(what, package).await? {
            tx.append(&Event::TaskSettled { task, outcome: Outcome::Done, by: Actor::System }).await?;
        }
    }
    Ok(())
}

impl Station {
    /// Takes every step that is due, and says when the next one will be.
    pub(crate) async fn fire_due(&self) -> Result<Option<Wall>> {
        let store = &self.inner.store;
        if store.broken().borrow().is_some() {
            return Ok(None);
        }
        let rules = rules(store).await?;
        let (mut after, mut next) = (0, None::<Wall>);
        loop {
            let rows = store.waiting(after, BATCH).await?;
            let Some(last) = rows.last() else { return Ok(next) };
            after = last.n;
            for row in &rows {
                let Some(waits) = row.waits() else { continue };
                let mut fired = row.fired;
                while let Some((step, due)) = rules.next(fired, &row.subject(), &waits) {
                    if due > self.now() {
                        next = Some(next.map_or(due, |at| at.min(due)));
                        break;
                    }
                    // Not now: its door moves, or things have changed since the look.
                    if !self.fire(row.id, step).await? {
                        break;
                    }
                    fired |= step.bit();
                }
            }
        }
    }

    async fn fire(&self, package: PackageId, step: DeadlineStep) -> Result<bool> {
        let mut tx = self.begin().await?;
        let rules = rules_in(&mut tx).await?;
        let Some(row) = tx.package(package).await? else { return Ok(false) };
        let Some(waits) = row.waits() else { return Ok(false) };
        let due = match rules.next(row.fired, &row.subject(), &waits) {
            Some((next, due)) if next == step && due <= tx.stamp().wall => due,
            _ => return Ok(false),
        };
        if tx.door_moves(package).await? {
            return Ok(false);
        }
        tx.append(&Event::DeadlineFired { package, step, due }).await?;
        match step {
            DeadlineStep::Reminder => self.remind(&mut tx, &row).await?,
            DeadlineStep::Escalation => self.escalate(&mut tx, &row, rules.escalate_to).await?,
            DeadlineStep::Removal => ask_removal(&mut tx, &row).await?,
        }
        self.commit(tx).await?;
        self.inner.mail_is_due.send_replace(());
        for topic in [Topic::Packages, Topic::Tasks] {
            self.inner.changed(topic);
        }
        Ok(true)
    }

    /// Once more to the recipient, with a code that works, so that no older message has to be found.
    async fn remind(&self, tx: &mut Tx, row: &PackageRow) -> Result<()> {
        if tx.is_active(row.recipient).await? || matches!(row.state, Package::Stored { .. }) {
            self.inner.custody().tell(tx, row.id, notify::NoticeKind::Reminder).await?;
        }
        Ok(())
    }

    /// Somebody else hears of it; if nobody can, staff do.
    async fn escalate(&self, tx: &mut Tx, row: &PackageRow, to: EscalateTo) -> Result<()> {
        let mut readers = readers(tx, row, to).await?;
        let channels = self.channels();
        readers.retain(|reader| !channels.ways(reader, false).is_empty());
        for reader in &readers {
            crate::notices::tell_about(tx, row, reader, notify::NoticeKind::Escalation).await?;
        }
        if readers.is_empty() {
            let (what, place) = (TaskKind::Escalation, row.compartment());
            raise(tx, what, None, place, Some(row.id), &mut Told::default()).await?;
        }
        Ok(())
    }
}

/// Whom an escalation goes to, of those who are here.
async fn readers(tx: &mut Tx, row: &PackageRow, to: EscalateTo) -> Result<Vec<PersonRow>> {
    let mut found = Vec::new();
    match to {
        EscalateTo::Manager => found.extend(crate::leavers::manager(tx, row.recipient).await?),
        EscalateTo::Person(person) => found.extend(tx.person(person).await?),
        EscalateTo::Team(team) => {
            for person in tx.members_of(team).await? {
                found.extend(tx.person(person).await?);
            }
        }
        EscalateTo::Staff => {}
    }
    found.retain(|p| p.active && p.id != row.recipient);
    Ok(found)
}

/// A leaver's package is to be taken out already.
pub(crate) async fn ask_removal(tx: &mut Tx, row: &PackageRow) -> Result<()> {
    if tx.task_about(TaskKind::LeaverPackage, row.id).await?.is_none() {
        raise(tx, TaskKind::Removal, None, row.compartment(), Some(row.id), &mut Told::default()).await?;
    }
    Ok(())
}
