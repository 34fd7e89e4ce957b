//! Staff open a door for somebody who can't: with a reason, and with how they know who it is, on record.
//!
//! A person's act: a token may not. What staff note is kept beside the log, for it may name people.

use crate::door_loop::OpenDoor;
use crate::error::InvalidWhy;
use crate::session::{Confirmed, Staff};
use crate::staff::limited;
use crate::wire::{OpeningView, OverrideForm};
use crate::{Error, Result};
use domain::event::{Actor, Event, IdentityCheck, OverrideReason, Purpose};
use domain::package::Package;
use domain::{OpeningId, PackageId, PersonId, Refusal};
use uuid::Uuid;

const NOTE_MAX: usize = 1_000;

/// What staff say when they open for somebody.
pub struct Override {
    /// Who stands there: the recipient, or a delegate of theirs.
    pub to: Option<PersonId>,
    pub reason: OverrideReason,
    pub check: IdentityCheck,
    pub note: Option<String>,
}

impl TryFrom<OverrideForm> for Override {
    type Error = Error;
    fn try_from(form: OverrideForm) -> Result<Override> {
        Ok(Override {
            to: form.to.map(|to| to.parse().map_err(|_| Error::NotFound("person"))).transpose()?,
            reason: form.reason.into(),
            check: form.check.into(),
            note: form.note,
        })
    }
}

impl Staff {
    /// Opens the package's door; shut again, it is collected.
    pub async fn open_for(&self, _: &Confirmed, package: PackageId, said: Override) -> Result<OpeningView> {
        let station = &self.station;
        let authorised = station.inner.clock.mono();
        if !matches!(self.by, Actor::Person(_)) {
            return Err(Error::NotAllowed);
        }
        let note = limited("note", said.note.as_deref(), NOTE_MAX)?;
        if said.reason == OverrideReason::Other && note.is_none() {
            return Err(Error::invalid("note", InvalidWhy::Empty));
        }
        let row = station.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        let Package::Stored { compartment } = row.state else { return Err(Refusal::WrongState.into()) };
        let to = said.to.unwrap_or(row.recipient);
        if to != row.recipient {
            let given = station.inner.store.delegations_to(to).await?;
            if !given.iter().any(|d| d.facts().covers(package, row.recipient, station.now())) {
                return Err(Refusal::NotTheirPackage.into());
            }
        }
        let opening = OpeningId(Uuid::now_v7());
        if let Some(note) = note {
            // Before the door moves: a note without an opening harms nobody.
            let mut tx = station.begin().await?;
            tx.put_override_note(opening, &note).await?;
            station.commit(tx).await?;
        }
        let (reason, check, by) = (said.reason, said.check, self.by);
        let open = OpenDoor {
            opening,
            compartment,
            package: Some(package),
            purpose: Purpose::Pickup,
            by,
            holder: Some(to),
            way: self.way,
            authorised,
            before: vec![Event::OverrideDecided { opening, package, to, reason, check, by }],
        };
        station.open_door(open).await?;
        station.opening_view(opening).await
    }
}
