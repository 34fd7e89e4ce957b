//! What follows when somebody leaves: nothing of theirs opens any more, and what is still inside needs staff.
//!
//! One function for every source and for staff's hand, in the transaction that makes the person inactive. Their badges
//! stay theirs, and open nothing for as long as they are inactive.

use crate::Result;
use crate::custody::{Told, raise, revoke_codes};
use domain::deadlines::DeadlineStep;
use domain::directory::Source;
use domain::event::{Actor, Event, Outcome, TaskKind};
use domain::policy::LeaverNotice;
use domain::{CompartmentId, PackageId, PersonId};
use store::{PackageRow, PersonRow, Tx};

/// This person is active no more. Written after the event that says so.
pub(crate) async fn left(tx: &mut Tx, person: PersonId, by: Actor) -> Result<()> {
    let mut ended = tx.delegations_by(person).await?;
    ended.extend(tx.delegations_to(person).await?);
    for delegation in ended {
        crate::delegates::end(tx, delegation.id, by).await?;
    }
    for package in tx.inside_for(person).await? {
        inside(tx, &package).await?;
    }
    Ok(())
}

/// And is again: what was to be taken out may stay.
pub(crate) async fn back(tx: &mut Tx, person: PersonId, by: Actor) -> Result<()> {
    for package in tx.inside_for(person).await? {
        settle(tx, package.id, package.compartment(), by).await?;
        if package.fired & DeadlineStep::Removal.bit() != 0 {
            // It had waited too long before they came back, and still does.
            crate::deadlines::ask_removal(tx, &package).await?;
        }
    }
    Ok(())
}

/// The package of somebody who has left is no longer there.
pub(crate) async fn taken_out(tx: &mut Tx, package: PackageId, compartment: CompartmentId) -> Result<()> {
    settle(tx, package, Some(compartment), Actor::System).await
}

async fn settle(tx: &mut Tx, package: PackageId, place: Option<CompartmentId>, by: Actor) -> Result<()> {
    if let Some(task) = tx.same_task(TaskKind::LeaverPackage, None, place, Some(package)).await? {
        tx.append(&Event::TaskSettled { task, outcome: Outcome::Done, by }).await?;
    }
    Ok(())
}

/// A package behind a door whose recipient is inactive: no code opens it, staff and whom policy names are told.
pub(crate) async fn inside(tx: &mut Tx, package: &PackageRow) -> Result<()> {
    revoke_codes(tx, package.id).await?;
    let (what, place) = (TaskKind::LeaverPackage, package.compartment());
    if tx.same_task(what, None, place, Some(package.id)).await?.is_some() {
        return Ok(());
    }
    raise(tx, what, None, place, Some(package.id), &mut Told::default()).await?;
    let Some(reader) = reader(tx, package.recipient).await? else { return Ok(()) };
    crate::notices::tell_about(tx, package, &reader, notify::NoticeKind::Leaver).await
}

/// Whom policy says to tell, if the directory has them and they are still here.
async fn reader(tx: &mut Tx, leaver: PersonId) -> Result<Option<PersonRow>> {
    let found = match tx.policy().await?.leaver_notice {
        LeaverNotice::Nobody => None,
        LeaverNotice::Person(person) => tx.person(person).await?,
        LeaverNotice::Manager => manager(tx, leaver).await?,
    };
    Ok(found.filter(|p| p.active && p.id != leaver))
}

/// The manager as a source names them: by a mail address, or by what the source calls them.
pub(crate) async fn manager(tx: &mut Tx, person: PersonId) -> Result<Option<PersonRow>> {
    let Some(named) = tx.person(person).await?.and_then(|p| p.detail.manager) else { return Ok(None) };
    if let Some(found) = tx.person_by_email(&named.to_lowercase()).await? {
        return Ok(Some(found));
    }
    for source in Source::ALL {
        if let Some(row) = tx.source_by_external(source, &named).await? {
            return Ok(tx.person(row.person).await?);
        }
    }
    Ok(None)
}
