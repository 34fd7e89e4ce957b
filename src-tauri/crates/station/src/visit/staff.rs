//! Staff at the kiosk: after the badge the PIN, then deposits at the bank itself.
//!
//! Must never give a staff right to a badge alone: badges are copied for a few coins.

use super::{Kiosk, Proof, Visit, Visitor, What};
use crate::session::{Rise, Staff};
use crate::wire::{KioskState, PackageBrief, Topic};
use crate::{Error, KIOSK, Result, credential};
use domain::event::{Actor, Event, Way};
use domain::package::Step;
use domain::person::Right;
use domain::{CompartmentId, PackageId, PersonId};
use store::PersonRow;

/// Under this name wrong PINs of an account are counted, whatever the keypad.
fn pin_of(person: PersonId) -> String {
    format!("pin {person}")
}

impl Visitor {
    /// What a badge begins for staff: at this node's own kiosk their PIN is asked. Elsewhere they are recipients.
    pub(super) async fn staff_badge(&self, person: &PersonRow, way: Way) -> Result<Option<What>> {
        if way != Way::Badge || !person.role.may(Right::Work) || &*self.keypad != KIOSK {
            return Ok(None);
        }
        let role = person.role;
        let set = self.station.inner.store.account(person.id).await?.pin_hash.is_some();
        // Whoever tries the virtual bank has no mailroom account to set a PIN in.
        let newcomer = self.station.inner.demo && !set;
        Ok(Some(if newcomer {
            What::Staff { role, way, deposit: None, everything: None }
        } else {
            What::Pin { role, set }
        }))
    }

    /// The PIN after the badge: of the one who begins, or of the second person.
    pub async fn pin(&self, digits: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        if kiosk.second().is_some() {
            self.second_pin(&mut kiosk, digits, acted).await?;
            return self.show(&kiosk).await;
        }
        let visit = kiosk.touch(acted)?;
        let What::Pin { role, set: true } = visit.what else { return Err(Error::NotAllowed) };
        let person = visit.person;
        self.check_pin(&mut kiosk, person, digits).await?;
        if let Some(visit) = kiosk.visit.as_mut() {
            visit.what = What::Staff { role, way: Way::Pin, deposit: None, everything: None };
        }
        self.station.log(&Event::SignedIn { person, way: Way::Pin }).await?;
        self.station.inner.changed(Topic::Kiosk);
        self.show(&kiosk).await
    }

    pub(super) async fn check_pin(&self, kiosk: &mut Kiosk, person: PersonId, digits: &str) -> Result<()> {
        let key = pin_of(person);
        self.check_throttle(kiosk, &key)?;
        let hash = self.station.inner.store.account(person).await?.pin_hash;
        let secrets = self.station.inner.secrets();
        // Who lost the role or the badge between the tap and the PIN has none any more.
        let still = self
            .station
            .inner
            .store
            .person(person)
            .await?
            .is_some_and(|p| p.active && p.role.may(Right::Work));
        let right = credential::matching(&secrets, digits, hash.iter().cloned().collect()).await?.is_some();
        if !right || !still {
            self.guess_failed(kiosk, &key, Way::Pin).await?;
            return Err(Error::CredentialRefused);
        }
        if hash.is_some_and(|hash| !credential::is_current(&secrets, &hash)) {
            let renewed = credential::hash(&secrets, digits).await?;
            self.station.renew(person, |account| account.pin_hash = Some(renewed)).await?;
        }
        self.guess_succeeded(kiosk, &key).await
    }

    pub(super) fn pin_locked(&self, kiosk: &Kiosk, person: PersonId) -> Option<u32> {
        self.locked(kiosk, &pin_of(person))
    }

    /// Staff who come for their own packages.
    pub async fn fetch(&self) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = kiosk.touch(acted)?;
        let What::Pin { .. } = visit.what else { return Err(Error::NotAllowed) };
        let person = visit.person;
        let items = self.station.items(&kiosk, person, None, acted).await?;
        if let Some(visit) = kiosk.visit.as_mut() {
            visit.what = What::Pickup(items);
            visit.show(Proof::Badge);
        }
        self.station.advance(&mut kiosk, acted, vec![]).await?;
        self.station.inner.changed(Topic::Kiosk);
        self.show(&kiosk).await
    }

    pub async fn deposit_scan(&self, tracking: &str) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let acted = self.station.inner.clock.mono();
        self.staff(&kiosk)?;
        let number = crate::staff::tracking(tracking)?.tracking_number;
        let found = self.station.inner.store.package_by_tracking(&number).await?;
        let package = found.ok_or(Error::NotFound("package"))?;
        package.state.allows(&Step::Deposit)?;
        if let What::Staff { deposit, .. } = &mut kiosk.touch(acted)?.what {
            *deposit = Some(package.id);
        }
        self.show(&kiosk).await
    }

    pub async fn deposit_open(&self, compartment: Option<CompartmentId>) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        kiosk.touch(self.station.inner.clock.mono())?;
        let (staff, package) = self.deposit(&kiosk)?;
        staff.deposit(package, compartment).await?;
        self.show(&kiosk).await
    }

    pub async fn deposit_bigger(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        kiosk.touch(self.station.inner.clock.mono())?;
        let (staff, package) = self.deposit(&kiosk)?;
        staff.deposit_bigger(package).await?;
        self.show(&kiosk).await
    }

    pub async fn deposit_cancel(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let (staff, package) = self.deposit(&kiosk)?;
        let reserved = self.station.reservation(package).await?.is_some();
        if reserved {
            staff.deposit_cancel(package).await?;
        }
        if let What::Staff { deposit, .. } = &mut kiosk.touch(self.station.inner.clock.mono())?.what {
            *deposit = None;
        }
        self.show(&kiosk).await
    }

    /// What was taken in and waits for a compartment, for whom in two letters: the lobby reads along. For staff at the
    /// kiosk only.
    pub async fn to_deposit(&self) -> Result<Vec<PackageBrief>> {
        let kiosk = self.station.inner.kiosk.lock().await;
        self.staff(&kiosk)?;
        let rows = self.station.inner.store.search_packages("", Some("received"), None, 50).await?;
        let brief = |row| {
            let brief = self.station.brief_of(row);
            PackageBrief { recipient: domain::person::masked(&brief.recipient), ..brief }
        };
        Ok(rows.iter().map(brief).collect())
    }

    pub(super) fn staff(&self, kiosk: &Kiosk) -> Result<Staff> {
        match kiosk.visit.as_ref() {
            Some(Visit { person, what: What::Staff { role, way, .. }, .. }) => {
                Staff::of(self.station.reader(Actor::Person(*person), *way, *role))
            }
            _ => Err(Error::NotAllowed),
        }
    }

    fn deposit(&self, kiosk: &Kiosk) -> Result<(Staff, PackageId)> {
        match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Staff { deposit: Some(package), .. }) => Ok((self.staff(kiosk)?, *package)),
            _ => Err(Error::NotAllowed),
        }
    }
}
