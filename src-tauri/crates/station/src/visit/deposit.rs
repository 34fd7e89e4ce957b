//! Staff at the kiosk: deposits, as at the mailroom.

use super::{Kiosk, Visit, Visitor, What};
use crate::session::{Rise, Staff};
use crate::wire::{KioskState, PackageBrief};
use crate::{Error, Result};
use domain::event::Actor;
use domain::package::Step;
use domain::{CompartmentId, PackageId};

impl Visitor {
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

    fn staff(&self, kiosk: &Kiosk) -> Result<Staff> {
        match kiosk.visit.as_ref() {
            Some(visit @ Visit { person, what: What::Staff { role, .. }, .. }) => {
                Staff::of(self.station.reader(Actor::Person(*person), visit.way(), *role))
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
