//! The kiosk: one visit at a time, of a recipient who fetches or of staff who deposit.
//!
//! A visit opens one door after another: the next when the one before was seen shut. Nothing here sends anything;
//! every door goes through the door loop, with the moment of the human act.

mod credentials;
mod everything;
mod lost;
mod own;
mod pickup;
mod show;
mod staff;

use crate::disk::with_room;
use crate::start::Station;
use crate::wire::{KioskState, Topic};
use crate::{Error, Result};
use credentials::THROTTLE;
use domain::event::{Event, Report, TaskKind, Way};
use domain::lost::Asks;
use domain::person::Role;
use domain::policy::{Factor, Shown, WaysIn};
use domain::throttle::Throttle;
use domain::time::{Mono, SECOND, Wall};
use domain::{CompartmentId, OpeningId, PackageId, PersonId, VisitId};
use everything::Everything;
use lost::ASKS;
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

/// What the kiosk holds in memory, and the throttle it also keeps.
pub(crate) struct Kiosk {
    visit: Option<Visit>,
    /// The last pickup, for who comes back at once.
    last: Option<Visit>,
    throttles: BTreeMap<String, (Throttle, Mono)>,
    /// When new codes were asked for, by keypad.
    asks: BTreeMap<String, Asks>,
    help_called: Option<Wall>,
}

struct Visit {
    id: VisitId,
    person: PersonId,
    who: String,
    /// What they have shown.
    shown: Shown,
    /// A code was shown that was sent to them for a package of their own: proof enough to look after their badges.
    own_code: bool,
    /// The next badge shown is not the visitor's.
    awaiting: Option<Awaiting>,
    touched: Mono,
    badge_at: Mono,
    what: What,
}

enum What {
    Pickup(Vec<Item>),
    /// A staff badge was shown: its owner's PIN is asked, where they have one.
    Pin {
        role: Role,
        set: bool,
    },
    Staff {
        role: Role,
        /// How they proved who they are: badge and PIN.
        way: Way,
        deposit: Option<PackageId>,
        everything: Option<Everything>,
    },
}

/// What the next badge is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Awaiting {
    /// It becomes the visitor's.
    Badge,
    /// Whoever shows it may fetch for the visitor until then.
    Delegate { until: Wall },
}

struct Item {
    package: PackageId,
    /// For whom, where that is not the visitor.
    principal: Option<PersonId>,
    /// What opens it, by policy.
    ways: WaysIn,
    /// What is still to be shown for it.
    needs: Option<Factor>,
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
        let asks = store.setting(ASKS).await?.and_then(|text| serde_json::from_str(&text).ok());
        Ok(Kiosk { visit: None, last: None, throttles, asks: asks.unwrap_or_default(), help_called: None })
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

    /// Somebody showed who they are: their visit begins, or goes on with what they have shown now.
    async fn begin_visit(
        &self,
        kiosk: &mut Kiosk,
        person: &PersonRow,
        proof: Proof,
        acted: Mono,
    ) -> Result<()> {
        let way = proof.way();
        let station = &self.station;
        station.follow(kiosk).await?;
        if kiosk.opens_everything() {
            return if way == Way::Badge {
                self.second_badge(kiosk, person, acted).await
            } else {
                Err(Error::KioskBusy)
            };
        }
        if let Some(visit) = &mut kiosk.visit {
            let same = visit.person == person.id && matches!(visit.what, What::Pickup(_));
            if same {
                let more = visit.show(proof);
                let again = !more && acted.since(visit.badge_at) < DOUBLE_TAP;
                visit.touched = acted;
                visit.badge_at = acted;
                station.inner.changed(Topic::Kiosk);
                if visit.current().is_none() && visit.needs().is_some() {
                    return Ok(());
                }
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
        let what = match self.staff_badge(person, way).await? {
            Some(what) => what,
            None => What::Pickup(station.items(kiosk, person.id, proof.package(), acted).await?),
        };
        let mut visit = Visit {
            id,
            person: person.id,
            who: domain::person::masked(&person.detail.name),
            shown: Shown::default(),
            own_code: false,
            awaiting: None,
            touched: acted,
            badge_at: acted,
            what,
        };
        visit.show(proof);
        kiosk.visit = Some(visit);
        kiosk.help_called = None;
        station.inner.changed(Topic::Kiosk);
        if !station.advance(kiosk, acted, vec![began.clone()]).await? {
            with_room!(station, station.log(&began).await)?;
        }
        Ok(())
    }

    pub async fn call_help(&self) -> Result<KioskState> {
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let package = kiosk.visit.as_ref().and_then(Visit::current).map(|i| i.package);
        self.station.raise(TaskKind::Help, None, None, package).await?;
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
}

impl Kiosk {
    fn touch(&mut self, now: Mono) -> Result<&mut Visit> {
        let visit = self.visit.as_mut().ok_or(Error::CredentialRefused)?;
        visit.touched = now;
        Ok(visit)
    }
}

/// What was shown at the keypad.
#[derive(Clone, Copy)]
enum Proof {
    Badge,
    Code { package: PackageId, delegated: bool },
}

impl Proof {
    fn way(self) -> Way {
        match self {
            Proof::Badge => Way::Badge,
            Proof::Code { .. } => Way::Code,
        }
    }
    fn package(self) -> Option<PackageId> {
        match self {
            Proof::Badge => None,
            Proof::Code { package, .. } => Some(package),
        }
    }
}

impl Visit {
    /// Takes what was shown into account; says whether it is more than before.
    fn show(&mut self, proof: Proof) -> bool {
        let before = self.shown;
        match proof {
            Proof::Badge => self.shown.badge = true,
            Proof::Code { delegated, .. } => {
                self.shown.code = true;
                self.own_code |= !delegated;
            }
        }
        let shown = self.shown;
        if let What::Pickup(items) = &mut self.what {
            items.iter_mut().for_each(|item| item.needs = item.ways.missing(shown));
        }
        shown != before
    }

    fn way(&self) -> Way {
        if let What::Staff { way, .. } = self.what {
            return way;
        }
        match self.shown {
            Shown { badge: true, code: true } => Way::Both,
            Shown { code: true, .. } => Way::Code,
            _ => Way::Badge,
        }
    }

    /// What is to be shown for the next package that waits for it.
    fn needs(&self) -> Option<Factor> {
        match &self.what {
            What::Pickup(items) => items.iter().filter(|i| !i.ended()).find_map(|i| i.needs),
            What::Pin { .. } | What::Staff { .. } => None,
        }
    }

    fn current(&self) -> Option<&Item> {
        match &self.what {
            What::Pickup(items) => items.iter().find(|i| !i.ended() && i.needs.is_none()),
            What::Pin { .. } | What::Staff { .. } => None,
        }
    }
    fn current_mut(&mut self) -> Option<&mut Item> {
        match &mut self.what {
            What::Pickup(items) => items.iter_mut().find(|i| !i.ended() && i.needs.is_none()),
            What::Pin { .. } | What::Staff { .. } => None,
        }
    }
}

impl Station {
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
        self.end_everything(kiosk).await?;
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
        let Some(visit) = &kiosk.visit else { return Ok(()) };
        if now.since(visit.touched) > IDLE {
            return self.end_visit(kiosk).await;
        }
        // Who has left goes no further; a door that moves is not cut short.
        if !self.inner.store.is_active(visit.person).await? && !self.door_under_way(kiosk).await? {
            self.end_visit(kiosk).await?;
        }
        kiosk.forget_late_second(now);
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

    /// Is somebody at the kiosk who is being served this package, or will be?
    pub(crate) fn is_served(kiosk: &Kiosk, package: PackageId) -> bool {
        let visit = kiosk.visit.as_ref().map(|v| &v.what);
        matches!(visit, Some(What::Pickup(items)) if items.iter().any(|i| i.package == package && !i.ended()))
    }

    pub(crate) async fn follow_visit(&self) -> Result<()> {
        let mut kiosk = self.inner.kiosk.lock().await;
        self.follow(&mut kiosk).await
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
