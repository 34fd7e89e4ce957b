//! Delegates and holds: who may fetch for whom, and when somebody's deadlines pause. By staff here; by the recipient at
//! the kiosk in `visit::own`.

use crate::clock::rfc3339;
use crate::custody::Custody;
use crate::error::InvalidWhy;
use crate::session::Staff;
use crate::start::Station;
use crate::wire::{DelegateForm, DelegationView, HoldView, Topic};
use crate::{Error, Result};
use domain::delegation::{Delegation, LONGEST, may_give};
use domain::event::{Actor, Event};
use domain::package::Package;
use domain::time::Wall;
use domain::{DelegationId, HoldId, PackageId, PersonId, Refusal};
use store::{DelegationRow, Tx};
use uuid::Uuid;

/// Who fetches for somebody, and until when.
pub struct Delegate {
    pub delegate: PersonId,
    /// This one only.
    pub package: Option<PackageId>,
    /// Now, where nothing is said.
    pub from: Option<Wall>,
    /// As long as may be, where nothing is said.
    pub until: Option<Wall>,
}

impl TryFrom<DelegateForm> for Delegate {
    type Error = Error;
    fn try_from(form: DelegateForm) -> Result<Delegate> {
        Ok(Delegate {
            delegate: form.delegate_id.parse().map_err(|_| Error::NotFound("person"))?,
            package: form
                .package_id
                .map(|p| p.parse().map_err(|_| Error::NotFound("package")))
                .transpose()?,
            from: form.from.as_deref().map(|at| moment("from", at)).transpose()?,
            until: form.until.as_deref().map(|at| moment("until", at)).transpose()?,
        })
    }
}

/// Gives a delegation and tells the delegate of what is there already.
pub(crate) async fn give(
    tx: &mut Tx,
    custody: &Custody,
    given: Delegation,
    by: Actor,
) -> Result<DelegationId> {
    let now = tx.stamp().wall;
    let principal = tx.person(given.principal).await?.ok_or(Error::NotFound("person"))?;
    let delegate = tx.person(given.delegate).await?.ok_or(Error::NotFound("person"))?;
    if !principal.active {
        return Err(Refusal::RecipientInactive.into());
    }
    let package = match given.package {
        Some(id) => Some(tx.package(id).await?.ok_or(Error::NotFound("package"))?),
        None => None,
    };
    may_give(&given, package.as_ref().map(|p| p.recipient), delegate.active, now)?;
    if let Some(package) = &package {
        let here =
            matches!(package.state, Package::Received | Package::Stored { .. } | Package::Shelved { .. });
        if !here {
            return Err(Refusal::WrongState.into());
        }
        if tx.policy().await?.ways_in_for_delegate(&package.handling).is_none() {
            return Err(Refusal::NotForDelegates.into());
        }
    }
    let id = DelegationId(Uuid::now_v7());
    let Delegation { principal, delegate, package: only, from, until } = given;
    tx.append(&Event::DelegationGiven {
        delegation: id,
        principal,
        delegate,
        package: only,
        from,
        until,
        by,
    })
    .await?;
    let stored = tx.inside_for(principal).await?;
    for package in stored.iter().filter(|p| matches!(p.state, Package::Stored { .. })) {
        custody.tell_delegates(tx, package).await?;
    }
    Ok(id)
}

/// Ends one: its codes open nothing from now on.
pub(crate) async fn end(tx: &mut Tx, delegation: DelegationId, by: Actor) -> Result<()> {
    if tx.delegation(delegation).await?.is_none() {
        return Ok(());
    }
    for code in tx.codes_by(delegation).await? {
        tx.append(&Event::CodeRevoked { code: code.code, package: code.package }).await?;
    }
    tx.append(&Event::DelegationEnded { delegation, by }).await?;
    Ok(())
}

/// Sets a hold.
pub(crate) async fn hold(
    tx: &mut Tx,
    person: PersonId,
    from: Wall,
    until: Wall,
    by: Actor,
) -> Result<HoldId> {
    let now = tx.stamp().wall;
    let found = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
    if !found.active {
        return Err(Refusal::RecipientInactive.into());
    }
    let sound = from < until && now < until && until.0 - from.0 <= LONGEST && from.0 - now.0 <= LONGEST;
    if !sound {
        return Err(Refusal::DatesDoNotFit.into());
    }
    let hold = HoldId(Uuid::now_v7());
    tx.append(&Event::HoldSet { hold, person, from, until, by }).await?;
    Ok(hold)
}

/// Ends a hold now, if it has not ended; whose it was.
pub(crate) async fn end_hold(tx: &mut Tx, hold: HoldId, by: Actor) -> Result<PersonId> {
    let row = tx.hold(hold).await?.ok_or(Error::NotFound("hold"))?;
    if row.until > tx.stamp().wall {
        tx.append(&Event::HoldEnded { hold, by }).await?;
    }
    Ok(row.person)
}

impl Staff {
    pub async fn delegate(&self, principal: PersonId, who: Delegate) -> Result<DelegationId> {
        let mut tx = self.station.begin().await?;
        let from = who.from.unwrap_or(tx.stamp().wall);
        let until = who.until.unwrap_or(Wall(from.0.saturating_add(LONGEST)));
        let given = Delegation { principal, delegate: who.delegate, package: who.package, from, until };
        let id = give(&mut tx, &self.station.inner.custody(), given, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(id)
    }

    pub async fn end_delegation(&self, delegation: DelegationId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        tx.delegation(delegation).await?.ok_or(Error::NotFound("delegation"))?;
        end(&mut tx, delegation, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(())
    }

    pub async fn set_hold(&self, person: PersonId, from: Option<Wall>, until: Wall) -> Result<HoldId> {
        let mut tx = self.station.begin().await?;
        let from = from.unwrap_or(tx.stamp().wall);
        let hold = hold(&mut tx, person, from, until, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(hold)
    }

    pub async fn end_hold(&self, hold: HoldId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        end_hold(&mut tx, hold, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(())
    }
}

impl Station {
    pub(crate) fn people_changed(&self) {
        self.inner.mail_is_due.send_replace(());
        for topic in [Topic::People, Topic::Packages, Topic::Kiosk, Topic::Tasks] {
            self.inner.changed(topic);
        }
    }

    pub(crate) async fn delegation_view(&self, row: &DelegationRow) -> Result<DelegationView> {
        let store = &self.inner.store;
        let name = async |id| -> Result<String> {
            Ok(store.person(id).await?.map(|p| p.detail.name).unwrap_or_default())
        };
        let package = match row.package {
            Some(id) => store.package(id).await?,
            None => None,
        };
        Ok(DelegationView {
            id: row.id.to_string(),
            principal: name(row.principal).await?,
            principal_id: row.principal.to_string(),
            delegate: name(row.delegate).await?,
            delegate_id: row.delegate.to_string(),
            package_id: row.package.map(|p| p.to_string()),
            tracking_number: package.map(|p| p.tracking_number),
            from: rfc3339(row.from),
            until: rfc3339(row.until),
            in_force: row.facts().holds_at(self.now()),
        })
    }

    /// Who may fetch for this person, and for whom this person may: those that are not over.
    pub(crate) async fn delegations_of(&self, person: PersonId) -> Result<Vec<DelegationView>> {
        let store = &self.inner.store;
        let mut rows = store.delegations_by(person).await?;
        rows.extend(store.delegations_to(person).await?);
        let mut shown = Vec::new();
        for row in rows.iter().filter(|r| self.now() < r.until) {
            shown.push(self.delegation_view(row).await?);
        }
        Ok(shown)
    }

    pub(crate) async fn holds_of(&self, person: PersonId) -> Result<Vec<HoldView>> {
        let rows = self.inner.store.holds_of(person).await?;
        let now = self.now();
        Ok(rows
            .iter()
            .filter(|h| now < h.until)
            .map(|h| HoldView {
                id: h.id.to_string(),
                from: rfc3339(h.from),
                until: rfc3339(h.until),
                in_force: h.facts().covers(now),
            })
            .collect())
    }
}

/// A moment as an integrator or a window writes it.
pub fn moment(field: &str, text: &str) -> Result<Wall> {
    chrono::DateTime::parse_from_rfc3339(text)
        .map(|at| Wall(at.timestamp_millis()))
        .map_err(|_| Error::invalid(field, InvalidWhy::Malformed))
}
