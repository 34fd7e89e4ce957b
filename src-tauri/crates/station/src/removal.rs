//! Taking out what has waited too long: door by door, each onto a shelf that is scanned, its recipient told where it is
//! now. Whoever comes for it in the middle is served first.
//!
//! A removal is an opening like any other and a step like any other: what was done when the program stopped is on
//! record, and the list shows what is left to do.

use crate::Error;
use crate::Result;
use crate::clock::rfc3339;
use crate::session::{Reader, Staff};
use crate::start::Station;
use crate::wire::{OpeningView, RemovalItem, RemovalStage};
use domain::event::{Purpose, TaskKind};
use domain::package::{Package, Step};
use domain::{PackageId, Refusal};
use store::{PackageRow, Tx};

/// How a recipient is told that it is at the counter.
pub(crate) async fn shelved_kind(tx: &mut Tx, before: &PackageRow) -> Result<notify::NoticeKind> {
    let last = match before.opening {
        Some(opening) => tx.opening(opening).await?.map(|o| o.purpose),
        None => None,
    };
    Ok(match last {
        Some(Purpose::Removal) => notify::NoticeKind::Removed,
        Some(_) => notify::NoticeKind::Moved,
        None if matches!(before.state, Package::Shelved { .. }) => notify::NoticeKind::Moved,
        None if before.handling.iter().any(|h| h.is_perishable()) => notify::NoticeKind::Expedited,
        None => notify::NoticeKind::Shelved,
    })
}

/// As long as it is to be moved, moving it is the only answer: a word alone would leave it there for ever.
pub(crate) async fn may_be_settled(tx: &mut Tx, package: Option<PackageId>) -> Result<()> {
    let Some(package) = package else { return Ok(()) };
    match tx.package(package).await?.map(|row| row.state) {
        Some(Package::Received | Package::Stored { .. } | Package::Disputed { .. }) => {
            Err(Refusal::WrongState.into())
        }
        _ => Ok(()),
    }
}

impl Staff {
    /// Opens a door to take its package out; once it is shut, the package is in staff's hands. Not while its recipient
    /// is at the kiosk.
    pub async fn removal(&self, package: PackageId) -> Result<OpeningView> {
        self.station.in_service()?;
        let row = self.station.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(&Step::Remove)?;
        let compartment = row.compartment().ok_or(Refusal::WrongState)?;
        // Held until the door is decided, so that nobody begins a visit in between.
        let kiosk = self.station.inner.kiosk.lock().await;
        if Station::is_served(&kiosk, package) {
            return Err(Refusal::OwnerIsHere.into());
        }
        self.open(compartment, Some(package), Purpose::Removal).await
    }
}

impl Reader {
    /// What is to be taken out: first what staff hold in their hands, then door by door as one walks along the banks,
    /// column by column and from top to bottom.
    pub async fn removals(&self) -> Result<Vec<RemovalItem>> {
        let station = &self.station;
        let plan = station.plan().await?;
        let mut items = Vec::new();
        for task in
            station.inner.store.open_tasks().await?.into_iter().filter(|t| t.what == TaskKind::Removal)
        {
            let (Some(package), Some(door)) =
                (task.package, task.compartment.and_then(|c| plan.compartment(c)))
            else {
                continue;
            };
            let Some(row) = station.inner.store.package(package).await? else { continue };
            let bank = plan.bank(door.bank);
            let in_hand = matches!(row.state, Package::Received);
            let walk = (!in_hand, bank.map(|b| b.position), door.column, door.row);
            let item = RemovalItem {
                task_id: task.id.to_string(),
                stage: if in_hand { RemovalStage::InHand } else { RemovalStage::Inside },
                label: door.label.clone(),
                bank: bank.map(|b| b.name.clone()).unwrap_or_default(),
                height: plan.height(door.id).into(),
                since: rfc3339(row.since()),
                package: station.package_in(&plan, &row).await?,
            };
            items.push((walk, item));
        }
        items.sort_by_key(|(walk, _)| *walk);
        Ok(items.into_iter().map(|(_, item)| item).collect())
    }
}
