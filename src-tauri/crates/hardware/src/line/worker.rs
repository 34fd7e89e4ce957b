//! The thread of a line: takes orders, opens and re-opens the port, and between unlocks asks the doors.
//! An unlock goes before any question and is dropped, never kept, when the port is not open.

use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::thread;
use std::time::{Duration, Instant};

use super::board::Board;
use super::hush::Hush;
use super::wire::Wire;
use super::{LineEvent, LineSettings, Message, Mismatch, NotSentWhy, UnlockProgress, UnlockRequest};
use crate::background::Stop;
use crate::boards::{Awaiting, BoardDriver, Query, Reply};
use crate::error::{DeviceError, DeviceErrorKind, is_timeout, while_open};
use crate::port::{self, Finder, UsbPorts};

/// Replies come within about 200 ms by the newer text of the 8A maker, after 1 s by the older one.
const UNLOCK_TIMEOUT: Duration = Duration::from_millis(1500);
const STATUS_TIMEOUT: Duration = Duration::from_millis(350);
const WATCH: Duration = Duration::from_millis(50);
const FIRST_RETRY: Duration = Duration::from_millis(500);
const LAST_RETRY: Duration = Duration::from_secs(10);
/// With nothing to ask, the line still looks for unsolicited frames and a pulled cable this often.
const IDLE: Duration = Duration::from_millis(175);

struct Watch {
    board: u8,
    channel: u8,
    due: Instant,
}

enum Link {
    Open(Wire),
    Opening,
    /// Closed until then.
    Closed(Instant),
}

pub(super) struct Worker<F> {
    settings: LineSettings,
    driver: &'static dyn BoardDriver,
    events: F,
    inbox: Receiver<Message>,
    outbox: Sender<Message>,
    stop: Stop,
    boards: Vec<Board>,
    watches: Vec<Watch>,
    queue: VecDeque<UnlockRequest>,
    hush: Hush,
    link: Link,
    finder: Arc<Finder>,
    generation: u64,
    /// The door whose unlock was last left without an answer, and until when that may still come.
    unanswered: Option<(u8, u8, Instant)>,
    /// The present outage was told.
    told_down: bool,
    retry: Duration,
}

impl<F: Fn(LineEvent)> Worker<F> {
    pub fn new(
        settings: LineSettings,
        adapters: UsbPorts,
        events: F,
        inbox: Receiver<Message>,
        outbox: Sender<Message>,
        stop: Stop,
    ) -> Self {
        let now = Instant::now();
        Self {
            driver: settings.driver.driver(),
            boards: settings.boards.iter().cloned().map(|board| Board::new(board, now)).collect(),
            finder: Arc::new(Finder::new(settings.port.clone(), settings.baud, adapters)),
            settings,
            events,
            inbox,
            outbox,
            stop,
            watches: Vec::new(),
            queue: VecDeque::new(),
            hush: Hush::new(now),
            link: Link::Closed(now),
            generation: 0,
            unanswered: None,
            told_down: false,
            retry: FIRST_RETRY,
        }
    }

    pub fn run(mut self) {
        while !self.stop.is_set() {
            match self.inbox.recv_timeout(self.idle_for()) {
                Ok(message) => self.take(message),
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => break,
            }
            while let Ok(message) = self.inbox.try_recv() {
                self.take(message);
            }
            self.step();
        }
        for request in std::mem::take(&mut self.queue) {
            self.not_sent(request, NotSentWhy::PortDown);
        }
    }

    fn idle_for(&self) -> Duration {
        let now = Instant::now();
        match &self.link {
            _ if !self.queue.is_empty() => Duration::ZERO,
            Link::Open(_) => {
                let due = self.next_question().map_or(now + IDLE, |(due, ..)| self.hush.after(due));
                due.saturating_duration_since(now)
            }
            Link::Opening => LAST_RETRY,
            Link::Closed(until) => until.saturating_duration_since(now),
        }
    }

    fn take(&mut self, message: Message) {
        match message {
            Message::Unlock(request) => self.queue.push_back(request),
            Message::Watch { board, channel, on } => {
                self.watches.retain(|watch| (watch.board, watch.channel) != (board, channel));
                if on && self.not_known(board, channel).is_none() {
                    self.watches.push(Watch { board, channel, due: Instant::now() });
                }
            }
            Message::Hush => self.hush.begin(Instant::now()),
            Message::Opened(Ok(port)) => self.opened(port),
            Message::Opened(Err(why)) => self.down(why),
            Message::Stop => {}
        }
    }

    /// One thing at a time, the most urgent first.
    fn step(&mut self) {
        match std::mem::replace(&mut self.link, Link::Opening) {
            Link::Open(mut wire) => {
                let done = match self.queue.pop_front() {
                    Some(request) => {
                        self.hush.end(Instant::now());
                        self.unlock(&mut wire, request)
                    }
                    None => self.ask_next(&mut wire),
                };
                self.keep(wire, done);
            }
            Link::Closed(until) if Instant::now() >= until => self.open(),
            shut => {
                self.link = shut;
                for request in std::mem::take(&mut self.queue) {
                    self.not_sent(request, NotSentWhy::PortDown);
                }
            }
        }
    }

    fn keep(&mut self, wire: Wire, done: Result<(), DeviceErrorKind>) {
        match done {
            Ok(()) => self.link = Link::Open(wire),
            Err(kind) => {
                // Closed before anything else: a dead handle keeps the device's number taken.
                drop(wire);
                self.down(DeviceError::new(self.settings.port.to_string(), kind));
            }
        }
    }

    fn open(&mut self) {
        let (finder, outbox) = (Arc::clone(&self.finder), self.outbox.clone());
        self.link = Link::Opening;
        let opening = thread::Builder::new().name("line-open".into()).spawn(move || {
            // Fails only when the line is gone; the port then closes here.
            let _ = outbox.send(Message::Opened(finder.open()));
        });
        if let Err(error) = opening {
            let kind = DeviceErrorKind::Other { why: error.to_string() };
            self.down(DeviceError::new(self.settings.port.to_string(), kind));
        }
    }

    fn opened(&mut self, port: Box<dyn port::Port>) {
        let mut wire = Wire::new(port, self.driver, self.settings.baud, self.stop.clone());
        let now = Instant::now();
        self.boards.iter_mut().for_each(|board| board.reset(now));
        self.unanswered = None;
        self.generation += 1;
        self.told_down = false;
        tracing::info!(port = %self.settings.port, generation = self.generation, "line up");
        self.tell(LineEvent::Up { generation: self.generation });
        // The first question tells whether the adapter echoes, before an unlock could be sent.
        let forgot = wire.forget().map_err(|error| while_open(&error));
        let done = forgot.and_then(|()| self.ask_next(&mut wire));
        self.keep(wire, done);
    }

    fn down(&mut self, why: DeviceError) {
        self.link = Link::Closed(Instant::now() + self.retry);
        self.retry = (self.retry * 2).min(LAST_RETRY);
        if self.told_down {
            tracing::debug!(%why, "line still down");
            return;
        }
        self.told_down = true;
        tracing::warn!(%why, "line down");
        self.tell(LineEvent::Down { generation: self.generation, why });
    }

    fn unlock(&mut self, wire: &mut Wire, request: UnlockRequest) -> Result<(), DeviceErrorKind> {
        let UnlockRequest { ticket, board, channel, .. } = request;
        let refusal = self
            .not_known(board, channel)
            .or((request.generation != self.generation).then_some(NotSentWhy::Generation))
            .or(self.board(board).is_some_and(Board::opens_nothing).then_some(NotSentWhy::WrongBoard));
        if let Some(why) = refusal {
            self.not_sent(request, why);
            return Ok(());
        }
        if let Err(error) = self.clear(wire) {
            self.not_sent(request, NotSentWhy::PortDown);
            return Err(while_open(&error));
        }
        let passed = (Instant::now() > request.deadline).then_some(NotSentWhy::Deadline);
        if let Some(why) = passed.or(self.stop.is_set().then_some(NotSentWhy::PortDown)) {
            self.not_sent(request, why);
            return Ok(());
        }
        let sent = wire.send(&self.driver.unlock(board, channel), false);
        let at = match sent {
            Ok(at) => at,
            Err(failure) => {
                let kind = while_open(&failure.error);
                if failure.accepted == 0 && !is_timeout(&failure.error) {
                    self.not_sent(request, NotSentWhy::PortDown);
                } else {
                    let why = DeviceError::new(self.settings.port.to_string(), kind.clone());
                    self.progress(ticket, UnlockProgress::SendFailed { why });
                }
                return Err(kind);
            }
        };
        self.progress(ticket, UnlockProgress::Sent { at });
        let outcome = self.acknowledgement(wire, board, channel, at + UNLOCK_TIMEOUT);
        let silent = matches!(outcome, Ok(UnlockProgress::NoAnswer));
        self.unanswered = silent.then(|| (board, channel, Instant::now() + UNLOCK_TIMEOUT));
        let gone = outcome.as_ref().err().map(while_open);
        self.progress(ticket, outcome.unwrap_or(UnlockProgress::NoAnswer));
        if let Some(kind) = gone {
            return Err(kind);
        }
        // The stream keeps its order, so any answer to a later question proves that the unlock has
        // left too. Without one, closing drops the bytes before they can open a door late.
        if silent && wire.delivers_late() && !self.ask(wire, board, Query::One(channel))? {
            return Err(DeviceErrorKind::Timeout);
        }
        Ok(())
    }

    /// The protocol has no sequence numbers: an answer that comes 1.5 s late can be taken for that of a
    /// newer request to the same door. So what it says of the door is then left out, as only the door
    /// switch proves an opening.
    fn acknowledgement(
        &mut self,
        wire: &mut Wire,
        board: u8,
        channel: u8,
        until: Instant,
    ) -> io::Result<UnlockProgress> {
        while let Some(reply) = wire.next(Awaiting::Acknowledgement, until)? {
            match reply {
                Reply::Acknowledged { board: b, channel: c, bit } if (b, c) == (board, channel) => {
                    let known = self.board(board);
                    let late = self
                        .unanswered
                        .is_some_and(|(b, c, until)| (b, c) == (board, channel) && Instant::now() < until);
                    let reading = bit.filter(|_| !late).and_then(|bit| Some(known?.reading(bit)));
                    return Ok(UnlockProgress::Acknowledged { reading });
                }
                Reply::Refused { board: b, channel: c, code } if (b, c) == (board, channel) => {
                    return Ok(UnlockProgress::Refused { code });
                }
                other => self.unasked(other),
            }
        }
        Ok(UnlockProgress::NoAnswer)
    }

    /// The question that is due first: when, which board, and the channel if it is a watched one.
    fn next_question(&self) -> Option<(Instant, u8, Option<u8>)> {
        let sweeps = self.boards.iter().map(|board| (board.due, board.settings.board, None));
        let awake = |watch: &&Watch| self.board(watch.board).is_some_and(|board| !board.is_away());
        let watches =
            self.watches.iter().filter(awake).map(|watch| (watch.due, watch.board, Some(watch.channel)));
        sweeps.chain(watches).min_by_key(|question| question.0)
    }

    fn ask_next(&mut self, wire: &mut Wire) -> Result<(), DeviceErrorKind> {
        match self.next_question() {
            Some((due, ..)) if self.hush.after(due) > Instant::now() => Ok(()),
            Some((_, board, Some(channel))) => {
                let answered = self.ask(wire, board, Query::One(channel))?;
                let now = Instant::now();
                for watch in self.watches.iter_mut().filter(|w| (w.board, w.channel) == (board, channel)) {
                    watch.due = now + WATCH;
                }
                if !answered && let Some(event) = self.board_mut(board).and_then(|board| board.unheard(now)) {
                    self.tell(event);
                }
                Ok(())
            }
            Some((_, board, None)) => {
                let now = Instant::now();
                let Some(query) = self.board_mut(board).map(|board| board.question(now)) else {
                    return Ok(());
                };
                let answered = self.ask(wire, board, query)?;
                let lost = !answered && self.board(board).is_some_and(Board::falls_silent);
                // Where another board of ours answers, all would talk at once.
                if lost && !self.boards.iter().any(Board::answers) {
                    self.look_for_another(wire, board).map_err(|error| while_open(&error))?;
                }
                let now = Instant::now();
                let Some(known) = self.board_mut(board) else { return Ok(()) };
                if answered {
                    known.swept(query, now);
                } else if let Some(event) = known.unswept(query, now) {
                    self.tell(event);
                }
                Ok(())
            }
            None => self.clear(wire).map_err(|error| while_open(&error)),
        }
    }

    /// Asks and tells; true if the board answered.
    fn ask(&mut self, wire: &mut Wire, board: u8, query: Query) -> Result<bool, DeviceErrorKind> {
        self.exchange(wire, board, query).map_err(|error| while_open(&error))
    }

    fn exchange(&mut self, wire: &mut Wire, board: u8, query: Query) -> io::Result<bool> {
        self.clear(wire)?;
        let at = wire.send(&self.driver.query(board, query), true).map_err(|failure| failure.error)?;
        let awaiting = match query {
            Query::All => Awaiting::All,
            Query::One(_) => Awaiting::One,
        };
        while let Some(reply) = wire.next(awaiting, at + STATUS_TIMEOUT)? {
            let Some(known) = self.board_mut(board) else { return Ok(false) };
            let readings = match (&reply, query) {
                (Reply::All { board: b, status }, Query::All) if *b == board => {
                    if !known.accepts(status) {
                        return Ok(false);
                    }
                    known.readings(status)
                }
                (Reply::One { board: b, channel: c, bit }, Query::One(channel))
                    if (*b, *c) == (board, channel) =>
                {
                    vec![(channel, known.reading(*bit))]
                }
                (Reply::All { board: b, .. } | Reply::One { board: b, .. }, _)
                    if self.board(*b).is_none() =>
                {
                    let found = *b;
                    if let Some(known) = self.board_mut(board) {
                        known.suspect(Mismatch::Address { found });
                    }
                    continue;
                }
                _ => {
                    self.unasked(reply);
                    continue;
                }
            };
            self.retry = FIRST_RETRY;
            if let Some(event) = self.board_mut(board).and_then(|board| board.heard(query)) {
                self.tell(event);
            }
            if self.board(board).is_some_and(Board::answers) {
                self.doors(board, readings);
            }
            return Ok(true);
        }
        Ok(false)
    }

    /// Nobody answers to the address in the settings: is there a board with another one?
    fn look_for_another(&mut self, wire: &mut Wire, board: u8) -> io::Result<()> {
        let Some(frame) = self.driver.who() else { return Ok(()) };
        self.clear(wire)?;
        let at = wire.send(&frame, false).map_err(|failure| failure.error)?;
        while let Some(reply) = wire.next(Awaiting::Address, at + STATUS_TIMEOUT)? {
            let Reply::Address { board: found } = reply else {
                self.unasked(reply);
                continue;
            };
            if self.board(found).is_none()
                && let Some(known) = self.board_mut(board)
            {
                known.suspect(Mismatch::Address { found });
            }
            break;
        }
        Ok(())
    }

    fn clear(&mut self, wire: &mut Wire) -> io::Result<()> {
        for change in wire.clear()? {
            self.unasked(change);
        }
        Ok(())
    }

    /// A change tells of its door; any other reply nobody waits for is late or foreign, and dropped.
    fn unasked(&mut self, reply: Reply) {
        match reply {
            Reply::Changed { board, channel, bit } if self.not_known(board, channel).is_none() => {
                let known = self.board(board).filter(|known| !known.is_wrong());
                if let Some(reading) = known.map(|known| known.reading(bit)) {
                    self.doors(board, vec![(channel, reading)]);
                }
            }
            other => tracing::debug!(?other, "dropped a late or foreign frame"),
        }
    }

    fn doors(&self, board: u8, readings: Vec<(u8, super::DoorReading)>) {
        let at = Instant::now();
        self.tell(LineEvent::Doors { board, generation: self.generation, readings, at });
    }

    fn board(&self, board: u8) -> Option<&Board> {
        self.boards.iter().find(|known| known.settings.board == board)
    }

    fn board_mut(&mut self, board: u8) -> Option<&mut Board> {
        self.boards.iter_mut().find(|known| known.settings.board == board)
    }

    fn not_known(&self, board: u8, channel: u8) -> Option<NotSentWhy> {
        match self.board(board) {
            None => Some(NotSentWhy::UnknownBoard),
            // Channel 0 means "every door" to an 8A board.
            Some(known) if channel == 0 || !known.settings.channels.contains(&channel) => {
                Some(NotSentWhy::UnknownChannel)
            }
            Some(_) => None,
        }
    }

    fn not_sent(&self, request: UnlockRequest, why: NotSentWhy) {
        self.progress(request.ticket, UnlockProgress::NotSent { why });
    }

    fn progress(&self, ticket: u64, progress: UnlockProgress) {
        self.tell(LineEvent::Unlock { ticket, progress });
    }

    fn tell(&self, event: LineEvent) {
        (self.events)(event);
    }
}
