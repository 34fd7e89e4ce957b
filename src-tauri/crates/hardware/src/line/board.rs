//! What the line remembers of one board: how to ask it, when next, and whether it answers. Pure but
//! for the time that is passed in; it must never do I/O.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use super::{BoardSettings, DoorReading, LineEvent, Mismatch, StatusOrder};
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

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    New,
    Answers,
    Silent,
    Wrong(Mismatch),
}

pub(super) struct Board {
    pub settings: BoardSettings,
    /// When the next sweep question is due.
    pub due: Instant,
    /// "State of all" does not work here: ask each channel.
    singles: bool,
    /// Sweep questions missed since "state of all" last worked.
    all_missed: u32,
    missed: u32,
    standing: Standing,
    /// Since the last good answer there was one of another board.
    suspicion: Option<Mismatch>,
    /// Questions missed in a row by each channel that is asked alone, while others answered.
    absent: BTreeMap<u8, u32>,
    /// The length of "state of all", which tells boards apart; also after a re-opening. The second
    /// number says how often in a row it was seen.
    size: Option<(usize, u32)>,
    began: Instant,
    cursor: usize,
}

impl Board {
    pub fn new(settings: BoardSettings, now: Instant) -> Self {
        let singles = settings.status_order.is_none();
        Self {
            settings,
            due: now,
            singles,
            all_missed: 0,
            missed: 0,
            standing: Standing::New,
            suspicion: None,
            absent: BTreeMap::new(),
            size: None,
            began: now,
            cursor: 0,
        }
    }

    /// The port was opened again: nothing is known of this board, but what it must look like.
    pub fn reset(&mut self, now: Instant) {
        *self = Self { size: self.size, ..Self::new(self.settings.clone(), now) };
    }

    /// Silent or wrong.
    pub fn is_away(&self) -> bool {
        self.standing == Standing::Silent || self.is_wrong()
    }

    pub fn is_wrong(&self) -> bool {
        matches!(self.standing, Standing::Wrong(_))
    }

    /// Wrong, or after one answer of another size, which the next two will confirm or not.
    pub fn opens_nothing(&self) -> bool {
        use Mismatch as M;
        self.is_wrong() || matches!(self.suspicion, Some(M::TooFewChannels { .. } | M::Exchanged { .. }))
    }

    pub fn answers(&self) -> bool {
        self.standing == Standing::Answers
    }

    /// Will one more missed answer make it silent, with nothing known of another board yet?
    pub fn falls_silent(&self) -> bool {
        self.missed + 1 >= MISSES_TO_SILENT && self.suspicion.is_none()
    }

    /// Something that is not this board answered.
    pub fn suspect(&mut self, why: Mismatch) {
        self.suspicion = Some(why);
    }

    /// Is this "state of all" that of the board in the settings?
    pub fn accepts(&mut self, status: &[u8]) -> bool {
        let (size, has) = (status.len(), status.len() * 8);
        let needed = self.settings.channels.iter().copied().max().unwrap_or(0);
        match self.size {
            Some((known, 2..)) if known != size => {
                self.suspect(Mismatch::Exchanged { had: known * 8, has });
                return false;
            }
            Some((known, times)) if known == size => self.size = Some((size, times.saturating_add(1))),
            // One answer may be a misread one; the length counts from the second on.
            _ => self.size = Some((size, 1)),
        }
        if usize::from(needed) > has {
            self.suspect(Mismatch::TooFewChannels { has, needed });
            return false;
        }
        true
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

    /// The sweep's question was not answered. Gives what is to be told.
    pub fn unswept(&mut self, query: Query, now: Instant) -> Option<LineEvent> {
        if self.singles {
            // One channel the board does not have must not keep the others from being asked.
            self.cursor = (self.cursor + 1) % self.settings.channels.len().max(1);
            if let Query::One(channel) = query
                && self.standing != Standing::Silent
            {
                *self.absent.entry(channel).or_default() += 1;
            }
        // A board that gives a wrong "state of all" knows that question.
        } else if self.suspicion.is_none() {
            self.all_missed += 1;
            if query == Query::All && self.tries_single() && !self.is_away() {
                self.due = now;
                return None;
            }
        }
        let silent = self.unheard(now);
        match self.absent_channel() {
            Some(channel) if silent.is_none() && self.answers() => {
                self.becomes(Standing::Wrong(Mismatch::NoSuchChannel { channel }))
            }
            _ => silent,
        }
    }

    fn absent_channel(&self) -> Option<u8> {
        self.absent.iter().find(|(_, missed)| **missed >= MISSES_TO_SILENT).map(|(channel, _)| *channel)
    }

    /// The board gave a status. Gives what is to be told.
    pub fn heard(&mut self, query: Query) -> Option<LineEvent> {
        self.missed = 0;
        self.suspicion = None;
        if let Query::One(channel) = query {
            self.absent.remove(&channel);
        }
        let wrong = |channel| Standing::Wrong(Mismatch::NoSuchChannel { channel });
        self.becomes(self.absent_channel().map_or(Standing::Answers, wrong))
    }

    /// The board gave no status when asked. Gives what is to be told.
    pub fn unheard(&mut self, now: Instant) -> Option<LineEvent> {
        self.missed = self.missed.saturating_add(1);
        if self.missed < MISSES_TO_SILENT {
            self.due = now + AFTER_MISS;
            return None;
        }
        let pause = usize::try_from(self.missed - MISSES_TO_SILENT).unwrap_or(usize::MAX);
        self.due = now + SILENT_PAUSE[pause.min(SILENT_PAUSE.len() - 1)];
        self.absent.clear();
        let why = self.suspicion.take();
        self.becomes(why.map_or(Standing::Silent, Standing::Wrong))
    }

    fn becomes(&mut self, standing: Standing) -> Option<LineEvent> {
        let board = self.settings.board;
        if std::mem::replace(&mut self.standing, standing) == standing {
            return None;
        }
        match standing {
            Standing::New => None,
            Standing::Answers => Some(LineEvent::BoardAnswers { board }),
            Standing::Silent => Some(LineEvent::BoardSilent { board }),
            Standing::Wrong(why) => Some(LineEvent::WrongBoard { board, why }),
        }
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
            assert_eq!(board.unswept(query, now), None);
        }
        let query = board.question(now);
        assert_eq!(query, Query::One(1));
        assert_eq!(board.heard(query), Some(LineEvent::BoardAnswers { board: 1 }));
        board.swept(query, now);
        assert_eq!(board.question(now), Query::One(2));
    }

    #[test]
    fn silence_is_told_once_and_asked_after_ever_more_rarely() {
        let now = Instant::now();
        let mut board = board(None);
        let told: Vec<bool> = (0..6).map(|_| board.unswept(Query::One(1), now).is_some()).collect();
        assert_eq!(told, [false, false, true, false, false, false]);
        assert_eq!(board.due, now + Duration::from_secs(4));
        assert!(board.heard(Query::One(1)).is_some());
        assert!(board.heard(Query::One(1)).is_none());
    }

    #[test]
    fn all_then_single_missed_is_silence() {
        let now = Instant::now();
        let mut board = board(Some(StatusOrder::FirstByteFirst));
        let told: Vec<bool> = (0..4)
            .map(|_| {
                let query = board.question(now);
                board.unswept(query, now).is_some()
            })
            .collect();
        assert_eq!(told, [false, false, false, true]);
    }

    #[test]
    fn fault_13_a_board_too_small_for_the_settings_is_wrong() {
        let now = Instant::now();
        let mut board = board(Some(StatusOrder::LastByteFirst));
        let told: Vec<_> = (0..4)
            .map(|_| {
                let query = board.question(now);
                assert_eq!(query, Query::All);
                assert!(!board.accepts(&[0, 0]));
                board.unswept(query, now)
            })
            .collect();
        let why = Mismatch::TooFewChannels { has: 16, needed: 24 };
        assert_eq!(told, [None, None, Some(LineEvent::WrongBoard { board: 1, why }), None]);
    }

    #[test]
    fn fault_13_a_board_of_another_size_than_before_is_wrong_also_after_a_re_opening() {
        let now = Instant::now();
        let mut board = board(Some(StatusOrder::LastByteFirst));
        // One misread length is forgotten.
        assert!(board.accepts(&[0; 4]) && board.accepts(&[0; 3]) && board.accepts(&[0; 3]));
        board.reset(now);
        let told = (0..3).filter_map(|_| {
            assert!(!board.accepts(&[0; 7]) && board.opens_nothing());
            board.unswept(Query::All, now)
        });
        let why = Mismatch::Exchanged { had: 24, has: 56 };
        assert_eq!(told.collect::<Vec<_>>(), [LineEvent::WrongBoard { board: 1, why }]);
        assert!(board.is_wrong() && board.accepts(&[0; 3]));
        assert_eq!(board.heard(Query::All), Some(LineEvent::BoardAnswers { board: 1 }));
    }

    #[test]
    fn fault_13_a_channel_that_never_answers_makes_the_board_wrong_until_it_does() {
        let now = Instant::now();
        let mut board = board(None);
        let mut told = Vec::new();
        for _ in 0..12 {
            let query = board.question(now);
            if query == Query::One(24) {
                told.extend(board.unswept(query, now));
            } else {
                told.extend(board.heard(query));
                board.swept(query, now);
            }
        }
        let wrong = LineEvent::WrongBoard { board: 1, why: Mismatch::NoSuchChannel { channel: 24 } };
        assert_eq!(told, [LineEvent::BoardAnswers { board: 1 }, wrong]);
        assert_eq!(board.heard(Query::One(1)), None);
        assert_eq!(board.heard(Query::One(24)), Some(LineEvent::BoardAnswers { board: 1 }));
    }
}
