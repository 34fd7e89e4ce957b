//! What needs staff, and what comes of it. Also gives back places that were reserved and not used.

use crate::clock::rfc3339;
use crate::custody::{Told, raise};
use crate::session::{Reader, Rise, Staff, Supervisor};
use crate::start::Station;
use crate::wire::{Task, Topic};
use crate::{Error, Result};
use domain::event::{Actor, Event, Outcome, TaskKind};
use domain::package::Package;
use domain::time::MINUTE;
use domain::{BankId, CompartmentId, PackageId, Refusal, TaskId};
use std::time::Duration;

/// A place whose door did not open is kept for another try this long.
const RESERVED: i64 = 5 * MINUTE;

impl Reader {
    pub async fn tasks(&self) -> Result<Vec<Task>> {
        let plan = self.station.plan().await?;
        let store = &self.station.inner.store;
        let mut tasks = Vec::new();
        for row in store.open_tasks().await? {
            let compartment = row.compartment.and_then(|c| plan.compartment(c));
            let bank = row.bank.or(compartment.map(|c| c.bank)).and_then(|b| plan.bank(b));
            tasks.push(Task {
                id: row.id.to_string(),
                kind: row.what.into(),
                urgent: row.what.urgent(),
                at: rfc3339(row.raised),
                label: compartment.map(|c| c.label.clone()),
                bank: bank.map(|b| b.name.clone()),
                compartment_id: row.compartment.map(|c| c.to_string()),
                package_id: row.package.map(|p| p.to_string()),
                detail: row.detail,
                mine: row.owner.is_some_and(|owner| self.by == Actor::Person(owner)),
                owner: match row.owner {
                    Some(owner) => store.person(owner).await?.map(|p| p.detail.name),
                    None => None,
                },
            });
        }
        tasks.sort_by_key(|t| !t.urgent);
        Ok(tasks)
    }
}

impl Staff {
    /// Says that one sees to it, or no longer does. Another may take it over.
    pub async fn take_task(&self, task: TaskId, mine: bool) -> Result<()> {
        let Actor::Person(me) = self.by else { return Err(Error::NotAllowed) };
        let mut tx = self.station.begin().await?;
        let row = tx.task(task).await?.ok_or(Error::NotFound("task"))?;
        if mine == (row.owner == Some(me)) {
            return Ok(());
        }
        tx.append(&Event::TaskTaken { task, owner: mine.then_some(me), by: self.by }).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::Tasks);
        Ok(())
    }

    /// Staff have looked. What they found settles the package, too.
    pub async fn settle_task(&self, task: TaskId, outcome: Outcome) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.task(task).await?.ok_or(Error::NotFound("task"))?;
        if row.what.needs_supervisor() {
            Supervisor::of(self.reader())?;
        }
        if row.what == TaskKind::Removal && outcome != Outcome::PackageGone {
            crate::removal::may_be_settled(&mut tx, row.package).await?;
        }
        let mut notice = false;
        if let Some(package) = row.package
            && outcome != Outcome::Done
        {
            notice = self.settle_package(&mut tx, package, row.compartment, outcome).await?;
        }
        match (row.what, row.bank, row.compartment) {
            (TaskKind::ClockDoubted, ..) => self.station.clock_accepted(&mut tx, self.by).await?,
            (TaskKind::WrongDoor, Some(bank), _) => {
                tx.append(&Event::BankUnlocked { bank, by: self.by }).await?;
            }
            (TaskKind::SuspectDoor, _, Some(compartment)) => {
                tx.append(&Event::CompartmentSuspected { compartment, suspect: false }).await?;
            }
            _ => {}
        }
        // What became of the package may have settled it.
        if tx.task(task).await?.is_some() {
            tx.append(&Event::TaskSettled { task, outcome, by: self.by }).await?;
        }
        self.station.commit(tx).await?;
        if row.what == TaskKind::ClockDoubted {
            self.station.accept_clock();
        }
        if notice {
            self.station.inner.mail_is_due.send_replace(());
        }
        for topic in [Topic::Tasks, Topic::Packages, Topic::Banks, Topic::Kiosk] {
            self.station.inner.changed(topic);
        }
        Ok(())
    }

    async fn settle_package(
        &self,
        tx: &mut store::Tx,
        package: PackageId,
        compartment: Option<CompartmentId>,
        outcome: Outcome,
    ) -> Result<bool> {
        let Some(row) = tx.package(package).await? else { return Ok(false) };
        // What is inside can change until the door is shut, and shutting it may still be a pickup's end.
        if self.station.inner.store.openings_of(package).await?.iter().any(|o| o.state == "open") {
            return Err(Refusal::DoorNotClosed.into());
        }
        let by = self.by;
        match (&row.state, outcome) {
            // A deposit nobody could see: staff say whether the package is in there.
            (Package::Received | Package::Shelved { .. }, _) => {
                let Some((compartment, opening)) = compartment.zip(row.opening) else { return Ok(false) };
                let held = tx.compartment(compartment).await?.is_some_and(|c| c.package == Some(package));
                if !held {
                    return Ok(false);
                }
                if outcome == Outcome::PackageInside {
                    let deadline = crate::deadlines::promise(tx, &row).await?;
                    tx.append(&Event::Stored { package, compartment, opening, deadline }).await?;
                    let kind = crate::deadlines::stored_kind(&row);
                    return self.station.inner.custody().tell(tx, package, kind).await;
                }
                tx.append(&Event::DepositCancelled { package, compartment, opening, by }).await?;
            }
            (Package::Stored { compartment } | Package::Disputed { compartment }, Outcome::PackageGone) => {
                crate::custody::revoke_codes(tx, package).await?;
                crate::deadlines::over(tx, package).await?;
                tx.append(&Event::PackageSettled { package, compartment: *compartment, outcome, by }).await?;
            }
            (Package::Disputed { compartment }, _) => {
                tx.append(&Event::PackageSettled { package, compartment: *compartment, outcome, by }).await?;
                return self
                    .station
                    .inner
                    .custody()
                    .tell(tx, package, notify::NoticeKind::CodeReissued)
                    .await;
            }
            _ => {}
        }
        Ok(false)
    }
}

impl Station {
    pub(crate) async fn raise(
        &self,
        what: TaskKind,
        bank: Option<BankId>,
        compartment: Option<CompartmentId>,
        package: Option<PackageId>,
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        let mut told = Told::default();
        raise(&mut tx, what, bank, compartment, package, &mut told).await?;
        self.commit(tx).await?;
        for what in told.urgent {
            self.toast(what).await;
        }
        self.inner.changed(Topic::Tasks);
        Ok(())
    }

    /// What a task of the whole node was about is over.
    pub(crate) async fn settled(&self, what: TaskKind) -> Result<()> {
        let mut tx = self.begin().await?;
        let Some(task) = tx.same_task(what, None, None, None).await? else { return Ok(()) };
        tx.append(&Event::TaskSettled { task, outcome: Outcome::Done, by: Actor::System }).await?;
        self.commit(tx).await?;
        self.inner.changed(Topic::Tasks);
        Ok(())
    }

    /// Gives back places whose door never opened and that nobody came back to.
    pub(crate) async fn release_reservations(&self) -> Result<()> {
        for compartment in self.inner.store.compartments().await? {
            let (Some(package), "reserved") = (compartment.package, compartment.occupancy.as_str()) else {
                continue;
            };
            let Some(opening) = self.inner.store.package(package).await?.and_then(|p| p.opening) else {
                continue;
            };
            let Some(row) = self.inner.store.opening(opening).await? else { continue };
            if row.state != "not_opened" || self.now().0 - row.changed.0 < RESERVED {
                continue;
            }
            let mut tx = self.begin().await?;
            let (compartment, by) = (compartment.id, Actor::System);
            tx.append(&Event::DepositCancelled { package, compartment, opening, by }).await?;
            self.commit(tx).await?;
            self.inner.changed(Topic::Banks);
        }
        Ok(())
    }
}

pub(crate) async fn sweep(station: Station) {
    loop {
        tokio::time::sleep(Duration::from_secs(30)).await;
        if let Err(error) = station.release_reservations().await {
            tracing::warn!(%error, "reserved places could not be looked through");
        }
    }
}
