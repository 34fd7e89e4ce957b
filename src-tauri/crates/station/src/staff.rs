//! What staff do: intake, deposit, shelf, hand-over, and looking after doors.

use crate::clock::rfc3339;
use crate::disk::with_room;
use crate::door_loop::OpenDoor;
use crate::error::InvalidWhy;
use crate::picture::Plan;
use crate::session::{Reader, Staff};
use crate::start::Station;
use crate::wire::{
    BankView, DelegationView, Intake, OpeningView, PackagePage, PackageRow, Page, Proposal, StoryLine, Topic,
    Tracking,
};
use crate::{Error, Result};
use domain::allocation::{self, Candidate, Wanted};
use domain::doors::Door;
use domain::event::{Actor, Event, Purpose};
use domain::package::{Handling, PackageSize, Step};
use domain::tracking::{NotTracking, Recognised, recognise};
use domain::{CompartmentId, OpeningId, PackageId, PersonId, Refusal, allocation::Proposal as Choice};
use std::collections::BTreeMap;
use store::CompartmentRow;
use uuid::Uuid;

/// Rows of a page.
const PAGE: i64 = 50;
/// Longest note and shelf name, in characters.
const NOTE_MAX: usize = 1_000;
const SHELF_MAX: usize = 40;
/// Where a package goes when nobody names a shelf.
const SHELF: &str = "Counter";

/// A package as taken in: what the window and the API hand over alike.
pub struct Received {
    pub tracking_number: String,
    pub recipient: PersonId,
    pub size: PackageSize,
    pub handling: Vec<Handling>,
    pub note: Option<String>,
}

impl TryFrom<Intake> for Received {
    type Error = Error;
    fn try_from(intake: Intake) -> Result<Received> {
        Ok(Received {
            tracking_number: intake.tracking_number,
            recipient: intake.recipient_id.parse().map_err(|_| Error::NotFound("person"))?,
            size: intake.size.into(),
            handling: intake.handling.into_iter().map(Into::into).collect(),
            note: intake.note,
        })
    }
}

pub(crate) fn tracking(text: &str) -> Result<Recognised> {
    recognise(text).map_err(|why| {
        Error::invalid(
            "trackingNumber",
            match why {
                NotTracking::Empty => InvalidWhy::Empty,
                NotTracking::TooLong => InvalidWhy::TooLong,
                NotTracking::Malformed => InvalidWhy::Malformed,
            },
        )
    })
}

pub(crate) fn limited(field: &str, text: Option<&str>, most: usize) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    if text.chars().count() > most {
        return Err(Error::invalid(field, InvalidWhy::TooLong));
    }
    Ok(Some(text.chars().filter(|c| !c.is_control() || *c == '\n').collect()))
}

impl Staff {
    pub async fn recognise(&self, text: &str) -> Result<Tracking> {
        let found = tracking(text)?;
        let store = &self.station.inner.store;
        let duplicate = store.package_by_tracking(&found.tracking_number).await?;
        Ok(Tracking {
            tracking_number: found.tracking_number,
            carrier: found.carrier.map(Into::into),
            service: found.service.map(Into::into),
            check: found.check.into(),
            duplicate_of: duplicate.map(|row| self.station.brief_of(&row)),
        })
    }

    pub async fn receive(&self, intake: Received) -> Result<PackageRow> {
        let found = tracking(&intake.tracking_number)?;
        let note = limited("note", intake.note.as_deref(), NOTE_MAX)?;
        self.station.takes_in()?;
        let mut tx = self.station.begin().await?;
        let person = tx.person(intake.recipient).await?.ok_or(Error::NotFound("person"))?;
        if !person.active {
            return Err(Refusal::RecipientInactive.into());
        }
        let package = PackageId(Uuid::now_v7());
        tx.append(&Event::Received {
            package,
            tracking_number: found.tracking_number,
            carrier: found.carrier.map(Into::into),
            recipient: intake.recipient,
            size: intake.size,
            handling: intake.handling,
            by: self.by,
        })
        .await?;
        tx.index_package(package, &person.detail.name, note.as_deref()).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::Packages);
        self.station.inner.changed(Topic::Kiosk);
        self.row(package).await
    }

    async fn row(&self, package: PackageId) -> Result<PackageRow> {
        let row = self.station.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        self.station.package_row(&row).await
    }

    pub async fn propose(
        &self,
        recipient: PersonId,
        size: PackageSize,
        handling: &[Handling],
    ) -> Result<Proposal> {
        self.station.propose(recipient, size, handling).await
    }

    /// Opens a door for a package: the named one, or the best that is free.
    pub async fn deposit(
        &self,
        package: PackageId,
        compartment: Option<CompartmentId>,
    ) -> Result<OpeningView> {
        self.deposit_where(package, |place| match compartment {
            Some(asked) => asked == place.id,
            None => true,
        })
        .await
    }

    /// "It doesn't fit": the place is given up and a larger one opened, in one transaction.
    pub async fn deposit_bigger(&self, package: PackageId) -> Result<OpeningView> {
        let small = self.station.reservation(package).await?.ok_or(Refusal::WrongState)?.size;
        self.deposit_where(package, |place| place.size > small).await
    }

    async fn deposit_where(
        &self,
        package: PackageId,
        wanted: impl Fn(&CompartmentRow) -> bool,
    ) -> Result<OpeningView> {
        let acted = self.station.inner.clock.mono();
        let station = &self.station;
        station.takes_in()?;
        let row = station.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(&Step::Deposit)?;
        let reserved = station.reservation(package).await?;
        let mut before = Vec::new();
        let plan = station.plan().await?;
        if let Some(place) = &reserved {
            let opening = row.opening.ok_or(Refusal::WrongState)?;
            let state = station.inner.store.opening(opening).await?.map(|o| o.state);
            let moving = matches!(state.as_deref(), Some("journaled" | "sent" | "acknowledged"));
            let open = matches!(state.as_deref(), Some("open"));
            if moving || (open && wanted(place)) {
                return Err(Refusal::DepositUnderWay.into());
            }
            before.push(Event::DepositCancelled { package, compartment: place.id, opening, by: self.by });
        }
        let wants = station.wanted(row.recipient, row.size, &row.handling).await?;
        let own = reserved.as_ref().map(|r| r.id);
        let candidates = station.candidates(&plan, own);
        let named: Vec<&CompartmentRow> = plan.compartments.iter().filter(|c| wanted(c)).collect();
        if named.is_empty() {
            return Err(Error::NotFound("compartment"));
        }
        let online =
            |place: &&CompartmentRow| station.picture().online.get(&place.bank).copied().unwrap_or(false);
        if !named.iter().any(online) {
            let bank = named.first().and_then(|place| plan.bank(place.bank));
            return Err(Error::DeviceOffline { device: bank.map(|b| b.name.clone()).unwrap_or_default() });
        }
        // A place that staff name is checked; the reasons it will not do are theirs to hear.
        if let [only] = named.as_slice()
            && let Some(candidate) = candidates.iter().find(|c| c.id == only.id)
        {
            allocation::fits(&wants, candidate)?;
        }
        let here: Vec<Candidate> =
            candidates.into_iter().filter(|c| named.iter().any(|place| place.id == c.id)).collect();
        let places = match allocation::propose(&wants, &here) {
            Choice::Compartment { id, others, .. } => std::iter::once(id).chain(others),
            // Cold that is not there, or oversize: only a place that staff name themselves will do.
            Choice::Shelf { .. } => match named.as_slice() {
                [only] => std::iter::once(only.id).chain(vec![]),
                _ => return Err(Refusal::NoCompartment.into()),
            },
        };
        for place in places {
            let open = OpenDoor {
                opening: OpeningId(Uuid::now_v7()),
                compartment: place,
                package: Some(package),
                purpose: Purpose::Deposit,
                by: self.by,
                holder: None,
                way: self.way,
                authorised: acted,
                before: before.clone(),
            };
            match station.open_door(open).await {
                Ok(opening) => return station.opening_view(opening).await,
                // Somebody else took it between the look and the act: the next best.
                Err(
                    Error::Refused(Refusal::CompartmentTaken) | Error::Store(store::StoreError::Conflict(_)),
                ) => {}
                Err(error) => return Err(error),
            }
        }
        Err(Refusal::CompartmentTaken.into())
    }

    pub async fn deposit_cancel(&self, package: PackageId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(&Step::Deposit)?;
        let place = self.station.reservation(package).await?.ok_or(Refusal::WrongState)?;
        let opening = row.opening.ok_or(Refusal::WrongState)?;
        tx.append(&Event::DepositCancelled { package, compartment: place.id, opening, by: self.by }).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::Packages);
        self.station.inner.changed(Topic::Banks);
        Ok(())
    }

    pub async fn shelve(&self, package: PackageId, place: &str) -> Result<PackageRow> {
        let place = limited("place", Some(place), SHELF_MAX)?.unwrap_or_else(|| SHELF.into());
        let reserved = self.station.reservation(package).await?;
        let mut tx = self.station.begin().await?;
        let row = tx.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(&Step::Shelve)?;
        if let (Some(place), Some(opening)) = (reserved, row.opening) {
            tx.append(&Event::DepositCancelled { package, compartment: place.id, opening, by: self.by })
                .await?;
        }
        tx.append(&Event::Shelved { package, place, by: self.by }).await?;
        crate::deadlines::over(&mut tx, package).await?;
        let kind = crate::removal::shelved_kind(&mut tx, &row).await?;
        self.station.inner.custody().tell(&mut tx, package, kind).await?;
        self.station.commit(tx).await?;
        self.told();
        self.row(package).await
    }

    /// Gives a package out at the counter: to its recipient, or to the person named.
    pub async fn hand_over(&self, package: PackageId, to: Option<PersonId>) -> Result<PackageRow> {
        with_room!(self.station, self.handed_over(package, to).await)?;
        self.station.inner.changed(Topic::Packages);
        self.row(package).await
    }

    async fn handed_over(&self, package: PackageId, to: Option<PersonId>) -> Result<()> {
        let (mut tx, row) = self.leaving(package, &Step::HandOver).await?;
        let to = to.unwrap_or(row.recipient);
        tx.person(to).await?.ok_or(Error::NotFound("person"))?;
        tx.append(&Event::HandedOver { package, to, by: self.by }).await?;
        self.station.commit(tx).await
    }

    /// Sends a package back that nobody fetched.
    pub async fn send_back(&self, package: PackageId) -> Result<PackageRow> {
        with_room!(self.station, self.sent_back(package).await)?;
        self.station.inner.changed(Topic::Packages);
        self.row(package).await
    }

    async fn sent_back(&self, package: PackageId) -> Result<()> {
        let (mut tx, _) = self.leaving(package, &Step::SendBack).await?;
        tx.append(&Event::Returned { package, by: self.by }).await?;
        self.station.commit(tx).await
    }

    /// It leaves the parcel room from staff's hands: no place is kept for it, and nothing is asked of it any more.
    async fn leaving(&self, package: PackageId, step: &Step) -> Result<(store::Tx, store::PackageRow)> {
        let reserved = self.station.reservation(package).await?;
        let mut tx = self.station.begin().await?;
        let row = tx.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(step)?;
        if let (Some(place), Some(opening)) = (reserved, row.opening) {
            tx.append(&Event::DepositCancelled { package, compartment: place.id, opening, by: self.by })
                .await?;
        }
        crate::deadlines::over(&mut tx, package).await?;
        Ok((tx, row))
    }

    /// A fresh code to the recipient; the one before is worth nothing from now on.
    pub async fn reissue_code(&self, package: PackageId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.package(package).await?.ok_or(Error::NotFound("package"))?;
        row.state.allows(&Step::IssueCode)?;
        if !tx.is_active(row.recipient).await? {
            return Err(Refusal::RecipientInactive.into());
        }
        self.station.inner.custody().tell(&mut tx, package, notify::NoticeKind::CodeReissued).await?;
        self.station.commit(tx).await?;
        self.told();
        Ok(())
    }

    fn told(&self) {
        self.station.inner.mail_is_due.send_replace(());
        for topic in [Topic::Packages, Topic::Banks, Topic::Tasks] {
            self.station.inner.changed(topic);
        }
    }

    /// Opens a door to look inside.
    pub async fn inspect(&self, compartment: CompartmentId) -> Result<OpeningView> {
        self.open(compartment, None, Purpose::Inspection).await
    }

    pub(crate) async fn open(
        &self,
        compartment: CompartmentId,
        package: Option<PackageId>,
        purpose: Purpose,
    ) -> Result<OpeningView> {
        let open = OpenDoor {
            opening: OpeningId(Uuid::now_v7()),
            compartment,
            package,
            purpose,
            by: self.by,
            holder: None,
            way: self.way,
            authorised: self.station.inner.clock.mono(),
            before: vec![],
        };
        let opening = self.station.open_door(open).await?;
        self.station.opening_view(opening).await
    }

    pub async fn answer(&self, opening: OpeningId, opened: bool) -> Result<OpeningView> {
        self.station.answered(opening, opened, self.by).await?;
        self.station.opening_view(opening).await
    }

    pub async fn set_fitness(
        &self,
        compartment: CompartmentId,
        in_service: bool,
        reason: Option<&str>,
    ) -> Result<()> {
        let reason = limited("reason", reason, NOTE_MAX)?;
        let mut tx = self.station.begin().await?;
        tx.compartment(compartment).await?.ok_or(Error::NotFound("compartment"))?;
        tx.append(&Event::FitnessSet { compartment, in_service, by: self.by }).await?;
        tx.put_reason(compartment, if in_service { None } else { reason.as_deref() }).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::Banks);
        Ok(())
    }
}

impl Reader {
    pub async fn opening(&self, opening: OpeningId) -> Result<OpeningView> {
        self.station.opening_view(opening).await
    }

    pub async fn banks(&self) -> Result<Vec<BankView>> {
        self.station.bank_views(true).await
    }

    pub async fn packages(
        &self,
        query: &str,
        state: Option<&str>,
        after: Option<&str>,
    ) -> Result<Page<PackageRow>> {
        self.station.packages(query, state, after, PAGE).await
    }

    pub async fn package(&self, package: PackageId) -> Result<PackagePage> {
        let station = &self.station;
        let plan = station.plan().await?;
        let row = station.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        let picture = station.picture();
        let compartment = row
            .compartment()
            .and_then(|id| plan.compartment(id))
            .map(|c| station.compartment_view(&plan, &picture, c, Some(station.brief_of(&row))));
        Ok(PackagePage {
            note: row.note.clone(),
            compartment,
            story: self.story(&plan, package).await?,
            code_active: station.inner.store.has_code(package).await?,
            delegations: self.delegations_of_package(&row).await?,
            row: station.package_in(&plan, &row).await?,
        })
    }

    /// Who may fetch it for its recipient: by this package or by dates, if not over.
    async fn delegations_of_package(&self, row: &store::PackageRow) -> Result<Vec<DelegationView>> {
        let mut shown = Vec::new();
        for given in self.station.inner.store.delegations_by(row.recipient).await? {
            if given.package.is_none_or(|p| p == row.id) && self.station.now() < given.until {
                shown.push(self.station.delegation_view(&given).await?);
            }
        }
        Ok(shown)
    }

    async fn story(&self, plan: &Plan, package: PackageId) -> Result<Vec<StoryLine>> {
        let mut names: BTreeMap<PersonId, String> = BTreeMap::new();
        let mut lines = Vec::new();
        for event in self.station.inner.store.story(package).await? {
            let body: serde_json::Value =
                serde_json::from_str(&event.body).map_err(store::StoreError::from)?;
            let actor = body.get("by").and_then(|by| serde_json::from_value::<Actor>(by.clone()).ok());
            let who = match actor {
                Some(Actor::Person(id)) => Some(self.name(id, &mut names).await?),
                Some(Actor::Token(_)) => Some("API".into()),
                _ => None,
            };
            let mut detail = BTreeMap::new();
            for (key, value) in body.as_object().into_iter().flatten() {
                let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
                match key.as_str() {
                    "compartment" => {
                        let label =
                            text.parse().ok().and_then(|id| plan.compartment(id)).map(|c| c.label.clone());
                        detail.extend(label.map(|label| ("compartment".to_owned(), label)));
                    }
                    "to" | "delegate" | "principal" => {
                        if let Ok(id) = text.parse() {
                            detail.insert(key.clone(), self.name(id, &mut names).await?);
                        }
                    }
                    "why" | "purpose" | "place" | "attempt" | "recovered" | "opened" | "what" | "outcome"
                    | "alarm" | "channel" | "step" | "way" | "reason" | "check" => {
                        detail.insert(key.clone(), text);
                    }
                    _ => {}
                }
            }
            let seq = u32::try_from(event.seq).unwrap_or(u32::MAX);
            lines.push(StoryLine { seq, at: rfc3339(event.wall), kind: event.kind, who, detail });
        }
        Ok(lines)
    }

    async fn name(&self, id: PersonId, known: &mut BTreeMap<PersonId, String>) -> Result<String> {
        if let Some(name) = known.get(&id) {
            return Ok(name.clone());
        }
        let name = self.station.inner.store.person(id).await?.map(|p| p.detail.name).unwrap_or_default();
        known.insert(id, name.clone());
        Ok(name)
    }
}

impl Station {
    pub async fn packages(
        &self,
        query: &str,
        state: Option<&str>,
        after: Option<&str>,
        limit: i64,
    ) -> Result<Page<PackageRow>> {
        let after = after
            .map(|a| a.parse().map_err(|_| Error::invalid("after", InvalidWhy::Malformed)))
            .transpose()?;
        let query: String = query.chars().take(200).collect();
        let rows = self.inner.store.search_packages(&query, state, after, limit + 1).await?;
        let more = rows.len() > usize::try_from(limit).unwrap_or(0);
        let rows = rows.get(..rows.len() - usize::from(more)).unwrap_or_default();
        let next = if more { rows.last().map(|r| r.n.to_string()) } else { None };
        let plan = self.plan().await?;
        let mut shown = Vec::with_capacity(rows.len());
        for row in rows {
            shown.push(self.package_in(&plan, row).await?);
        }
        Ok(Page { rows: shown, next })
    }

    pub async fn package_view(&self, package: PackageId) -> Result<PackageRow> {
        let row = self.inner.store.package(package).await?.ok_or(Error::NotFound("package"))?;
        self.package_row(&row).await
    }

    pub async fn opening(&self, opening: OpeningId) -> Result<OpeningView> {
        self.opening_view(opening).await
    }

    /// Every compartment as it stands, without what is inside.
    pub async fn compartments(&self) -> Result<Vec<crate::wire::CompartmentView>> {
        let plan = self.plan().await?;
        let picture = self.picture();
        Ok(plan.compartments.iter().map(|c| self.compartment_view(&plan, &picture, c, None)).collect())
    }

    /// A compartment by id, or by a label that only one has.
    pub async fn find_compartment(&self, text: &str) -> Result<CompartmentId> {
        if let Ok(id) = text.parse::<CompartmentId>() {
            return Ok(id);
        }
        let all = self.inner.store.compartments().await?;
        match all.iter().filter(|c| c.label == text).collect::<Vec<_>>().as_slice() {
            [one] => Ok(one.id),
            _ => Err(Error::NotFound("compartment")),
        }
    }

    async fn wanted(&self, recipient: PersonId, size: PackageSize, handling: &[Handling]) -> Result<Wanted> {
        let person = self.inner.store.person(recipient).await?.ok_or(Error::NotFound("person"))?;
        Ok(Wanted { size, handling: handling.to_vec(), accessible: person.detail.needs_low_door })
    }

    /// The compartments as the allocation sees them. `own` is the package's own reservation, which it may have again.
    fn candidates(&self, plan: &Plan, own: Option<CompartmentId>) -> Vec<Candidate> {
        let picture = self.picture();
        let now = self.now().0;
        plan.compartments
            .iter()
            .zip(0..)
            .map(|(c, order)| Candidate {
                id: c.id,
                size: c.size,
                accessible: c.accessible,
                refrigerated: c.refrigerated,
                in_service: c.in_service && !c.suspect && plan.bank(c.bank).is_some_and(|b| !b.locked),
                empty: c.package.is_none() || Some(c.id) == own,
                closed: matches!(picture.door(c.id), Door::Closed { .. }),
                resting: (0..crate::visit::REOPEN).contains(&(now - c.freed_ms)),
                used: u64::try_from(c.used).unwrap_or_default(),
                order,
            })
            .collect()
    }

    async fn propose(
        &self,
        recipient: PersonId,
        size: PackageSize,
        handling: &[Handling],
    ) -> Result<Proposal> {
        let wanted = self.wanted(recipient, size, handling).await?;
        let plan = self.plan().await?;
        Ok(self.proposal(&plan, allocation::propose(&wanted, &self.candidates(&plan, None))))
    }

    pub(crate) async fn proposal_for(&self, row: &store::PackageRow) -> Result<Proposal> {
        let wanted = self.wanted(row.recipient, row.size, &row.handling).await?;
        let plan = self.plan().await?;
        let own = self.reservation(row.id).await?.map(|c| c.id);
        Ok(self.proposal(&plan, allocation::propose(&wanted, &self.candidates(&plan, own))))
    }

    fn proposal(&self, plan: &Plan, choice: Choice) -> Proposal {
        let picture = self.picture();
        let show =
            |id: CompartmentId| plan.compartment(id).map(|c| self.compartment_view(plan, &picture, c, None));
        match choice {
            Choice::Compartment { id, why, others } => match show(id) {
                Some(compartment) => Proposal::Compartment {
                    compartment,
                    why: why.into_iter().map(Into::into).collect(),
                    others: others.into_iter().filter_map(show).collect(),
                },
                None => Proposal::Shelf { why: vec![], place: SHELF.into() },
            },
            Choice::Shelf { why } => {
                Proposal::Shelf { why: why.into_iter().map(Into::into).collect(), place: SHELF.into() }
            }
        }
    }

    /// The compartment held for a package that is not in it yet.
    pub(crate) async fn reservation(&self, package: PackageId) -> Result<Option<CompartmentRow>> {
        let all = self.inner.store.compartments().await?;
        Ok(all.into_iter().find(|c| c.package == Some(package) && c.occupancy == "reserved"))
    }
}

/// The wire's name of a state, as the store writes it.
pub fn state_name(state: crate::wire::PackageState) -> &'static str {
    use crate::wire::PackageState as P;
    match state {
        P::Received => "received",
        P::Stored => "stored",
        P::Shelved => "shelved",
        P::Disputed => "disputed",
        P::Collected => "collected",
        P::HandedOver => "handed_over",
        P::Returned => "returned",
        P::Lost => "lost",
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::named;

    #[test]
    fn names_of_the_store_become_names_of_the_wire() {
        assert_eq!(
            named::<crate::wire::PackageState>("handed_over"),
            Some(crate::wire::PackageState::HandedOver)
        );
        assert_eq!(
            named::<crate::wire::OpeningState>("not_opened"),
            Some(crate::wire::OpeningState::NotOpened)
        );
    }
}
