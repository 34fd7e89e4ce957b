//! One opening as the door loop holds it in memory. The log holds the same facts for after a restart.

use super::{DEBOUNCE, Reading};
use crate::CompartmentId;
use crate::time::Mono;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Phase {
    /// Durable, and handed to the line.
    Journaled,
    Sent,
    Acknowledged,
    Open,
    /// It did not open in time; until then an opening door still is this opening's.
    NotOpened {
        until: Mono,
    },
    /// Bytes left and nobody could see. Settled only by a reading.
    Unknown,
    /// Found unsettled at start: the sensor is asked, nothing is sent.
    Recovering,
}

impl Phase {
    /// Must another opening of this door wait?
    pub(super) fn under_way(self) -> bool {
        matches!(self, Phase::Journaled | Phase::Sent | Phase::Acknowledged | Phase::Open | Phase::Recovering)
    }
    /// Does an open door settle it?
    pub(super) fn awaits_open(self) -> bool {
        matches!(
            self,
            Phase::Sent | Phase::Acknowledged | Phase::NotOpened { .. } | Phase::Unknown | Phase::Recovering
        )
    }
    /// Is an open door no alarm because of it?
    pub(super) fn explains_open(self) -> bool {
        self == Phase::Open || self.awaits_open()
    }
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Live {
    pub compartment: CompartmentId,
    pub phase: Phase,
    pub authorised: Mono,
    /// When the last frame's last byte left.
    pub sent: Mono,
    pub attempts: u8,
    /// The last reading of the door since this opening began.
    pub read: Option<(Reading, Mono)>,
    /// Since when every reading has said open.
    pub open_since: Option<Mono>,
    /// The board was well after the pulse: it answered.
    pub acknowledged: bool,
    /// For a while since the frame the board's word did not count: the door may have opened and shut unseen.
    pub blind: bool,
    /// The board said no or nothing: one retry may follow a reading that still says closed.
    pub retry_since: Option<Mono>,
}

impl Live {
    pub(super) fn new(compartment: CompartmentId, now: Mono, phase: Phase) -> Live {
        Live {
            compartment,
            phase,
            authorised: now,
            sent: now,
            attempts: 0,
            read: None,
            open_since: None,
            acknowledged: false,
            blind: false,
            retry_since: None,
        }
    }

    /// Takes a reading of its door. Is the door open now? The first good reading counts, as the person stands there;
    /// but not of a board that just now can't be trusted, and only one that lasts of a board that said nothing after
    /// the pulse: it may have restarted from it, and then reads all alike.
    pub(super) fn believes(&mut self, reading: Reading, trusted: bool, now: Mono) -> bool {
        self.open_since = (reading == Reading::Open).then(|| self.open_since.unwrap_or(now));
        if !trusted {
            self.blind |= matches!(self.phase, Phase::Sent | Phase::Acknowledged);
            return false;
        }
        self.read = Some((reading, now));
        self.open_since.is_some_and(|since| self.acknowledged || now.since(since) >= DEBOUNCE)
    }
}
