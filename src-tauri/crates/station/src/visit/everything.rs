//! Opening every door, for an evacuation or an audit: two people at the kiosk, and nowhere else.
//!
//! Each door is an opening of its own, authorised by an act of its own: a press, or the finger that is still on the
//! button when the page asks for the next. Lifting it stops everything. Nothing is queued, so nothing opens later.

use super::{Kiosk, Visit, Visitor, What};
use crate::disk::with_room;
use crate::door_loop::OpenDoor;
use crate::session::{Rise, Supervisor};
use crate::start::Station;
use crate::wire::{KioskState, Topic};
use crate::{Error, Result};
use domain::event::{self, Event, Purpose, Way};
use domain::person::{Right, masked};
use domain::time::{Mono, SECOND};
use domain::{CompartmentId, OpeningId, PersonId, Refusal};
use store::PersonRow;
use uuid::Uuid;

/// How long the first waits for the second.
const SECOND_WITHIN: i64 = 60 * SECOND;

/// Who is the second, and which doors there are.
pub(super) enum Everything {
    Asked { why: event::Everything, until: Mono, second: Option<Second> },
    Running { second: Second, doors: Vec<OneDoor> },
}

#[derive(Clone)]
pub(super) struct Second {
    pub person: PersonId,
    pub who: String,
}

pub(super) struct OneDoor {
    pub compartment: CompartmentId,
    /// The opening that was decided for it, or that it was refused.
    pub opening: Option<OpeningId>,
    pub refused: bool,
}

impl OneDoor {
    pub fn begun(&self) -> bool {
        self.opening.is_some() || self.refused
    }
}

impl Kiosk {
    fn everything(&mut self) -> Option<(&mut Everything, PersonId)> {
        match self.visit.as_mut() {
            Some(Visit { person, what: What::Staff { everything: Some(it), .. }, .. }) => Some((it, *person)),
            _ => None,
        }
    }

    /// Is every door asked for, or on its way? Then no badge begins another visit.
    pub(super) fn opens_everything(&self) -> bool {
        matches!(self.visit.as_ref().map(|v| &v.what), Some(What::Staff { everything: Some(_), .. }))
    }

    /// The minute is over: it is asked anew.
    pub(super) fn forget_late_second(&mut self, now: Mono) {
        if let Some(Visit { what: What::Staff { everything, .. }, .. }) = self.visit.as_mut()
            && matches!(everything, Some(Everything::Asked { until, .. }) if now > *until)
        {
            *everything = None;
        }
    }

    /// The second person, whose PIN is asked now.
    pub(super) fn second(&self) -> Option<(Second, event::Everything, Mono)> {
        match self.visit.as_ref().map(|v| &v.what) {
            Some(What::Staff {
                everything: Some(Everything::Asked { why, until, second: Some(second) }),
                ..
            }) => Some((second.clone(), *why, *until)),
            _ => None,
        }
    }
}

impl Visitor {
    /// A supervisor asks for every door. Nothing opens until another member of staff has shown badge and PIN.
    pub async fn everything(&self, why: event::Everything) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let _: Supervisor = Supervisor::of(self.staff(&kiosk)?.reader())?;
        if self.station.door_under_way(&kiosk).await? {
            return Err(Refusal::DoorNotClosed.into());
        }
        let visit = kiosk.touch(acted)?;
        if let What::Staff { deposit, everything, .. } = &mut visit.what {
            *deposit = None;
            *everything = Some(Everything::Asked { why, until: Mono(acted.0 + SECOND_WITHIN), second: None });
        }
        self.station.inner.changed(Topic::Kiosk);
        self.show(&kiosk).await
    }

    pub(super) async fn second_badge(
        &self,
        kiosk: &mut Kiosk,
        person: &PersonRow,
        acted: Mono,
    ) -> Result<()> {
        let account = self.station.inner.store.account(person.id).await?;
        let newcomer = self.station.inner.demo && account.pin_hash.is_none();
        let Some((Everything::Asked { why, until, second }, first)) = kiosk.everything() else {
            return Err(Error::KioskBusy);
        };
        if let Some(known) = second {
            // The same tap read twice.
            return if known.person == person.id { Ok(()) } else { Err(Error::KioskBusy) };
        }
        if person.id == first {
            return Err(Refusal::SamePerson.into());
        }
        if !person.role.may(Right::Work) || (account.pin_hash.is_none() && !newcomer) {
            return Err(Error::NotAllowed);
        }
        let (why, until) = (*why, *until);
        let shown = Second { person: person.id, who: masked(&person.detail.name) };
        *second = Some(shown.clone());
        kiosk.touch(acted)?;
        if newcomer {
            self.begin_everything(kiosk, shown, why, until, acted).await?;
        }
        self.station.inner.changed(Topic::Kiosk);
        Ok(())
    }

    pub(super) async fn second_pin(&self, kiosk: &mut Kiosk, digits: &str, acted: Mono) -> Result<()> {
        let (second, why, until) = kiosk.second().ok_or(Error::NotAllowed)?;
        self.check_pin(kiosk, second.person, digits).await?;
        self.begin_everything(kiosk, second, why, until, acted).await
    }

    async fn begin_everything(
        &self,
        kiosk: &mut Kiosk,
        second: Second,
        why: event::Everything,
        until: Mono,
        acted: Mono,
    ) -> Result<()> {
        if acted > until {
            return Err(Refusal::SecondTooLate.into());
        }
        let doors = self.station.inner.store.compartments().await?;
        let doors =
            doors.iter().map(|c| OneDoor { compartment: c.id, opening: None, refused: false }).collect();
        let first = kiosk.touch(acted)?.person;
        let began = Event::EverythingBegan { first, second: second.person, why };
        with_room!(self.station, self.station.log(&began).await)?;
        if let Some((everything, _)) = kiosk.everything() {
            *everything = Everything::Running { second, doors };
        }
        self.station.inner.changed(Topic::Kiosk);
        Ok(())
    }

    /// One act, one door: opens the next that was not tried yet.
    pub async fn everything_next(&self) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        // Asked again at each door: who has lost the right meanwhile opens no other.
        let supervisor = Supervisor::of(self.staff(&kiosk)?.reader())?;
        kiosk.touch(acted)?;
        let Some((Everything::Running { second, doors }, first)) = kiosk.everything() else {
            return Err(Error::NotAllowed);
        };
        for person in [first, second.person] {
            let row = self.station.inner.store.person(person).await?;
            if !row.is_some_and(|p| p.active && p.role.may(Right::Work)) {
                return Err(Error::NotAllowed);
            }
        }
        let second = second.person;
        if let Some(door) = doors.iter_mut().find(|door| !door.begun()) {
            let opening = OpeningId(Uuid::now_v7());
            let open = OpenDoor {
                opening,
                compartment: door.compartment,
                package: None,
                purpose: Purpose::Inspection,
                by: supervisor.by,
                holder: None,
                way: Way::Pin,
                authorised: acted,
                before: vec![Event::EverythingDoor { opening, first, second }],
            };
            match self.station.open_door(open).await {
                Ok(_) => door.opening = Some(opening),
                // Said on the screen; the next act is the next door's.
                Err(Error::Refused(why)) => {
                    tracing::info!(%why, "a door was not opened with the others");
                    door.refused = true;
                }
                Err(Error::DeviceOffline { .. }) => door.refused = true,
                Err(error) => return Err(error),
            }
        }
        self.station.inner.changed(Topic::Kiosk);
        self.show(&kiosk).await
    }

    /// No further door.
    pub async fn everything_stop(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        kiosk.touch(self.station.inner.clock.mono())?;
        self.station.end_everything(&mut kiosk).await?;
        self.show(&kiosk).await
    }
}

impl Station {
    pub(super) async fn end_everything(&self, kiosk: &mut Kiosk) -> Result<()> {
        let Some(Visit { person, what: What::Staff { everything, .. }, .. }) = kiosk.visit.as_mut() else {
            return Ok(());
        };
        let first = *person;
        if let Some(Everything::Running { second, doors }) = everything.take() {
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let opened = doors.iter().filter(|d| d.opening.is_some()).count();
            let ended = Event::EverythingEnded {
                first,
                second: second.person,
                doors: count(opened),
                of: count(doors.len()),
            };
            with_room!(self, self.log(&ended).await)?;
        }
        self.inner.changed(Topic::Kiosk);
        Ok(())
    }
}
