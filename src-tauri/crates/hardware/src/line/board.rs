//! What the line remembers of one board: how to ask it, when next, and whether it answers. Pure but
//! for the time that is passed in; it must never do I/O.

use std::time::{Duration, Instant};

use super::{BoardSettings, DoorReading, StatusOrder};
use crate::boards::Query;

/// From the start of one sweep to the start of the next.
const SWEEP: Duration = Duration::from_millis(175);
/// The least rest after a sweep, however long it took; lets a late answer pass.
const REST: Duration = Duration::from_millis(75);
/// The rest after a missed answer, so that a late one is not taken for the next.
const AFTER_MISS: Duration = Duration::from_millis(250);
/// A silent board costs its neighbours a time-out each time it is asked, so it is asked rarely.
const SILENT_PAUSE: [Duration; 3] = [Duration::from_secs(1), Duration::from_secs(2), Duration::from_secs(4)];
const MISSES_TO_SILENT: u32 = 3;

pub(super) struct Board {
    pub settings: BoardSettings,
    /// When the next sweep question is due.
    pub due: Instant,
    /// "State of all" does not work here: ask each channel.
    singles: bool,
    /// Sweep questions missed since "state of all" last worked.
    all_missed: u32,
    missed: u32,
    answering: Option<bool>,
    began: Instant,
    cursor: usize,
}

impl Board {
    pub fn new(settings: BoardSettings, now: Instant) -> Self {
        let singles = settings.status_order.is_none();
        Self { settings, due: now, singles, all_missed: 0, missed: 0, answering: None, began: now, cursor: 0 }
    }

    /// The port was opened again: nothing is known of this board.
    pub fn reset(&mut self, now: Instant) {
        *self = Self::new(self.settings.clone(), now);
    }

    pub fn is_silent(&self) -> bool {
        self.answering == Some(false)
    }

    /// The next question of the sweep.
    pub fn question(&mut self, now: Instant) -> Query {
        let count = self.settings.channels.len();
        if self.cursor == 0 {
            self.began = now;
        }
        match self.settings.channels.get(self.cursor % count.max(1)) {
            Some(&channel) if self.singles || self.tries_single() => Query::One(channel),
            _ => Query::All,
        }
    }

    /// After three missed "state of all" one single question tells a board that knows no such thing
    /// from one that is off.
    fn tries_single(&self) -> bool {
        self.all_missed % 4 == 3
    }

    /// The sweep's question was answered.
    pub fn swept(&mut self, query: Query, now: Instant) {
        if query == Query::All {
            self.all_missed = 0;
        } else {
            if !self.singles {
                tracing::info!(
                    board = self.settings.board,
                    "no state of all from this board, asking each channel"
                );
                self.singles = true;
            }
            self.cursor += 1;
            if self.cursor < self.settings.channels.len() {
                self.due = now;
                return;
            }
        }
        self.cursor = 0;
        self.due = (self.began + SWEEP).max(now + REST);
    }

    /// The sweep's question was not answered; true if the board is silent from now on.
    pub fn unswept(&mut self, query: Query, now: Instant) -> bool {
        if self.singles {
            // One channel the board does not have must not keep the others from being asked.
            self.cursor = (self.cursor + 1) % self.settings.channels.len().max(1);
        } else {
            self.all_missed += 1;
            if query == Query::All && self.tries_single() && !self.is_silent() {
                self.due = now;
                return false;
            }
        }
        self.unheard(now)
    }

    /// The board gave a status; true if it had not before.
    pub fn heard(&mut self) -> bool {
        self.missed = 0;
        self.answering.replace(true) != Some(true)
    }

    /// The board gave no status when asked; true if it is silent from now on.
    pub fn unheard(&mut self, now: Instant) -> bool {
        self.missed = self.missed.saturating_add(1);
        if self.missed < MISSES_TO_SILENT {
            self.due = now + AFTER_MISS;
            return false;
        }
        let pause = usize::try_from(self.missed - MISSES_TO_SILENT).unwrap_or(usize::MAX);
        self.due = now + SILENT_PAUSE[pause.min(SILENT_PAUSE.len() - 1)];
        self.answering.replace(false) != Some(false)
    }

    pub fn reading(&self, bit: u8) -> DoorReading {
        DoorReading::from_bit(bit, self.settings.closed_bit)
    }

    /// The doors in use, out of the status bytes of the whole board.
    pub fn readings(&self, status: &[u8]) -> Vec<(u8, DoorReading)> {
        let Some(order) = self.settings.status_order else { return Vec::new() };
        let bit = |channel: u8| {
            let index = usize::from(channel.checked_sub(1)?);
            let byte = match order {
                StatusOrder::FirstByteFirst => status.get(index / 8)?,
                StatusOrder::LastByteFirst => status.iter().rev().nth(index / 8)?,
            };
            Some(byte >> (index % 8) & 1)
        };
        let channels = self.settings.channels.iter();
        channels.filter_map(|&channel| Some((channel, self.reading(bit(channel)?)))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn board(status_order: Option<StatusOrder>) -> Board {
        let settings = BoardSettings { board: 1, channels: vec![1, 2, 9, 24], closed_bit: 0, status_order };
        Board::new(settings, Instant::now())
    }

    #[test]
    fn the_order_of_status_bytes_is_a_setting() {
        let open = |board: Board, status: &[u8]| -> Vec<u8> {
            let readings = board.readings(status).into_iter();
            readings
                .filter(|(_, reading)| *reading == DoorReading::Open)
                .map(|(channel, _)| channel)
                .collect()
        };
        // Hardware.md 1.3: "80 01 00 00 02 33 B0" is lock 2 where the last byte holds channels 1 to 8.
        assert_eq!(open(board(Some(StatusOrder::LastByteFirst)), &[0, 0, 2]), [2]);
        assert_eq!(open(board(Some(StatusOrder::FirstByteFirst)), &[2, 1, 0x80]), [2, 9, 24]);
        assert_eq!(open(board(None), &[2, 1, 0x80]), [0u8; 0]);
    }

    #[test]
    fn channels_beyond_the_reply_have_no_reading() {
        let board = board(Some(StatusOrder::FirstByteFirst));
        assert_eq!(board.readings(&[0, 0]).len(), 3);
    }

    #[test]
    fn without_an_order_every_channel_is_asked() {
        let now = Instant::now();
        let mut board = board(None);
        for channel in [1, 2, 9, 24] {
            let query = board.question(now);
            assert_eq!(query, Query::One(channel));
            board.swept(query, now);
        }
        assert!(board.due > now);
    }

    #[test]
    fn a_board_without_state_of_all_is_asked_singly_and_never_called_silent() {
        let now = Instant::now();
        let mut board = board(Some(StatusOrder::FirstByteFirst));
        for _ in 0..3 {
            let query = board.question(now);
            assert_eq!(query, Query::All);
            assert!(!board.unswept(query, now));
        }
        let query = board.question(now);
        assert_eq!(query, Query::One(1));
        assert!(board.heard());
        board.swept(query, now);
        assert_eq!(board.question(now), Query::One(2));
    }

    #[test]
    fn silence_is_told_once_and_asked_after_ever_more_rarely() {
        let now = Instant::now();
        let mut board = board(None);
        let told: Vec<bool> = (0..6).map(|_| board.unswept(Query::One(1), now)).collect();
        assert_eq!(told, [false, false, true, false, false, false]);
        assert_eq!(board.due, now + Duration::from_secs(4));
        assert!(board.heard());
        assert!(!board.heard());
    }

    #[test]
    fn all_then_single_missed_is_silence() {
        let now = Instant::now();
        let mut board = board(Some(StatusOrder::FirstByteFirst));
        let told: Vec<bool> = (0..4)
            .map(|_| {
                let query = board.question(now);
                board.unswept(query, now)
            })
            .collect();
        assert_eq!(told, [false, false, false, true]);
    }
}
