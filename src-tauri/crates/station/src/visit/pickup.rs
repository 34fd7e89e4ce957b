//! A recipient's visit: one door after another, and what the person in front says of each.

use super::{Item, Kiosk, REOPEN, TRIES, Visit, Visitor, What};
use crate::door_loop::OpenDoor;
use crate::start::Station;
use crate::wire::{KioskState, Topic};
use crate::{Error, Result};
use domain::event::{Actor, Event, Purpose, Report, TaskKind};
use domain::package::{Package, Step};
use domain::policy::Factor;
use domain::time::Mono;
use domain::{CompartmentId, OpeningId, PackageId, PersonId, Refusal};
use uuid::Uuid;

impl Visitor {
    /// After "it did not open" or "it can't be told": the person acts again.
    pub async fn try_again(&self, opening: OpeningId) -> Result<KioskState> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = kiosk.touch(acted)?;
        let What::Pickup(items) = &visit.what else { return Err(Error::NotAllowed) };
        if !items.iter().any(|i| i.opening == opening && !i.ended()) {
            return Err(Error::NotFound("opening"));
        }
        self.station.try_current(&mut kiosk, acted).await?;
        self.show(&kiosk).await
    }

    /// "We can't tell: look." What the person saw is kept as their word; only the sensor makes it custody.
    pub async fn answer(&self, opening: OpeningId, opened: bool) -> Result<KioskState> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = kiosk.touch(acted)?;
        let What::Pickup(items) = &visit.what else { return Err(Error::NotAllowed) };
        if !items.iter().any(|i| i.opening == opening) {
            return Err(Error::NotFound("opening"));
        }
        let by = Actor::Person(visit.person);
        self.station.answered(opening, opened, by).await?;
        self.show(&kiosk).await
    }

    /// Opens a door again that was shut too soon.
    pub async fn reopen(&self, package: PackageId) -> Result<KioskState> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        if self.station.door_under_way(&kiosk).await? {
            return Err(Error::KioskBusy);
        }
        let visit = kiosk.touch(acted)?;
        let (person, way) = (visit.person, visit.way());
        let What::Pickup(items) = &mut visit.what else { return Err(Error::NotAllowed) };
        let item = items.iter_mut().find(|i| i.package == package).ok_or(Error::NotFound("package"))?;
        if item.shut.is_none_or(|shut| acted.since(shut) > REOPEN) {
            return Err(Refusal::ReopenTooLate.into());
        }
        let opening = OpeningId(Uuid::now_v7());
        let open = OpenDoor {
            opening,
            compartment: item.compartment,
            package: Some(package),
            purpose: Purpose::Reopen,
            by: Actor::Person(person),
            holder: Some(person),
            way,
            authorised: acted,
            before: vec![],
        };
        self.station.open_door(open).await?;
        item.opening = opening;
        self.show(&kiosk).await
    }

    /// "It isn't there" or "it isn't mine": nothing is offered in its place until staff have looked.
    pub async fn report(&self, package: PackageId, what: Report) -> Result<KioskState> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = kiosk.touch(acted)?;
        let by = Actor::Person(visit.person);
        let What::Pickup(items) = &mut visit.what else { return Err(Error::NotAllowed) };
        let item = items.iter_mut().find(|i| i.package == package).ok_or(Error::NotFound("package"))?;
        self.station.reported(package, item.compartment, what, by).await?;
        item.reported = Some(what);
        let under_way = self.station.door_under_way(&kiosk).await?;
        if !under_way {
            self.station.advance(&mut kiosk, acted, vec![]).await?;
        }
        self.show(&kiosk).await
    }

    /// Passes over the door that did not open, or opens the one that waits.
    pub async fn skip(&self, package: PackageId) -> Result<KioskState> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = kiosk.touch(acted)?;
        let What::Pickup(items) = &mut visit.what else { return Err(Error::NotAllowed) };
        let item = items.iter_mut().find(|i| i.package == package).ok_or(Error::NotFound("package"))?;
        item.passed = item.begun;
        if !self.station.door_under_way(&kiosk).await? {
            self.station.advance(&mut kiosk, acted, vec![]).await?;
        }
        self.show(&kiosk).await
    }

    /// The openings of the visit that are not done, in their order, with their compartments and packages. Those that
    /// wait for the door before them are there, too.
    pub async fn openings(&self) -> Vec<(OpeningId, CompartmentId, PackageId)> {
        let kiosk = self.station.inner.kiosk.lock().await;
        match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Pickup(items)) => items
                .iter()
                .filter(|i| i.shut.is_none() && i.needs.is_none())
                .map(|i| (i.opening, i.compartment, i.package))
                .collect(),
            _ => vec![],
        }
    }
}

impl Station {
    /// What waits for a person, the code's own package first; and what they shut a moment ago, to be opened again.
    pub(super) async fn items(
        &self,
        kiosk: &Kiosk,
        person: PersonId,
        first: Option<PackageId>,
        now: Mono,
    ) -> Result<Vec<Item>> {
        let mut stored = self.inner.store.stored_for(person).await?;
        stored.extend(self.inner.store.stored_for_others(person, self.now()).await?);
        stored.sort_by_key(|p| Some(p.id) != first);
        let policy = self.inner.store.policy().await?;
        let mut items: Vec<Item> = Vec::new();
        for package in stored {
            let principal = Some(package.recipient).filter(|r| *r != person);
            let ways = match principal {
                None => Some(policy.ways_in_for(&package.handling)),
                // Where policy wants it in the recipient's own hands, a delegate is not offered it.
                Some(_) => policy.ways_in_for_delegate(&package.handling),
            };
            let (Package::Stored { compartment }, Some(ways)) = (&package.state, ways) else { continue };
            items.push(Item {
                package: package.id,
                principal,
                ways,
                needs: None,
                compartment: *compartment,
                opening: OpeningId(Uuid::now_v7()),
                begun: false,
                tries: 0,
                shut: None,
                reported: None,
                passed: false,
            });
        }
        if let Some(Visit { what: What::Pickup(last), .. }) =
            kiosk.last.as_ref().filter(|v| v.person == person)
        {
            items.extend(
                last.iter().filter(|i| i.shut.is_some_and(|s| now.since(s) < REOPEN)).map(|i| Item { ..*i }),
            );
        }
        Ok(items)
    }

    /// Opens the next door of the visit, if one waits. What can't be opened at all is passed over.
    pub(super) async fn advance(&self, kiosk: &mut Kiosk, acted: Mono, before: Vec<Event>) -> Result<bool> {
        loop {
            let Some(visit) = kiosk.visit.as_mut() else { return Ok(false) };
            let (person, way) = (visit.person, visit.way());
            let Some(item) = visit.current_mut() else { return Ok(false) };
            if item.begun {
                return Ok(false);
            }
            let open = OpenDoor {
                opening: item.opening,
                compartment: item.compartment,
                package: Some(item.package),
                purpose: Purpose::Pickup,
                by: Actor::Person(person),
                holder: Some(person),
                way,
                authorised: acted,
                before: before.clone(),
            };
            item.begun = true;
            item.tries += 1;
            self.inner.changed(Topic::Kiosk);
            match self.open_door(open).await {
                Ok(_) => return Ok(true),
                Err(Error::Refused(why)) => {
                    tracing::info!(%why, "a waiting package's door can't be opened");
                    item.passed = true;
                }
                Err(error) => {
                    // Nothing was decided: the next act is the first.
                    item.begun = false;
                    item.tries -= 1;
                    return Err(error);
                }
            }
        }
    }

    /// The person acts again on the door that did not open, or goes on.
    pub(super) async fn try_current(&self, kiosk: &mut Kiosk, acted: Mono) -> Result<()> {
        let Some(visit) = kiosk.visit.as_mut() else { return Ok(()) };
        let Some(item) = visit.current_mut() else { return Ok(()) };
        if item.begun {
            let state = self.inner.store.opening(item.opening).await?.map(|o| o.state);
            if !matches!(state.as_deref(), Some("not_opened" | "unknown")) {
                return Ok(());
            }
            if item.tries >= TRIES {
                return Err(Refusal::TooManyTries.into());
            }
            item.opening = OpeningId(Uuid::now_v7());
            item.begun = false;
        }
        self.advance(kiosk, acted, vec![]).await?;
        Ok(())
    }

    /// What is to be shown for the next package of the visit.
    pub async fn kiosk_needs(&self) -> Option<Factor> {
        let kiosk = self.inner.kiosk.lock().await;
        kiosk.visit.as_ref().filter(|v| v.current().is_none()).and_then(Visit::needs)
    }

    /// Is this opening planned, behind a door that is open now?
    pub async fn is_waiting(&self, opening: OpeningId) -> Option<(CompartmentId, PackageId)> {
        let kiosk = self.inner.kiosk.lock().await;
        match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Pickup(items)) => items
                .iter()
                .find(|i| i.opening == opening && !i.begun && !i.ended() && i.needs.is_none())
                .map(|i| (i.compartment, i.package)),
            _ => None,
        }
    }

    async fn reported(
        &self,
        package: PackageId,
        compartment: CompartmentId,
        what: Report,
        by: Actor,
    ) -> Result<()> {
        let kind = match what {
            Report::NotThere => TaskKind::NotThere,
            Report::NotMine => TaskKind::NotMine,
        };
        let mut tx = self.begin().await?;
        let row = tx.package(package).await?.ok_or(Error::NotFound("package"))?;
        let free = tx.compartment(compartment).await?.is_some_and(|c| c.package.is_none_or(|p| p == package));
        if row.state.allows(&Step::Dispute).is_ok() && free {
            crate::custody::revoke_codes(&mut tx, package).await?;
            tx.append(&Event::Reported { package, compartment, what, by }).await?;
        }
        let mut told = crate::custody::Told::default();
        crate::custody::raise(&mut tx, kind, None, Some(compartment), Some(package), &mut told).await?;
        self.commit(tx).await?;
        self.inner.changed(Topic::Tasks);
        self.inner.changed(Topic::Packages);
        Ok(())
    }

    pub(crate) async fn answered(&self, opening: OpeningId, opened: bool, by: Actor) -> Result<()> {
        let mut tx = self.begin().await?;
        let row = tx.opening(opening).await?.ok_or(Error::NotFound("opening"))?;
        if row.state != "unknown" {
            return Err(Refusal::WrongState.into());
        }
        tx.append(&Event::OpeningAnswered { opening, opened, by }).await?;
        self.commit(tx).await?;
        self.inner.changed(Topic::Kiosk);
        self.inner.changed(Topic::Packages);
        Ok(())
    }
}
