//! What is believed of one board's doors. A reading is not yet a door: after silence, a start, or a leap of many
//! doors at once, readings count only when they have agreed for a while, so that a rebooting board that reports all
//! zero never makes packages "picked up".

use super::{AJAR, DEBOUNCE, Door, GRACE, Reading};
use crate::CompartmentId;
use crate::time::{Mono, SECOND};
use std::collections::BTreeMap;

#[derive(Clone, Copy, Debug)]
struct Channel {
    door: Door,
    /// A reading that differs from the door, and since when it has been the same.
    pending: Option<(Reading, Mono)>,
    /// The last believed state, kept over silence: an edge is judged against it.
    last: Option<Reading>,
    alarmed: bool,
    /// What was read last, and how often it changed without a pause.
    raw: Option<Reading>,
    flips: u8,
    flipped: Mono,
}

#[derive(Debug)]
pub(super) struct Board {
    channels: BTreeMap<CompartmentId, Channel>,
    generation: Option<u64>,
    link: Link,
}

/// How far the board's word can be trusted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Link {
    /// Nothing heard since then; `known_away` once the line said so.
    Away {
        known: bool,
    },
    /// Heard, but readings must first agree until `trust_at`.
    Doubted {
        trust_at: Mono,
        leap: bool,
    },
    Trusted,
    /// Most doors read open at once: the board or its settings are wrong, and no word of it counts.
    Implausible,
}

/// This many changes of one door without a pause are a broken sensor or a loose wire.
const FLAPS: u8 = 8;
const FLAP_PAUSE: i64 = 10 * SECOND;

pub(super) enum Edge {
    Opened(CompartmentId),
    Shut(CompartmentId),
    Flapping(CompartmentId),
    Implausible,
}

const UNKNOWN: Channel = Channel {
    door: Door::Unknown,
    pending: None,
    last: None,
    alarmed: false,
    raw: None,
    flips: 0,
    flipped: Mono(0),
};

impl Board {
    pub(super) fn new() -> Board {
        Board { channels: BTreeMap::new(), generation: None, link: Link::Away { known: false } }
    }

    pub(super) fn declare(&mut self, compartments: &[CompartmentId]) {
        self.channels.retain(|c, _| compartments.contains(c));
        for compartment in compartments {
            self.channels.entry(*compartment).or_insert(UNKNOWN);
        }
    }

    pub(super) fn door(&self, compartment: CompartmentId) -> Door {
        self.channels.get(&compartment).map_or(Door::Unknown, |c| c.door)
    }

    /// The port's generation, while the board answers.
    pub(super) fn generation(&self) -> Option<u64> {
        self.generation
    }

    pub(super) fn online(&self) -> bool {
        matches!(self.link, Link::Doubted { .. } | Link::Trusted)
    }

    pub(super) fn settled(&self) -> bool {
        matches!(self.link, Link::Trusted | Link::Implausible | Link::Away { known: true })
    }

    /// Does a single reading count?
    pub(super) fn trusted(&self) -> bool {
        self.link == Link::Trusted
    }

    pub(super) fn up(&mut self, generation: u64) {
        self.generation = Some(generation);
    }

    pub(super) fn away(&mut self, lost: bool) {
        if lost {
            self.generation = None;
        }
        self.link = Link::Away { known: true };
        for channel in self.channels.values_mut() {
            channel.door = Door::Unknown;
            channel.pending = None;
            channel.raw = None;
        }
    }

    /// An opening saw its door open: believed at once.
    pub(super) fn force_open(&mut self, compartment: CompartmentId, now: Mono) {
        if let Some(channel) = self.channels.get_mut(&compartment) {
            if !matches!(channel.door, Door::Open { .. }) {
                channel.door = Door::Open { since: now };
            }
            channel.last = Some(Reading::Open);
            channel.pending = None;
        }
    }

    /// Takes a status answer. `expected` are doors an opening explains.
    pub(super) fn read(
        &mut self,
        doors: &[(CompartmentId, Reading)],
        expected: &[CompartmentId],
        now: Mono,
    ) -> Vec<Edge> {
        if let Link::Away { .. } = self.link {
            self.link = Link::Doubted { trust_at: now.plus(GRACE), leap: false };
        }
        let mut edges = Vec::new();
        self.note(doors, expected, now, &mut edges);
        if self.link == Link::Trusted && self.leaps(expected) {
            self.link = Link::Doubted { trust_at: now.plus(3 * GRACE), leap: true };
        }
        if self.link == Link::Implausible {
            if self.found_mostly_open(expected) {
                return edges;
            }
            self.link = Link::Doubted { trust_at: now.plus(GRACE), leap: false };
        }
        if let Link::Doubted { trust_at, leap } = self.link {
            let agreed = self
                .channels
                .values()
                .all(|c| c.pending.is_none_or(|(_, since)| now.since(since) >= DEBOUNCE) && c.heard());
            // Nothing has changed over a short silence: there is nothing to doubt.
            let unchanged = !leap && self.channels.values().all(Channel::as_before);
            if !agreed || (now < trust_at && !unchanged) {
                return edges;
            }
            if self.found_mostly_open(expected) {
                self.link = Link::Implausible;
                self.channels.values_mut().for_each(Channel::forget);
                edges.push(Edge::Implausible);
                return edges;
            }
            self.link = Link::Trusted;
            if leap && self.leaps(expected) {
                edges.push(Edge::Implausible);
                self.believe(now, |_, _| ());
                return edges;
            }
        }
        self.believe(now, |compartment, reading| {
            edges.push(match reading {
                Reading::Open => Edge::Opened(compartment),
                Reading::Closed => Edge::Shut(compartment),
            });
        });
        edges
    }

    /// Keeps what was read beside what is believed.
    fn note(
        &mut self,
        doors: &[(CompartmentId, Reading)],
        expected: &[CompartmentId],
        now: Mono,
        edges: &mut Vec<Edge>,
    ) {
        for (compartment, reading) in doors {
            let Some(channel) = self.channels.get_mut(compartment) else { continue };
            if channel.flips(*reading, now) && !expected.contains(compartment) {
                edges.push(Edge::Flapping(*compartment));
            }
            let believed = match channel.door {
                Door::Unknown => None,
                Door::Closed { .. } => Some(Reading::Closed),
                Door::Open { .. } => Some(Reading::Open),
            };
            channel.pending = match channel.pending {
                _ if believed == Some(*reading) => None,
                Some((same, since)) if same == *reading => Some((same, since)),
                _ => Some((*reading, now)),
            };
        }
    }

    /// Three doors and at least half of all change at once without an opening: a board says so, doors don't.
    fn leaps(&self, expected: &[CompartmentId]) -> bool {
        let changed = self
            .channels
            .iter()
            .filter(|(c, ch)| ch.pending.is_some() && ch.door != Door::Unknown && !expected.contains(c));
        let changed = changed.count();
        changed >= 3 && changed * 2 >= self.channels.len()
    }

    fn found_mostly_open(&self, expected: &[CompartmentId]) -> bool {
        let open = self.channels.iter().filter(|(c, ch)| {
            matches!(ch.pending, Some((Reading::Open, _)))
                && ch.last != Some(Reading::Open)
                && !expected.contains(c)
        });
        let open = open.count();
        open >= 3 && open * 2 >= self.channels.len()
    }

    /// Believes every reading that has stood long enough, and tells each edge.
    fn believe(&mut self, now: Mono, mut edge: impl FnMut(CompartmentId, Reading)) {
        for (compartment, channel) in &mut self.channels {
            let Some((reading, since)) = channel.pending else { continue };
            if now.since(since) < DEBOUNCE {
                continue;
            }
            channel.pending = None;
            channel.alarmed = false;
            channel.door = match reading {
                Reading::Open => Door::Open { since },
                Reading::Closed => Door::Closed { since },
            };
            // A door found shut again is told always: an opening may wait for it. A door found as open as it was
            // before a silence is no new edge.
            if reading == Reading::Closed || channel.last != Some(Reading::Open) {
                edge(*compartment, reading);
            }
            channel.last = Some(reading);
        }
    }

    /// Doors that have just been open too long, once each.
    pub(super) fn ajar(&mut self, now: Mono) -> Vec<CompartmentId> {
        let mut found = Vec::new();
        for (compartment, channel) in &mut self.channels {
            if let Door::Open { since } = channel.door
                && !channel.alarmed
                && now.since(since) >= AJAR
            {
                channel.alarmed = true;
                found.push(*compartment);
            }
        }
        found
    }
}

impl Channel {
    /// No longer believes its door, but keeps what is read.
    fn forget(&mut self) {
        let read = match self.door {
            Door::Unknown => None,
            Door::Open { since } => Some((Reading::Open, since)),
            Door::Closed { since } => Some((Reading::Closed, since)),
        };
        self.pending = self.pending.or(read);
        self.door = Door::Unknown;
    }

    /// Has this reading been changing for so long that it means nothing? True once.
    fn flips(&mut self, reading: Reading, now: Mono) -> bool {
        if self.raw.replace(reading).is_none_or(|raw| raw == reading) {
            return false;
        }
        if now.since(self.flipped) > FLAP_PAUSE {
            self.flips = 0;
        }
        self.flipped = now;
        self.flips = self.flips.saturating_add(1);
        self.flips == FLAPS
    }

    fn as_before(&self) -> bool {
        self.pending.is_none_or(|(reading, _)| self.last == Some(reading))
    }

    /// Is there any word of this door since the board was last away?
    fn heard(&self) -> bool {
        self.pending.is_some() || self.door != Door::Unknown
    }
}
