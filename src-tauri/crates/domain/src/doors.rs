//! The door loop's mind: what every door is doing, and what comes of each opening.
//!
//! Sans-I/O: inputs and the monotonic time go in, effects come out, to be carried out in their order. An effect
//! after a `Record` may only be carried out when that record is durable; if it can't be made durable, the rest is
//! dropped and no byte leaves. Never sends for an opening twice but for one retry in the same act, never after a
//! re-open of the port or a deadline, and never believes an acknowledgement to be an open door.

mod board;
mod opening;
#[cfg(test)]
mod tests;

use crate::event::{AlarmKind, NotOpened, Unknown};
use crate::time::{MINUTE, Mono, SECOND};
use crate::{BankId, CompartmentId, OpeningId};
use board::Board;
use opening::{Live, Phase};
use std::collections::BTreeMap;

/// From authorisation to the last moment a frame may leave.
pub const SEND_WITHIN: i64 = 2 * SECOND;
/// After the frame, how long a door has to be seen open.
pub const OPEN_WITHIN: i64 = 2_500;
/// After the frame, how long a reading may be missing before "we can't tell".
pub const READ_WITHIN: i64 = 4 * SECOND;
/// After "it did not open", how long an opening door still belongs to that opening: people push and pull.
pub const LATE_OPEN: i64 = 10 * SECOND;
/// A door must read the same for this long before an edge without an opening, or a shut door, is believed.
pub const DEBOUNCE: i64 = 200;
/// After silence, a restart or a leap of many doors at once, how long readings must agree before they are believed.
pub const GRACE: i64 = SECOND;
/// A door open this long is an alarm.
pub const AJAR: i64 = 5 * MINUTE;
/// Failed openings in a row that make a door suspect.
pub const SUSPECT_AFTER: u8 = 2;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    Open,
    Closed,
}

/// A door as it is known now. Silence makes it unknown: the last known state is not the present one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Door {
    Unknown,
    Closed { since: Mono },
    Open { since: Mono },
}

/// A decided opening, already durable in the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Begin {
    pub opening: OpeningId,
    pub compartment: CompartmentId,
    pub authorised: Mono,
}

/// How far an opening had come when the program stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unsettled {
    /// A frame may have left; nobody saw the door.
    NotSeen,
    /// The door was seen open.
    SeenOpen,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    Begin(Begin),
    /// After a start: an opening that was not settled. Never sends.
    Recover {
        opening: OpeningId,
        compartment: CompartmentId,
        unsettled: Unsettled,
    },
    LineUp {
        bank: BankId,
        generation: u64,
    },
    LineDown {
        bank: BankId,
    },
    BoardSilent {
        bank: BankId,
    },
    Readings {
        bank: BankId,
        generation: u64,
        doors: Vec<(CompartmentId, Reading)>,
    },
    Progress {
        opening: OpeningId,
        progress: Progress,
    },
    Tick,
}

/// What the line says of an unlock frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    NotSent(NotOpened),
    Sent,
    Acknowledged(Option<Reading>),
    /// The board said no.
    Refused,
    NoAnswer,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Effect {
    /// Make this durable before the next effect.
    Record(Fact),
    /// Hand the unlock frame to the line. It must leave before `deadline` on this `generation`, or never.
    Transmit { opening: OpeningId, compartment: CompartmentId, generation: u64, deadline: Mono },
    /// Read this door often, or no longer.
    Watch { compartment: CompartmentId, on: bool },
}

#[derive(Clone, Debug, PartialEq)]
pub enum Fact {
    Sent { opening: OpeningId, attempt: u8 },
    Acknowledged { opening: OpeningId },
    Opened { opening: OpeningId, recovered: bool },
    NotOpened { opening: OpeningId, why: NotOpened },
    Unknown { opening: OpeningId, why: Unknown },
    Closed { opening: OpeningId },
    Suspect { compartment: CompartmentId, suspect: bool },
    Alarm { alarm: AlarmKind, bank: BankId, compartment: Option<CompartmentId> },
    BankOffline { bank: BankId },
}

impl Fact {
    /// The opening it is about, if it is about one.
    pub fn opening(&self) -> Option<OpeningId> {
        match self {
            Fact::Sent { opening, .. }
            | Fact::Acknowledged { opening }
            | Fact::Opened { opening, .. }
            | Fact::NotOpened { opening, .. }
            | Fact::Unknown { opening, .. }
            | Fact::Closed { opening } => Some(*opening),
            Fact::Suspect { .. } | Fact::Alarm { .. } | Fact::BankOffline { .. } => None,
        }
    }
}

/// All doors and all openings of a node.
#[derive(Debug, Default)]
pub struct Doors {
    boards: BTreeMap<BankId, Board>,
    places: BTreeMap<CompartmentId, BankId>,
    live: BTreeMap<OpeningId, Live>,
    failures: BTreeMap<CompartmentId, u8>,
}

impl Doors {
    /// A bank and its doors, as declared. Declaring again keeps what is known of doors that stay.
    pub fn declare(&mut self, bank: BankId, compartments: &[CompartmentId]) {
        self.places.retain(|_, place| *place != bank);
        self.places.extend(compartments.iter().map(|c| (*c, bank)));
        self.boards.entry(bank).or_insert_with(Board::new).declare(compartments);
    }

    pub fn door(&self, compartment: CompartmentId) -> Door {
        self.board_of(compartment).map_or(Door::Unknown, |board| board.door(compartment))
    }

    /// Can this bank be asked to open a door now?
    pub fn online(&self, bank: BankId) -> bool {
        self.boards.get(&bank).is_some_and(Board::online)
    }

    /// Have all banks either given trusted readings or been found away?
    pub fn settled(&self) -> bool {
        self.boards.values().all(Board::settled)
    }

    pub fn banks(&self) -> impl Iterator<Item = BankId> {
        self.boards.keys().copied()
    }

    pub fn compartments(&self) -> impl Iterator<Item = CompartmentId> {
        self.places.keys().copied()
    }

    /// Is an opening of this compartment under way?
    pub fn busy(&self, compartment: CompartmentId) -> bool {
        self.live.values().any(|l| l.compartment == compartment && l.phase.under_way())
    }

    fn board_of(&self, compartment: CompartmentId) -> Option<&Board> {
        self.boards.get(self.places.get(&compartment)?)
    }

    pub fn step(&mut self, input: Input, now: Mono) -> Vec<Effect> {
        let mut effects = Vec::new();
        match input {
            Input::Begin(begin) => self.begin(begin, now, &mut effects),
            Input::Recover { opening, compartment, unsettled } => {
                let phase = match unsettled {
                    Unsettled::NotSeen => Phase::Recovering,
                    Unsettled::SeenOpen => Phase::Open,
                };
                self.live.insert(opening, Live::new(compartment, now, phase));
                effects.push(Effect::Watch { compartment, on: true });
            }
            Input::LineUp { bank, generation } => {
                if let Some(board) = self.boards.get_mut(&bank) {
                    board.up(generation);
                }
            }
            Input::LineDown { bank } => self.away(bank, true, &mut effects),
            Input::BoardSilent { bank } => self.away(bank, false, &mut effects),
            Input::Readings { bank, generation, doors } => {
                self.readings(bank, generation, &doors, now, &mut effects);
            }
            Input::Progress { opening, progress } => self.progress(opening, progress, now, &mut effects),
            Input::Tick => {}
        }
        self.time_passed(now, &mut effects);
        effects
    }

    fn begin(&mut self, begin: Begin, now: Mono, effects: &mut Vec<Effect>) {
        let Begin { opening, compartment, authorised } = begin;
        let generation = self.board_of(compartment).filter(|b| b.online()).and_then(Board::generation);
        let refused = match generation {
            None => Some(NotOpened::Offline),
            Some(_) if now.since(authorised) >= SEND_WITHIN => Some(NotOpened::TooLate),
            Some(_) => None,
        };
        if let Some(why) = refused {
            effects.push(Effect::Record(Fact::NotOpened { opening, why }));
            return;
        }
        // Whoever acts anew ends what a failed try on this door still waited for.
        self.live.retain(|_, l| l.compartment != compartment || l.phase.under_way());
        let live = Live { authorised, ..Live::new(compartment, now, Phase::Journaled) };
        self.live.insert(opening, live);
        effects.push(Effect::Transmit {
            opening,
            compartment,
            generation: generation.unwrap_or_default(),
            deadline: authorised.plus(SEND_WITHIN),
        });
        effects.push(Effect::Watch { compartment, on: true });
    }

    fn progress(&mut self, opening: OpeningId, progress: Progress, now: Mono, effects: &mut Vec<Effect>) {
        let Some(live) = self.live.get_mut(&opening) else { return };
        let compartment = live.compartment;
        match progress {
            Progress::NotSent(why) if live.attempts == 0 && live.phase == Phase::Journaled => {
                self.end(opening, effects, Fact::NotOpened { opening, why });
            }
            // A retry that did not leave: the first frame's outcome stands.
            Progress::NotSent(_) => {}
            Progress::Sent if matches!(live.phase, Phase::Journaled | Phase::Sent) => {
                live.attempts += 1;
                live.sent = now;
                live.phase = Phase::Sent;
                effects.push(Effect::Record(Fact::Sent { opening, attempt: live.attempts }));
            }
            Progress::Acknowledged(reading) if live.phase == Phase::Sent => {
                live.phase = Phase::Acknowledged;
                live.acknowledged = true;
                effects.push(Effect::Record(Fact::Acknowledged { opening }));
                if reading == Some(Reading::Open) && self.board_of(compartment).is_some_and(Board::trusted) {
                    self.seen_open(opening, compartment, now, effects);
                }
            }
            Progress::Refused | Progress::NoAnswer if live.phase == Phase::Sent && live.attempts == 1 => {
                live.retry_since = Some(now);
            }
            Progress::Sent | Progress::Acknowledged(_) | Progress::Refused | Progress::NoAnswer => {}
        }
    }

    fn readings(
        &mut self,
        bank: BankId,
        generation: u64,
        doors: &[(CompartmentId, Reading)],
        now: Mono,
        effects: &mut Vec<Effect>,
    ) {
        let Some(board) = self.boards.get(&bank).filter(|b| b.generation() == Some(generation)) else {
            return;
        };
        let was_online = board.online();
        let expected: Vec<CompartmentId> =
            self.live.values().filter(|l| l.phase.explains_open()).map(|l| l.compartment).collect();
        let asked = self.live.values().any(|l| {
            matches!(l.phase, Phase::Sent | Phase::Acknowledged)
                && self.places.get(&l.compartment) == Some(&bank)
        });
        let Some(board) = self.boards.get_mut(&bank) else { return };
        let edges = board.read(doors, &expected, now);
        let (trusted, online) = (board.trusted(), board.online());
        for (compartment, reading) in doors {
            let waiting =
                self.live.iter_mut().find(|(_, l)| l.compartment == *compartment && l.phase.awaits_open());
            if let Some((opening, live)) = waiting {
                let opening = *opening;
                if live.believes(*reading, trusted, now) {
                    self.seen_open(opening, *compartment, now, effects);
                }
            }
        }
        if was_online && !online {
            effects.push(Effect::Record(Fact::BankOffline { bank }));
        }
        for edge in edges {
            match edge {
                board::Edge::Flapping(compartment) => {
                    effects.push(Effect::Record(Fact::Suspect { compartment, suspect: true }));
                }
                board::Edge::Shut(compartment) => self.seen_shut(compartment, effects),
                board::Edge::Opened(compartment) => self.opened_unasked(bank, compartment, asked, effects),
                board::Edge::Implausible => effects.push(Effect::Record(Fact::Alarm {
                    alarm: AlarmKind::Implausible,
                    bank,
                    compartment: None,
                })),
            }
        }
    }

    fn seen_open(
        &mut self,
        opening: OpeningId,
        compartment: CompartmentId,
        now: Mono,
        effects: &mut Vec<Effect>,
    ) {
        let Some(live) = self.live.get_mut(&opening) else { return };
        let recovered = matches!(live.phase, Phase::Recovering | Phase::Unknown);
        live.phase = Phase::Open;
        if let Some(board) = self.places.get(&compartment).and_then(|bank| self.boards.get_mut(bank)) {
            board.force_open(compartment, now);
        }
        effects.push(Effect::Record(Fact::Opened { opening, recovered }));
        if self.failures.remove(&compartment).is_some_and(|n| n >= SUSPECT_AFTER) {
            effects.push(Effect::Record(Fact::Suspect { compartment, suspect: false }));
        }
    }

    fn seen_shut(&mut self, compartment: CompartmentId, effects: &mut Vec<Effect>) {
        let of_door = |l: &Live| l.compartment == compartment;
        let open: Vec<OpeningId> = self
            .live
            .iter()
            .filter(|(_, l)| of_door(l) && l.phase == Phase::Open)
            .map(|(id, _)| *id)
            .collect();
        for opening in open {
            self.end(opening, effects, Fact::Closed { opening });
        }
        let recovering: Vec<OpeningId> = self
            .live
            .iter()
            .filter(|(_, l)| of_door(l) && l.phase == Phase::Recovering)
            .map(|(id, _)| *id)
            .collect();
        for opening in recovering {
            self.end(opening, effects, Fact::Unknown { opening, why: Unknown::Restart });
        }
        // After the line came back: it is shut, so whether it had opened stays unknown for good.
        self.live.retain(|_, l| !(of_door(l) && l.phase == Phase::Unknown));
    }

    fn opened_unasked(
        &self,
        bank: BankId,
        compartment: CompartmentId,
        asked: bool,
        effects: &mut Vec<Effect>,
    ) {
        let explained = self.live.values().any(|l| l.compartment == compartment && l.phase.explains_open());
        if explained {
            return;
        }
        let alarm = if asked { AlarmKind::WrongDoor } else { AlarmKind::Forced };
        effects.push(Effect::Record(Fact::Alarm { alarm, bank, compartment: Some(compartment) }));
    }

    fn away(&mut self, bank: BankId, lost: bool, effects: &mut Vec<Effect>) {
        let Some(board) = self.boards.get_mut(&bank) else { return };
        let was_online = board.online();
        board.away(lost);
        let of_bank =
            |places: &BTreeMap<CompartmentId, BankId>, l: &Live| places.get(&l.compartment) == Some(&bank);
        for (opening, live) in &mut self.live {
            let sent = matches!(live.phase, Phase::Sent | Phase::Acknowledged);
            if !sent || !of_bank(&self.places, live) {
                continue;
            }
            live.blind = true;
            // Bytes have left and the door can't be asked: nobody can tell.
            if lost {
                live.phase = Phase::Unknown;
                effects.push(Effect::Record(Fact::Unknown { opening: *opening, why: Unknown::LineLost }));
            }
        }
        if was_online {
            effects.push(Effect::Record(Fact::BankOffline { bank }));
        }
    }

    fn time_passed(&mut self, now: Mono, effects: &mut Vec<Effect>) {
        let ids: Vec<OpeningId> = self.live.keys().copied().collect();
        for opening in ids {
            let Some(live) = self.live.get_mut(&opening) else { continue };
            let compartment = live.compartment;
            match live.phase {
                Phase::Sent | Phase::Acknowledged => {
                    let fresh = live.read.filter(|(_, at)| *at > live.sent);
                    if let (Some(since), Some((Reading::Closed, at))) = (live.retry_since, fresh)
                        && at > since
                        && live.attempts == 1
                        && !live.blind
                        && now.since(live.authorised) < SEND_WITHIN
                        && let Some(generation) = self
                            .places
                            .get(&compartment)
                            .and_then(|b| self.boards.get(b))
                            .and_then(Board::generation)
                    {
                        live.retry_since = None;
                        let deadline = live.authorised.plus(SEND_WITHIN);
                        effects.push(Effect::Transmit { opening, compartment, generation, deadline });
                        continue;
                    }
                    let waited = now.since(live.sent);
                    match fresh {
                        Some((Reading::Closed, _)) if waited >= OPEN_WITHIN && live.blind => {
                            live.phase = Phase::Unknown;
                            effects.push(Effect::Record(Fact::Unknown { opening, why: Unknown::NoReading }));
                        }
                        Some((Reading::Closed, _)) if waited >= OPEN_WITHIN => {
                            let why = if live.phase == Phase::Acknowledged {
                                NotOpened::Jammed
                            } else {
                                NotOpened::NoAnswer
                            };
                            live.phase = Phase::NotOpened { until: now.plus(LATE_OPEN) };
                            effects.push(Effect::Record(Fact::NotOpened { opening, why }));
                            let failures = self.failures.entry(compartment).or_default();
                            *failures = failures.saturating_add(1);
                            if *failures == SUSPECT_AFTER {
                                effects.push(Effect::Record(Fact::Suspect { compartment, suspect: true }));
                            }
                        }
                        None if waited >= READ_WITHIN => {
                            live.phase = Phase::Unknown;
                            effects.push(Effect::Record(Fact::Unknown { opening, why: Unknown::NoReading }));
                        }
                        _ => {}
                    }
                }
                Phase::NotOpened { until } if now >= until => {
                    self.live.remove(&opening);
                    effects.push(Effect::Watch { compartment, on: false });
                }
                // Long after the frame the door reads closed: it is settled as unknown.
                Phase::Unknown
                    if now.since(live.sent) >= LATE_OPEN
                        && live
                            .read
                            .is_some_and(|(reading, at)| reading == Reading::Closed && at > live.sent) =>
                {
                    self.live.remove(&opening);
                    effects.push(Effect::Watch { compartment, on: false });
                }
                // The line never said what became of the frame.
                Phase::Journaled if now.since(live.authorised) >= SEND_WITHIN + READ_WITHIN => {
                    live.phase = Phase::Unknown;
                    effects.push(Effect::Record(Fact::Unknown { opening, why: Unknown::NoReading }));
                }
                Phase::Journaled
                | Phase::Open
                | Phase::Recovering
                | Phase::Unknown
                | Phase::NotOpened { .. } => {}
            }
        }
        for (bank, board) in &mut self.boards {
            for compartment in board.ajar(now) {
                let alarm = AlarmKind::Ajar;
                effects.push(Effect::Record(Fact::Alarm {
                    alarm,
                    bank: *bank,
                    compartment: Some(compartment),
                }));
            }
        }
    }

    fn end(&mut self, opening: OpeningId, effects: &mut Vec<Effect>, fact: Fact) {
        effects.push(Effect::Record(fact));
        if let Some(live) = self.live.remove(&opening) {
            effects.push(Effect::Watch { compartment: live.compartment, on: false });
        }
    }
}
