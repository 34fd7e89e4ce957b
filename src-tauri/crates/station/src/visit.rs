//! The kiosk: one visit at a time, of a recipient who fetches or of staff who deposit.
//!
//! A visit opens one door after another: the next when the one before was seen shut. Nothing here sends anything;
//! every door goes through the door loop, with the moment of the human act.

mod show;

use crate::disk::with_room;
use crate::door_loop::OpenDoor;
use crate::session::{Rise, Staff};
use crate::start::Station;
use crate::wire::{KioskState, PackageBrief, Topic};
use crate::{Error, Result, credential};
use domain::badge::Badge;
use domain::code::{AccessCode, QR_PREFIX};
use domain::event::{Actor, Event, Purpose, Report, TaskKind, Way};
use domain::package::{Package, Step};
use domain::person::{Right, Role};
use domain::throttle::Throttle;
use domain::time::{Mono, SECOND, Wall};
use domain::{CompartmentId, OpeningId, PackageId, PersonId, Refusal, VisitId};
use std::collections::BTreeMap;
use std::sync::Arc;
use store::{PersonRow, Store};
use uuid::Uuid;

/// Human tries at one door.
pub(crate) const TRIES: u8 = 3;
/// How long a door that was shut can be opened again by the same person.
pub(crate) const REOPEN: i64 = 90 * SECOND;
/// A visit without a touch ends after this; the window's own reset comes sooner.
const IDLE: i64 = 60 * SECOND;
/// A badge read again within this is the same tap.
const DOUBLE_TAP: i64 = 1_500;

const THROTTLE: &str = "throttle";

/// What the kiosk holds in memory, and the throttle it also keeps.
pub(crate) struct Kiosk {
    visit: Option<Visit>,
    /// The last pickup, for who comes back at once.
    last: Option<Visit>,
    throttles: BTreeMap<String, (Throttle, Mono)>,
    help_called: Option<Wall>,
}

struct Visit {
    id: VisitId,
    person: PersonId,
    who: String,
    way: Way,
    touched: Mono,
    badge_at: Mono,
    what: What,
}

enum What {
    Pickup(Vec<Item>),
    Staff { role: Role, deposit: Option<PackageId> },
}

struct Item {
    package: PackageId,
    compartment: CompartmentId,
    /// The opening under way or the last one; planned, and not yet in the log, while the door before is open.
    opening: OpeningId,
    begun: bool,
    tries: u8,
    shut: Option<Mono>,
    reported: Option<Report>,
    /// Passed over: by the person, or because the door can't be opened.
    passed: bool,
}

impl Item {
    fn ended(&self) -> bool {
        self.shut.is_some() || self.reported.is_some() || self.passed
    }
}

impl Kiosk {
    pub async fn read(store: &Store, now: Mono) -> Result<Kiosk> {
        let kept: BTreeMap<String, Throttle> = store
            .setting(THROTTLE)
            .await?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        // A wait that was running starts again: a restart must not shorten it.
        let throttles = kept.into_iter().map(|(keypad, throttle)| (keypad, (throttle, now))).collect();
        Ok(Kiosk { visit: None, last: None, throttles, help_called: None })
    }
}

/// Someone at a keypad. Can show a code or a badge, and act in the visit that follows; nothing else.
#[derive(Clone)]
pub struct Visitor {
    station: Station,
    keypad: Arc<str>,
}

impl Station {
    pub fn as_visitor(&self, keypad: &str) -> Visitor {
        Visitor { station: self.clone(), keypad: keypad.into() }
    }
}

impl Visitor {
    pub async fn state(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        // Out of service, nothing can be recorded; that is what there is to show.
        if self.station.picture().halted.is_none() {
            self.station.follow(&mut kiosk).await?;
        }
        self.show(&kiosk).await
    }

    /// What a scanner or a wedge reader gave: the QR of a notice, or a badge.
    pub async fn scan(&self, text: &str) -> Result<KioskState> {
        if text.trim().starts_with(QR_PREFIX) { self.enter_code(text).await } else { self.badge(text).await }
    }

    pub async fn enter_code(&self, text: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.check_throttle(&kiosk)?;
        let Some((person, package)) = self.verify(text).await? else {
            self.code_failed(&mut kiosk).await?;
            return Err(Error::CredentialRefused);
        };
        self.code_succeeded(&mut kiosk).await?;
        let person = self.station.inner.store.person(person).await?.ok_or(Error::CredentialRefused)?;
        self.begin_visit(&mut kiosk, &person, Way::Code, Some(package), acted).await?;
        self.show(&kiosk).await
    }

    pub async fn badge(&self, text: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let found = match Badge::parse(text) {
            Some(badge) => self.station.badge_owner(&badge).await?,
            None => None,
        };
        let Some(person) = found.filter(|p| p.active) else {
            self.refused(Way::Badge).await?;
            return Err(Error::CredentialRefused);
        };
        self.begin_visit(&mut kiosk, &person, Way::Badge, None, acted).await?;
        self.show(&kiosk).await
    }

    /// A badge that needs no reader: the virtual bank's.
    pub(crate) async fn tap(&self, person: PersonId) -> Result<()> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let person = self.station.inner.store.person(person).await?.filter(|p| p.active);
        let person = person.ok_or(Error::CredentialRefused)?;
        self.begin_visit(&mut kiosk, &person, Way::Badge, None, acted).await
    }

    /// The person and package of a code, if it is active and right.
    async fn verify(&self, text: &str) -> Result<Option<(PersonId, PackageId)>> {
        let secrets = self.station.inner.secrets();
        let store = &self.station.inner.store;
        let code = AccessCode::parse(text);
        let digits = code.as_ref().map_or("", AccessCode::digits);
        let candidates = match code {
            Some(_) => store.codes_tagged(&secrets.code_tags(digits)).await?,
            None => Vec::new(),
        };
        let hashes = candidates.iter().map(|c| c.hash.clone()).collect();
        let Some(found) =
            credential::matching(&secrets, digits, hashes).await?.and_then(|i| candidates.get(i))
        else {
            return Ok(None);
        };
        let now = self.station.now();
        Ok((now <= found.expires).then_some((found.recipient, found.package)))
    }

    fn check_throttle(&self, kiosk: &Kiosk) -> Result<()> {
        match self.locked(kiosk) {
            Some(seconds) => Err(Error::Throttled { seconds }),
            None => Ok(()),
        }
    }

    fn locked(&self, kiosk: &Kiosk) -> Option<u32> {
        let (throttle, began) = kiosk.throttles.get(&*self.keypad)?;
        let left = throttle.remaining(*began, self.station.inner.clock.mono(), self.station.now())?;
        u32::try_from((left + SECOND - 1) / SECOND).ok()
    }

    async fn code_failed(&self, kiosk: &mut Kiosk) -> Result<()> {
        let (throttle, _) = kiosk.throttles.remove(&*self.keypad).unwrap_or_default();
        let throttle = throttle.failed(self.station.now());
        kiosk.throttles.insert(self.keypad.to_string(), (throttle, self.station.inner.clock.mono()));
        self.keep_throttles(kiosk).await?;
        self.refused(Way::Code).await
    }

    async fn code_succeeded(&self, kiosk: &mut Kiosk) -> Result<()> {
        match kiosk.throttles.get_mut(&*self.keypad) {
            Some((throttle, _)) if throttle.row > 0 => {
                *throttle = std::mem::take(throttle).succeeded();
                self.keep_throttles(kiosk).await
            }
            _ => Ok(()),
        }
    }

    async fn keep_throttles(&self, kiosk: &Kiosk) -> Result<()> {
        let kept: BTreeMap<&str, &Throttle> =
            kiosk.throttles.iter().map(|(k, (t, _))| (k.as_str(), t)).collect();
        let text = serde_json::to_string(&kept).map_err(store::StoreError::from)?;
        let keep = async || Ok(self.station.inner.store.put_setting(THROTTLE, &text).await?);
        with_room!(self.station, keep().await)
    }

    async fn refused(&self, way: Way) -> Result<()> {
        let event = Event::CredentialRefused { keypad: self.keypad.to_string(), way };
        with_room!(self.station, self.station.log(&event).await)
    }

    async fn begin_visit(
        &self,
        kiosk: &mut Kiosk,
        person: &PersonRow,
        way: Way,
        first: Option<PackageId>,
        acted: Mono,
    ) -> Result<()> {
        let station = &self.station;
        station.follow(kiosk).await?;
        if let Some(visit) = &mut kiosk.visit {
            let same = visit.person == person.id && matches!(visit.what, What::Pickup(_));
            if same {
                let again = acted.since(visit.badge_at) < DOUBLE_TAP;
                visit.touched = acted;
                visit.badge_at = acted;
                if visit.current().is_some() {
                    // The same tap read twice does nothing; a new act tries the present door again.
                    return if again { Ok(()) } else { station.try_current(kiosk, acted).await };
                }
            }
            if station.door_under_way(kiosk).await? {
                return if same { Ok(()) } else { Err(Error::KioskBusy) };
            }
            station.end_visit(kiosk).await?;
        }
        let id = VisitId(Uuid::now_v7());
        let began = Event::VisitBegan { visit: id, person: person.id, way };
        let staff = way == Way::Badge && person.role.may(Right::Work);
        let what = if staff {
            What::Staff { role: person.role, deposit: None }
        } else {
            What::Pickup(station.items(kiosk, person.id, first, acted).await?)
        };
        kiosk.visit = Some(Visit {
            id,
            person: person.id,
            who: domain::person::masked(&person.detail.name),
            way,
            touched: acted,
            badge_at: acted,
            what,
        });
        kiosk.help_called = None;
        station.inner.changed(Topic::Kiosk);
        if !station.advance(kiosk, acted, vec![began.clone()]).await? {
            with_room!(station, station.log(&began).await)?;
        }
        Ok(())
    }

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
        let (by, way) = (Actor::Person(visit.person), visit.way);
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
            by,
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

    pub async fn call_help(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let package = kiosk.visit.as_ref().and_then(Visit::current).map(|i| i.package);
        self.station.raise(TaskKind::Help, None, package).await?;
        kiosk.help_called = Some(self.station.now());
        self.show(&kiosk).await
    }

    /// "I'm still here."
    pub async fn touch(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        // Without a visit there is nothing to keep.
        let _ = kiosk.touch(self.station.inner.clock.mono());
        self.show(&kiosk).await
    }

    pub async fn end(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.station.end_visit(&mut kiosk).await?;
        kiosk.help_called = None;
        self.show(&kiosk).await
    }

    /// The openings of the visit that are not done, in their order, with their compartments and packages. Those that
    /// wait for the door before them are there, too.
    pub async fn openings(&self) -> Vec<(OpeningId, CompartmentId, PackageId)> {
        let kiosk = self.station.inner.kiosk.lock().await;
        match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Pickup(items)) => items
                .iter()
                .filter(|i| i.shut.is_none())
                .map(|i| (i.opening, i.compartment, i.package))
                .collect(),
            _ => vec![],
        }
    }

    // ---- staff at the kiosk, after their badge ----

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

    /// What was taken in and waits for a compartment. For staff at the kiosk only.
    pub async fn to_deposit(&self) -> Result<Vec<PackageBrief>> {
        let kiosk = self.station.inner.kiosk.lock().await;
        self.staff(&kiosk)?;
        let rows = self.station.inner.store.search_packages("", Some("received"), None, 50).await?;
        Ok(rows.iter().map(|row| self.station.brief_of(row)).collect())
    }

    fn staff(&self, kiosk: &Kiosk) -> Result<Staff> {
        match kiosk.visit.as_ref() {
            Some(Visit { person, way, what: What::Staff { role, .. }, .. }) => {
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

impl Kiosk {
    fn touch(&mut self, now: Mono) -> Result<&mut Visit> {
        let visit = self.visit.as_mut().ok_or(Error::CredentialRefused)?;
        visit.touched = now;
        Ok(visit)
    }
}

impl Visit {
    fn current(&self) -> Option<&Item> {
        match &self.what {
            What::Pickup(items) => items.iter().find(|i| !i.ended()),
            What::Staff { .. } => None,
        }
    }
    fn current_mut(&mut self) -> Option<&mut Item> {
        match &mut self.what {
            What::Pickup(items) => items.iter_mut().find(|i| !i.ended()),
            What::Staff { .. } => None,
        }
    }
}

impl Station {
    /// What waits for a person, the code's own package first; and what they shut a moment ago, to be opened again.
    async fn items(
        &self,
        kiosk: &Kiosk,
        person: PersonId,
        first: Option<PackageId>,
        now: Mono,
    ) -> Result<Vec<Item>> {
        let mut stored = self.inner.store.stored_for(person).await?;
        stored.sort_by_key(|p| Some(p.id) != first);
        let mut items: Vec<Item> = Vec::new();
        items.extend(stored.iter().filter_map(|p| match p.state {
            Package::Stored { compartment } => Some(Item {
                package: p.id,
                compartment,
                opening: OpeningId(Uuid::now_v7()),
                begun: false,
                tries: 0,
                shut: None,
                reported: None,
                passed: false,
            }),
            _ => None,
        }));
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
    async fn advance(&self, kiosk: &mut Kiosk, acted: Mono, before: Vec<Event>) -> Result<bool> {
        loop {
            let Some(visit) = kiosk.visit.as_mut() else { return Ok(false) };
            let (by, way) = (Actor::Person(visit.person), visit.way);
            let Some(item) = visit.current_mut() else { return Ok(false) };
            if item.begun {
                return Ok(false);
            }
            let open = OpenDoor {
                opening: item.opening,
                compartment: item.compartment,
                package: Some(item.package),
                purpose: Purpose::Pickup,
                by,
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
    async fn try_current(&self, kiosk: &mut Kiosk, acted: Mono) -> Result<()> {
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

    async fn door_under_way(&self, kiosk: &Kiosk) -> Result<bool> {
        let openings: Vec<OpeningId> = match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Pickup(items)) => items.iter().filter(|i| i.begun).map(|i| i.opening).collect(),
            Some(What::Staff { deposit: Some(package), .. }) => {
                self.inner.store.package(*package).await?.and_then(|p| p.opening).into_iter().collect()
            }
            _ => vec![],
        };
        for opening in openings {
            let state = self.inner.store.opening(opening).await?.map(|o| o.state);
            if matches!(state.as_deref(), Some("journaled" | "sent" | "acknowledged" | "open")) {
                return Ok(true);
            }
        }
        Ok(false)
    }

    async fn end_visit(&self, kiosk: &mut Kiosk) -> Result<()> {
        let Some(visit) = kiosk.visit.take() else { return Ok(()) };
        with_room!(self, self.log(&Event::VisitEnded { visit: visit.id }).await)?;
        if matches!(visit.what, What::Pickup(_)) {
            kiosk.last = Some(visit);
        }
        self.inner.changed(Topic::Kiosk);
        Ok(())
    }

    async fn expire_visit(&self, kiosk: &mut Kiosk) -> Result<()> {
        let now = self.inner.clock.mono();
        if kiosk.visit.as_ref().is_some_and(|v| now.since(v.touched) > IDLE) {
            self.end_visit(kiosk).await?;
        }
        Ok(())
    }

    /// Brings the visit up to what the doors have done meanwhile.
    async fn follow(&self, kiosk: &mut Kiosk) -> Result<()> {
        self.expire_visit(kiosk).await?;
        let now = self.inner.clock.mono();
        let Some(visit) = kiosk.visit.as_mut() else { return Ok(()) };
        let Some(item) = visit.current_mut().filter(|i| i.begun) else { return Ok(()) };
        let state = self.inner.store.opening(item.opening).await?.map(|o| o.state);
        if state.as_deref() == Some("closed") {
            // Shutting the door is the act that asks for the next one.
            item.shut = Some(now);
            visit.touched = now;
            self.advance(kiosk, now, vec![]).await?;
            self.inner.changed(Topic::Kiosk);
        }
        Ok(())
    }

    pub(crate) async fn follow_visit(&self) -> Result<()> {
        let mut kiosk = self.inner.kiosk.lock().await;
        self.follow(&mut kiosk).await
    }

    /// Is this opening planned, behind a door that is open now?
    pub async fn is_waiting(&self, opening: OpeningId) -> Option<(CompartmentId, PackageId)> {
        let kiosk = self.inner.kiosk.lock().await;
        match kiosk.visit.as_ref().map(|v| &v.what) {
            Some(What::Pickup(items)) => items
                .iter()
                .find(|i| i.opening == opening && !i.begun && !i.ended())
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
            if let Some(code) = tx.active_code(package).await? {
                tx.append(&Event::CodeRevoked { code, package }).await?;
            }
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

/// Follows the doors of the visit: when one is seen shut, the next opens; when nobody touches, the visit ends.
pub(crate) async fn run(station: Station) {
    let mut moved = station.inner.moved.subscribe();
    loop {
        let woken = tokio::time::timeout(std::time::Duration::from_secs(1), moved.recv()).await;
        if let Ok(Err(tokio::sync::broadcast::error::RecvError::Closed)) = woken {
            return;
        }
        if station.picture().halted.is_some() {
            continue;
        }
        if let Err(error) = station.follow_visit().await {
            tracing::warn!(%error, "the visit could not go on");
        }
    }
}
