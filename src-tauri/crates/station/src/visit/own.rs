//! What recipients see to themselves at the kiosk, after showing who they are: their badges, who fetches for them,
//! when they are away.
//!
//! Nobody is looked up here: a delegate is named by their own badge, tapped on the spot. Badges ask for a code of their
//! own before, for whoever finds a badge has a badge.

use super::{Awaiting, Kiosk, Visit, Visitor, What};
use crate::wire::{AwaitingName, KioskDelegate, KioskState, Own, Topic};
use crate::{Error, Result, badges, delegates};
use domain::delegation::Delegation;
use domain::event::{Actor, Way};
use domain::time::{DAY, Mono, Wall};
use domain::{DelegationId, PersonId};
use store::BadgeRow;

/// The most days that can be chosen at the kiosk.
const DAYS: std::ops::RangeInclusive<u8> = 1..=60;

impl Visitor {
    /// The next badge shown becomes theirs.
    pub async fn add_badge(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let by_self = self.station.inner.store.policy().await?.badge_by_self;
        let visit = self.own(&mut kiosk).await?;
        if !visit.own_code || !by_self {
            return Err(Error::NotAllowed);
        }
        visit.awaiting = Some(Awaiting::Badge);
        self.show(&kiosk).await
    }

    /// "My badge is lost": none of theirs opens anything from now on.
    pub async fn badge_lost(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let visit = self.own(&mut kiosk).await?;
        if !visit.own_code {
            return Err(Error::NotAllowed);
        }
        let by = Actor::Person(visit.person);
        let mut tx = self.station.begin().await?;
        for badge in tx.badges_of(visit.person).await? {
            badges::block(&mut tx, badge.id, true, by).await?;
        }
        self.station.commit(tx).await?;
        self.station.people_changed();
        self.show(&kiosk).await
    }

    /// The next badge shown is of somebody who may fetch for them, for so many days.
    pub async fn add_delegate(&self, days: u8) -> Result<KioskState> {
        let until = self.in_days(days)?;
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.own(&mut kiosk).await?.awaiting = Some(Awaiting::Delegate { until });
        self.show(&kiosk).await
    }

    pub async fn end_delegate(&self, delegation: DelegationId) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let person = self.own(&mut kiosk).await?.person;
        let mut tx = self.station.begin().await?;
        let row = tx.delegation(delegation).await?.filter(|d| d.principal == person);
        let row = row.ok_or(Error::NotFound("delegation"))?;
        delegates::end(&mut tx, row.id, Actor::Person(person)).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        self.show(&kiosk).await
    }

    /// Away from now on, for so many days; in the place of what was said before.
    pub async fn away(&self, days: u8) -> Result<KioskState> {
        let until = self.in_days(days)?;
        self.set_away(Some(until)).await
    }

    /// Back again.
    pub async fn back(&self) -> Result<KioskState> {
        self.set_away(None).await
    }

    async fn set_away(&self, until: Option<Wall>) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let person = self.own(&mut kiosk).await?.person;
        let by = Actor::Person(person);
        let mut tx = self.station.begin().await?;
        let now = tx.stamp().wall;
        for hold in tx.holds_of(person).await?.iter().filter(|h| h.facts().covers(now)) {
            delegates::end_hold(&mut tx, hold.id, by).await?;
        }
        if let Some(until) = until {
            delegates::hold(&mut tx, person, now, until, by).await?;
        }
        self.station.commit(tx).await?;
        self.station.people_changed();
        self.show(&kiosk).await
    }

    /// No other badge after all.
    pub async fn no_badge(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.own(&mut kiosk).await?.awaiting = None;
        self.show(&kiosk).await
    }

    fn in_days(&self, days: u8) -> Result<Wall> {
        if !DAYS.contains(&days) {
            return Err(Error::invalid("days", crate::InvalidWhy::OutOfRange));
        }
        Ok(Wall(self.station.now().0 + i64::from(days) * DAY))
    }

    /// The visit of a recipient who is still here.
    async fn own<'k>(&self, kiosk: &'k mut Kiosk) -> Result<&'k mut Visit> {
        self.station.in_service()?;
        self.station.follow(kiosk).await?;
        let visit = kiosk.touch(self.station.inner.clock.mono())?;
        if matches!(visit.what, What::Pickup(_)) { Ok(visit) } else { Err(Error::NotAllowed) }
    }

    /// Takes a badge that was waited for. `false`: it is shown to begin a visit.
    pub(super) async fn awaited_badge(
        &self,
        kiosk: &mut Kiosk,
        number: &str,
        found: Option<BadgeRow>,
        acted: Mono,
    ) -> Result<bool> {
        self.station.follow(kiosk).await?;
        let Some(visit) = kiosk.visit.as_mut() else { return Ok(false) };
        let (person, badge) = (visit.person, visit.awaiting);
        match badge {
            None => Ok(false),
            Some(Awaiting::Badge) => {
                visit.touched = acted;
                let mut tx = self.station.begin().await?;
                let secrets = self.station.inner.secrets();
                badges::give(&mut tx, &secrets, person, number, Actor::Person(person)).await?;
                self.station.commit(tx).await?;
                visit.awaiting = None;
                self.station.people_changed();
                Ok(true)
            }
            Some(Awaiting::Delegate { .. }) => match found {
                Some(badge) if !badge.blocked => self.awaited_person(kiosk, badge.person, acted).await,
                found => {
                    if let Some(badge) = found {
                        self.blocked_shown(&badge).await?;
                    }
                    self.refused(Way::Badge).await?;
                    Err(Error::CredentialRefused)
                }
            },
        }
    }

    /// The same by who it is.
    pub(super) async fn awaited_person(
        &self,
        kiosk: &mut Kiosk,
        delegate: PersonId,
        acted: Mono,
    ) -> Result<bool> {
        let Some(visit) = kiosk.visit.as_mut() else { return Ok(false) };
        let Some(Awaiting::Delegate { until }) = visit.awaiting else { return Ok(false) };
        visit.touched = acted;
        let (principal, by) = (visit.person, Actor::Person(visit.person));
        let mut tx = self.station.begin().await?;
        let from = tx.stamp().wall;
        let given = Delegation { principal, delegate, package: None, from, until };
        delegates::give(&mut tx, &self.station.inner.custody(), given, by).await?;
        self.station.commit(tx).await?;
        visit.awaiting = None;
        self.station.people_changed();
        self.station.inner.changed(Topic::Kiosk);
        Ok(true)
    }

    /// What the person in front may see of their own.
    pub(super) async fn own_view(&self, visit: &Visit) -> Result<Own> {
        let (store, now) = (&self.station.inner.store, self.station.now());
        let badges = store.badges_of(visit.person).await?;
        let mut fetching = Vec::new();
        for row in store.delegations_by(visit.person).await?.iter().filter(|d| now < d.until) {
            let who = store.person(row.delegate).await?.map(|p| p.detail.name).unwrap_or_default();
            fetching.push(KioskDelegate {
                id: row.id.to_string(),
                who: domain::person::masked(&who),
                until: crate::clock::rfc3339(row.until),
                one_package: row.package.is_some(),
            });
        }
        let holds = store.holds_of(visit.person).await?;
        let away = holds.iter().filter(|h| h.facts().covers(now)).map(|h| h.until).max();
        let by_self = visit.own_code && store.policy().await?.badge_by_self;
        Ok(Own {
            badges: u8::try_from(badges.iter().filter(|b| !b.blocked).count()).unwrap_or(u8::MAX),
            may_add_badge: by_self,
            may_block_badges: visit.own_code,
            away_until: away.map(crate::clock::rfc3339),
            delegates: fetching,
            awaiting: visit.awaiting.map(|a| match a {
                Awaiting::Badge => AwaitingName::Badge,
                Awaiting::Delegate { .. } => AwaitingName::Delegate,
            }),
        })
    }
}
