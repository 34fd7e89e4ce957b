//! One serial line with its lock boards, owned by one thread. The line tells what it saw and sends one
//! frame for one unlock request. It must never send an unlock again, late, or after a re-opening: a
//! person decides anew (faults.md, the unlock rule).

mod board;
mod hush;
mod wire;
mod worker;

#[cfg(test)]
mod tests;

use std::fmt;
use std::sync::mpsc::{self, Sender};
use std::time::Instant;

use crate::background::Background;
use crate::boards::DriverKind;
use crate::error::DeviceError;
use crate::port::{Port, PortAddress, UsbPorts, usb_ports};

/// A line to keep open.
#[derive(Debug, Clone)]
pub struct LineSettings {
    /// Where the port is.
    pub port: PortAddress,
    /// The board family on this line.
    pub driver: DriverKind,
    /// Bits per second; without effect on `tcp://` and `virtual:` ports.
    pub baud: u32,
    /// The boards on this line, by different addresses.
    pub boards: Vec<BoardSettings>,
}

/// One board on a line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BoardSettings {
    /// The address set on the board.
    pub board: u8,
    /// The channels in use, from 1, as printed on the board. No other is ever unlocked.
    pub channels: Vec<u8>,
    /// What the board reports for a shut door, 0 or 1 (hardware.md section 0: wiring decides it).
    pub closed_bit: u8,
    /// The order of the bytes in "state of all"; `None` while it is not learnt: each door is asked alone.
    pub status_order: Option<StatusOrder>,
}

/// Which status byte holds channels 1 to 8 (hardware.md 1.3: boards differ).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StatusOrder {
    /// The last one.
    LastByteFirst,
    /// The first one.
    FirstByteFirst,
}

/// What a door switch says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DoorReading {
    /// The door stands open.
    Open,
    /// The door is shut.
    Closed,
}

impl DoorReading {
    pub(crate) fn from_bit(bit: u8, closed_bit: u8) -> Self {
        if bit == closed_bit { Self::Closed } else { Self::Open }
    }
}

/// A request to open one door, once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct UnlockRequest {
    /// The caller's number for this request; comes back with every progress.
    pub ticket: u64,
    /// The board's address.
    pub board: u8,
    /// The channel, from 1.
    pub channel: u8,
    /// The opening of the port this request was made for, from [`LineEvent::Up`].
    pub generation: u64,
    /// When the request is no longer worth sending.
    pub deadline: Instant,
}

/// What a line tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LineEvent {
    /// The port was opened. The generation rises by one at each opening, from 1.
    Up {
        /// The number of this opening.
        generation: u64,
    },
    /// The port is gone or could not be opened; told once per outage. The line goes on trying.
    Down {
        /// The opening that ended, or 0 before the first.
        generation: u64,
        /// Why, as it was first seen.
        why: DeviceError,
    },
    /// The board began to answer; also told once after each opening.
    BoardAnswers {
        /// The board's address.
        board: u8,
    },
    /// The board missed three sweeps.
    BoardSilent {
        /// The board's address.
        board: u8,
    },
    /// Three times in a row the answer was not that of the board in the settings. It is as good as
    /// silent: none of its doors is told and none opened, until `BoardAnswers`.
    WrongBoard {
        /// The address in the settings.
        board: u8,
        /// What is different.
        why: Mismatch,
    },
    /// Doors as just seen; told at every answer, also without a change.
    Doors {
        /// The board's address.
        board: u8,
        /// The opening of the port in which they were seen.
        generation: u64,
        /// Channel and reading. Channels not asked for are missing.
        readings: Vec<(u8, DoorReading)>,
        /// When the answer was complete.
        at: Instant,
    },
    /// How an unlock goes.
    Unlock {
        /// The number in the request.
        ticket: u64,
        /// What happened.
        progress: UnlockProgress,
    },
}

/// How the board that answers differs from the one in the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mismatch {
    /// Another address answers, and the one in the settings does not.
    Address {
        /// The address that answers.
        found: u8,
    },
    /// It has fewer channels than are in use.
    TooFewChannels {
        /// The channels its answer has room for.
        has: usize,
        /// The highest channel in the settings.
        needed: u8,
    },
    /// One channel in the settings never answers, while others do.
    NoSuchChannel {
        /// The channel.
        channel: u8,
    },
    /// Its answer has another length than before: it is another board.
    Exchanged {
        /// The channels there was room for.
        had: usize,
        /// The channels there is room for now.
        has: usize,
    },
}

impl fmt::Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Address { found } => write!(f, "a board with address {found} answers instead"),
            Self::TooFewChannels { has, needed } => {
                write!(f, "the board has {has} channels, and channel {needed} is in the settings")
            }
            Self::NoSuchChannel { channel } => {
                write!(f, "channel {channel} of the settings does not answer, others do")
            }
            Self::Exchanged { had, has } => {
                write!(f, "it answers for {has} channels and did for {had}: another board, until a restart")
            }
        }
    }
}

/// How an unlock goes: either `NotSent` or `SendFailed`; or `Sent`, and then exactly one of
/// `Acknowledged`, `Refused` and `NoAnswer`. None of them means that the door is open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnlockProgress {
    /// No byte left; the door cannot move because of this request.
    NotSent {
        /// Why not.
        why: NotSentWhy,
    },
    /// The last byte left the serial port, or was handed to the network on a `tcp://` port.
    Sent {
        /// When.
        at: Instant,
    },
    /// Writing failed half way: some or all bytes may have left.
    SendFailed {
        /// Why.
        why: DeviceError,
    },
    /// The board took the request.
    Acknowledged {
        /// The door switch a moment later, if the board told.
        reading: Option<DoorReading>,
    },
    /// The board said no.
    Refused {
        /// The board's own code.
        code: u8,
    },
    /// The board said nothing in 1.5 s, or the port went away while waiting.
    NoAnswer,
}

/// Why an unlock was not sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSentWhy {
    /// Its deadline had passed.
    Deadline,
    /// The port was re-opened since the request was made.
    Generation,
    /// The port is not open, or the line is being stopped.
    PortDown,
    /// No such board in the settings of this line.
    UnknownBoard,
    /// No such channel in the settings of the board.
    UnknownChannel,
    /// The board that answers is not the one in the settings.
    WrongBoard,
}

/// What the thread is told.
enum Message {
    Unlock(UnlockRequest),
    Watch {
        board: u8,
        channel: u8,
        on: bool,
    },
    Hush,
    /// The outcome of an opening, which runs beside the line because it may take seconds.
    Opened(Result<Box<dyn Port>, DeviceError>),
    Stop,
}

/// A line that is kept open until it is dropped.
pub struct Line {
    orders: Sender<Message>,
    thread: Background,
}

impl Line {
    /// Starts the thread. `events` is called on it and should return soon: polling waits for it.
    pub fn start(settings: LineSettings, events: impl Fn(LineEvent) + Send + 'static) -> Self {
        Self::start_among(settings, usb_ports(), events)
    }

    /// The same, with a list of adapters that is not the system's.
    pub fn start_among(
        settings: LineSettings,
        adapters: UsbPorts,
        events: impl Fn(LineEvent) + Send + 'static,
    ) -> Self {
        let (orders, inbox) = mpsc::channel();
        let outbox = orders.clone();
        let thread = Background::start("line", move |stop| {
            worker::Worker::new(settings, adapters, events, inbox, outbox, stop).run();
        });
        Self { orders, thread }
    }

    /// Asks for a door to be opened, once. Never blocks; the progress comes as events.
    pub fn unlock(&self, request: UnlockRequest) {
        // Fails only when the thread is gone, and then no byte can leave.
        let _ = self.orders.send(Message::Unlock(request));
    }

    /// An unlock may come at once: no question is begun for a moment, so that it does not wait for an answer.
    pub fn hush(&self) {
        let _ = self.orders.send(Message::Hush);
    }

    /// A door is in motion (`on`) or no longer: its channel is asked about every 50 ms.
    pub fn watch(&self, board: u8, channel: u8, on: bool) {
        let _ = self.orders.send(Message::Watch { board, channel, on });
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.thread.tell_stop();
        let _ = self.orders.send(Message::Stop);
    }
}
