//! The small model: it reads the custody log event by event and holds each against what may follow from the ones
//! before, and against the frames that were on the wire. Shares no code with the tables folded by the store.

use crate::boards::{Fate, Frame};
use domain::event::{Actor, Event, Outcome, Purpose};
use domain::{CodeId, CompartmentId, DelegationId, OpeningId, PackageId, PersonId};
use std::collections::{BTreeMap, BTreeSet};

/// A row of the log, and the simulated time and run in which it was found there.
pub struct Logged {
    pub event: Event,
    pub at: i64,
    pub boot: u32,
}

pub struct Opening {
    pub compartment: CompartmentId,
    pub package: Option<PackageId>,
    pub purpose: Purpose,
    pub at: i64,
    pub boot: u32,
    pub opened: bool,
    pub closed: bool,
    pub ended: bool,
    /// When it was told that it did not open.
    pub not_opened: Option<i64>,
    pub frames: Vec<Frame>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    Here,
    In(CompartmentId),
    Gone,
}

#[derive(Default)]
pub struct Law {
    pub openings: BTreeMap<OpeningId, Opening>,
    /// The newest opening of each door.
    pub newest: BTreeMap<CompartmentId, OpeningId>,
    pub packages: BTreeMap<PackageId, Place>,
    pub inside: BTreeMap<CompartmentId, PackageId>,
    /// The active codes of each package, and whose each is: the recipient's, or a delegate's by a delegation.
    pub codes: BTreeMap<PackageId, BTreeMap<CodeId, Option<DelegationId>>>,
    /// Who may fetch for whom, until it is ended.
    pub delegations: BTreeMap<DelegationId, (PersonId, PersonId)>,
    pub recipients: BTreeMap<PackageId, PersonId>,
    /// Who left.
    pub left: BTreeSet<PersonId>,
    pub notices: BTreeMap<PackageId, u32>,
    /// Notices noted as sent.
    pub sent: u64,
    /// When a door was last said to be open, and when an alarm was last raised for it.
    pub said_open: BTreeMap<CompartmentId, i64>,
    pub alarmed: BTreeMap<CompartmentId, i64>,
    pub implausible: i64,
    pub counts: BTreeMap<&'static str, u64>,
    /// Staff are saying what they found: they may store or lose a package by their word.
    pub by_word: bool,
}

macro_rules! law {
    ($truth:expr, $($words:tt)*) => { if !$truth { return Err(format!($($words)*)); } };
}

impl Law {
    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    pub fn read(&mut self, logged: &Logged) -> Result<(), String> {
        let Logged { event, at, boot } = logged;
        match event {
            Event::PersonChanged { person, active, .. } => {
                if *active {
                    self.left.remove(person)
                } else {
                    self.left.insert(*person)
                };
            }
            Event::DelegationGiven { delegation, principal, delegate, .. } => {
                law!(principal != delegate, "a delegate of themselves");
                law!(!self.left.contains(delegate), "somebody who left was made a delegate");
                self.delegations.insert(*delegation, (*principal, *delegate));
                self.count("delegations");
            }
            Event::DelegationEnded { delegation, .. } => {
                law!(self.delegations.remove(delegation).is_some(), "{delegation} ended twice");
                let kept = self.codes.values().any(|codes| codes.values().any(|d| *d == Some(*delegation)));
                law!(!kept, "a code outlived the delegation {delegation}");
            }
            Event::Received { package, recipient, .. } => {
                self.recipients.insert(*package, *recipient);
                law!(!self.packages.contains_key(package), "{package} was received twice");
                self.packages.insert(*package, Place::Here);
                self.count("received");
            }
            Event::OpeningDecided { opening, compartment, package, purpose, by, .. } => {
                if let (Purpose::Pickup, Some(package), Actor::Person(person)) = (purpose, package, by) {
                    self.may_fetch(*package, *person)?;
                }
                self.decided(*opening, *compartment, *package, *purpose, *at, *boot)?;
            }
            Event::OpeningSent { opening, attempt } => {
                let o = self.opening(*opening)?;
                law!(o.boot == *boot, "I1: a frame was sent after a restart for {opening}");
                law!(*attempt <= 2 && !o.ended, "I1: attempt {attempt} for {opening}, ended: {}", o.ended);
            }
            Event::OpeningOpened { opening, .. } => {
                let o = self.opening(*opening)?;
                law!(!o.opened, "{opening} opened twice");
                o.opened = true;
                let compartment = o.compartment;
                self.said_open.insert(compartment, *at);
                self.count("opened");
            }
            Event::OpeningClosed { opening } => {
                let o = self.opening(*opening)?;
                law!(o.opened && !o.closed, "{opening} closed without having been open");
                o.closed = true;
                o.ended = true;
            }
            Event::OpeningNotOpened { opening, .. } => {
                let o = self.opening(*opening)?;
                (o.ended, o.not_opened) = (true, Some(*at));
                self.count("not opened");
            }
            Event::OpeningUnknown { opening, .. } => {
                self.opening(*opening)?.ended = true;
                self.count("unknown");
            }
            Event::Stored { package, compartment, opening, .. } => {
                let by_word = self.by_word;
                let o = self.opening(*opening)?;
                law!(o.purpose == Purpose::Deposit && o.package == Some(*package), "stored by {opening}");
                law!(o.closed || by_word, "stored before its door was seen shut");
                law!(self.packages.get(package) == Some(&Place::Here), "{package} was stored from nowhere");
                let other = self.inside.insert(*compartment, *package);
                law!(other.is_none(), "I5: {compartment} held {other:?} when {package} was stored");
                self.packages.insert(*package, Place::In(*compartment));
                self.count("stored");
            }
            Event::Collected { package, compartment, opening, .. }
            | Event::Removed { package, compartment, opening, .. } => {
                let collected = matches!(event, Event::Collected { .. });
                let purpose = if collected { Purpose::Pickup } else { Purpose::Removal };
                let o = self.opening(*opening)?;
                law!(
                    o.opened && o.closed,
                    "I4: {package} left by {opening}, which was not seen open and shut"
                );
                law!(
                    o.purpose == purpose && o.package == Some(*package),
                    "{package} left by another's opening"
                );
                self.leave(*package, *compartment)?;
                self.packages.insert(*package, if collected { Place::Gone } else { Place::Here });
                self.count(if collected { "collected" } else { "removed" });
            }
            Event::PackageSettled { package, compartment, outcome: Outcome::PackageGone, .. } => {
                self.leave(*package, *compartment)?;
                self.packages.insert(*package, Place::Gone);
                self.count("lost");
            }
            Event::Reported { package, compartment, .. } => {
                let other = self.inside.insert(*compartment, *package);
                law!(
                    other.is_none_or(|p| p == *package),
                    "I5: {package} was disputed into a taken compartment"
                );
                self.packages.insert(*package, Place::In(*compartment));
            }
            Event::HandedOver { package, .. } | Event::Returned { package, .. } => {
                law!(
                    self.packages.get(package) == Some(&Place::Here),
                    "{package} left staff's hands from a door"
                );
                self.packages.insert(*package, Place::Gone);
            }
            Event::CodeIssued { code, package, delegation, .. } => {
                let codes = self.codes.entry(*package).or_default();
                law!(
                    !codes.values().any(|d| d == delegation),
                    "two active codes of one holder for {package}"
                );
                codes.insert(*code, *delegation);
            }
            Event::CodeRevoked { code, package } => {
                law!(self.end_code(*package, *code), "an unknown code was revoked");
            }
            Event::CodeConsumed { code, package, opening } => {
                let o = self.opening(*opening)?;
                law!(o.opened, "the code of {package} was consumed before its door was seen open");
                law!(self.end_code(*package, *code), "I6: a spent code was spent again");
            }
            Event::NoticeWritten { package, .. } => *self.notices.entry(*package).or_default() += 1,
            Event::NoticeSent { .. } => self.sent += 1,
            Event::AlarmRaised { compartment, .. } => {
                match compartment {
                    Some(compartment) => self.alarmed.insert(*compartment, *at),
                    None => Some(std::mem::replace(&mut self.implausible, *at)),
                };
                self.count("alarms");
            }
            _ => {}
        }
        Ok(())
    }

    fn decided(
        &mut self,
        opening: OpeningId,
        compartment: CompartmentId,
        package: Option<PackageId>,
        purpose: Purpose,
        at: i64,
        boot: u32,
    ) -> Result<(), String> {
        if purpose == Purpose::Pickup {
            law!(
                package.and_then(|p| self.inside.get(&compartment).map(|i| *i == p)) == Some(true),
                "a pickup was let to a door with another's package"
            );
        }
        if purpose == Purpose::Deposit {
            law!(!self.inside.contains_key(&compartment), "I5: a deposit was let to a taken compartment");
        }
        self.newest.insert(compartment, opening);
        let frames = Vec::new();
        let new = Opening {
            compartment,
            package,
            purpose,
            at,
            boot,
            opened: false,
            closed: false,
            ended: false,
            not_opened: None,
            frames,
        };
        law!(self.openings.insert(opening, new).is_none(), "{opening} was decided twice");
        self.count("openings");
        Ok(())
    }

    fn end_code(&mut self, package: PackageId, code: CodeId) -> bool {
        self.codes.get_mut(&package).and_then(|codes| codes.remove(&code)).is_some()
    }

    /// Only the recipient or a delegate of theirs is let to a package, and nobody who left.
    fn may_fetch(&self, package: PackageId, person: PersonId) -> Result<(), String> {
        law!(!self.left.contains(&person), "somebody who left was let to {package}");
        let recipient = self.recipients.get(&package);
        let delegate = self.delegations.values().any(|(p, d)| Some(p) == recipient && *d == person);
        law!(recipient == Some(&person) || delegate, "{person} was let to {package}, which is not theirs");
        Ok(())
    }

    /// The door that a package shall go in by, as it was last decided.
    pub fn deposit_to(&self, package: PackageId) -> Option<CompartmentId> {
        let of_it = |o: &&Opening| o.purpose == Purpose::Deposit && o.package == Some(package);
        let newest = self.openings.iter().filter(|(_, o)| of_it(o)).max_by_key(|(id, o)| (o.at, **id));
        newest.map(|(_, o)| o.compartment)
    }

    fn opening(&mut self, opening: OpeningId) -> Result<&mut Opening, String> {
        self.openings.get_mut(&opening).ok_or(format!("{opening} was never decided"))
    }

    fn leave(&mut self, package: PackageId, compartment: CompartmentId) -> Result<(), String> {
        law!(self.packages.get(&package) == Some(&Place::In(compartment)), "{package} left where it was not");
        law!(self.inside.remove(&compartment) == Some(package), "{compartment} gave what it did not hold");
        Ok(())
    }

    /// Every frame had a decision, of this run, fresh and durable at that instant; and no opening had more than one
    /// frame and one retry, the retry only after a no or nothing and with the door shut.
    pub fn frame(&mut self, mut frame: Frame, compartment: CompartmentId) -> Result<(), String> {
        let Some(id) = self.newest.get(&compartment).copied() else {
            return Err(format!("I2: a frame for channel {} was never decided", frame.channel));
        };
        let o = self.opening(id)?;
        law!(o.boot == frame.boot, "I1: a frame was sent in another run than it was decided in");
        law!(frame.at - o.at <= 2_000, "a frame left {} ms after its decision", frame.at - o.at);
        if let Some(first) = o.frames.first() {
            law!(o.frames.len() == 1, "I1: a third frame for {id}");
            law!(
                matches!(first.fate, Fate::Refused | Fate::Lost | Fate::Unanswered),
                "I1: sent again after {:?}",
                first.fate
            );
            law!(!frame.was_open, "I1: sent again to an open door");
        }
        if let Some(durable) = frame.durable.take() {
            let text = id.to_string();
            let held = durable.iter().any(|file| file.windows(text.len()).any(|w| w == text.as_bytes()));
            law!(held, "I2: the decision of {id} was not durable when its frame left");
        }
        o.frames.push(frame);
        self.count("frames");
        Ok(())
    }
}
