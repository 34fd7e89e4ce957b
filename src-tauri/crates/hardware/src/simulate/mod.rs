//! The virtual bank: doors one can jam and pull at, and the board's own half of the protocol, over a
//! cable in memory, a pseudo-terminal or TCP. It shares no codec with the driver, so that a mistake in
//! one shows in the other. It serves tests, demonstrations and development, and must never be reached
//! by a real bank's address.

mod bcc8a;
mod serve;

use std::io;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::line::{DoorReading, StatusOrder};
use crate::port::{MemoryPort, register_virtual};

#[cfg(unix)]
pub use serve::PtyBoard;
pub use serve::TcpBoard;

/// A virtual board.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VirtualSettings {
    /// The address it answers to.
    pub board: u8,
    /// The number of channels, 1 to 56.
    pub channels: u8,
    /// What it reports for a shut door, 0 or 1.
    pub closed_bit: u8,
    /// How it orders the bytes in "state of all".
    pub status_order: StatusOrder,
}

/// One virtual door.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VirtualDoor {
    /// The channel, from 1.
    pub channel: u8,
    /// The door stands open.
    pub open: bool,
    /// The lock works but the door does not spring open.
    pub jammed: bool,
    /// The switch says this whatever the door does.
    pub stuck: Option<DoorReading>,
}

impl VirtualDoor {
    fn reading(&self) -> DoorReading {
        self.stuck.unwrap_or(if self.open { DoorReading::Open } else { DoorReading::Closed })
    }
}

/// What can be wrong with a board or its cable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The board is off: it does nothing and says nothing.
    Silence,
    /// Replies come after the driver has stopped waiting.
    LateReply,
    /// The reply to an unlock comes only when the next unlock does, in place of that one's own. Status
    /// works.
    OneBehind,
    /// Replies break off in the middle.
    HalfFrame,
    /// Replies come in two pieces.
    TwoChunks,
    /// Noise comes before each reply.
    Garbage,
    /// The adapter returns every byte sent.
    Echo,
    /// Check bytes are wrong.
    WrongCheck,
    /// Replies carry another board's address.
    OtherAddress,
    /// Each reply comes twice.
    TwoReplies,
    /// An unsolicited change of the last channel comes before each reply.
    Unsolicited,
    /// Status replies are all zero, as from a board that has just restarted.
    AllZero,
    /// "State of all" is not known to the board.
    NoStateOfAll,
    /// An unlock is lost on its way: the door stays shut and nothing is said. Status works.
    UnlockLost,
    /// The door opens, but the acknowledgement is lost. Status works.
    AcknowledgementLost,
    /// The cable is pulled in the middle of the next reply to an unlock. Status works.
    UnplugInReply,
}

/// A handle to one virtual bank; clones are the same bank.
#[derive(Clone)]
pub struct VirtualBank {
    shared: Arc<Shared>,
}

struct Shared {
    settings: VirtualSettings,
    state: Mutex<State>,
    changed: Condvar,
}

struct State {
    doors: Vec<VirtualDoor>,
    plugged: bool,
    /// Open connections; a pulled cable is out when there are none.
    serving: usize,
    fault: Option<Fault>,
    log: Vec<(Instant, Vec<u8>)>,
    unlocks: Vec<(Instant, u8)>,
    /// The reply that is one behind.
    kept: Option<Vec<u8>>,
}

impl VirtualBank {
    /// A bank with every door shut and the cable in.
    #[must_use]
    pub fn new(settings: VirtualSettings) -> Self {
        let door = |channel| VirtualDoor { channel, open: false, jammed: false, stuck: None };
        let state = State {
            doors: (1..=settings.channels).map(door).collect(),
            plugged: true,
            serving: 0,
            fault: None,
            log: Vec::new(),
            unlocks: Vec::new(),
            kept: None,
        };
        Self { shared: Arc::new(Shared { settings, state: Mutex::new(state), changed: Condvar::new() }) }
    }

    /// Makes the bank reachable as `virtual:NAME` in this process, also again after its cable was out.
    pub fn register(&self, name: impl Into<String>) {
        let bank = self.clone();
        register_virtual(name, move || Ok(Box::new(bank.serve_memory()?)));
    }

    /// The near end of a cable in memory to this bank; `NotFound` while the cable is out.
    pub fn serve_memory(&self) -> io::Result<MemoryPort> {
        serve::memory(self)
    }

    /// The bank behind a pseudo-terminal, which a driver opens by path as it would a serial port.
    #[cfg(unix)]
    pub fn serve_pty(&self) -> io::Result<PtyBoard> {
        PtyBoard::new(self, &[], None)
    }

    /// A line of several boards with this one first, on which a byte takes as long as on a real wire.
    #[cfg(unix)]
    pub fn serve_pty_line(&self, others: &[VirtualBank], byte: Duration) -> io::Result<PtyBoard> {
        PtyBoard::new(self, others, Some(byte))
    }

    /// The bank behind a serial-to-Ethernet converter on a free port of the loopback interface.
    pub fn serve_tcp(&self) -> io::Result<TcpBoard> {
        TcpBoard::new(self)
    }

    /// Every door, in the order of channels.
    #[must_use]
    pub fn doors(&self) -> Vec<VirtualDoor> {
        self.lock().doors.clone()
    }

    /// One door, if the board has that channel.
    #[must_use]
    pub fn door(&self, channel: u8) -> Option<VirtualDoor> {
        self.lock().doors.iter().find(|door| door.channel == channel).copied()
    }

    /// Shuts a door.
    pub fn shut(&self, channel: u8) {
        self.with_door(channel, |door| door.open = false);
    }

    /// Forces a door open.
    pub fn pull(&self, channel: u8) {
        self.with_door(channel, |door| door.open = true);
    }

    /// Jams a door, or frees it.
    pub fn jam(&self, channel: u8, jammed: bool) {
        self.with_door(channel, |door| door.jammed = jammed);
    }

    /// Sticks a door switch, or frees it.
    pub fn stick(&self, channel: u8, reading: Option<DoorReading>) {
        self.with_door(channel, |door| door.stuck = reading);
    }

    /// Puts the cable in or pulls it. Returns when it is so: when pulled, every open port is dead.
    pub fn plug(&self, plugged: bool) {
        let mut state = self.lock();
        state.plugged = plugged;
        self.shared.changed.notify_all();
        let until = Instant::now() + Duration::from_secs(2);
        while !plugged && state.serving > 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            let woken = self.shared.changed.wait_timeout(state, left);
            state = woken.unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    /// True while the cable is in.
    #[must_use]
    pub fn is_plugged(&self) -> bool {
        self.lock().plugged
    }

    /// Makes something wrong until it is set to `None`.
    pub fn fault(&self, fault: Option<Fault>) {
        self.lock().fault = fault;
    }

    /// Every request frame that reached the board, with the time of its last byte.
    #[must_use]
    pub fn log(&self) -> Vec<(Instant, Vec<u8>)> {
        self.lock().log.clone()
    }

    /// Every unlock that reached the board, also those the fault or a jam kept from opening a door.
    #[must_use]
    pub fn unlocks(&self) -> Vec<(Instant, u8)> {
        self.lock().unlocks.clone()
    }

    /// Waits until the board has had this many unlocks; false if it has not in time.
    #[must_use]
    pub fn wait_unlocks(&self, count: usize, timeout: Duration) -> bool {
        let state = self.lock();
        let waited =
            self.shared.changed.wait_timeout_while(state, timeout, |state| state.unlocks.len() < count);
        waited.unwrap_or_else(PoisonError::into_inner).0.unlocks.len() >= count
    }

    fn with_door(&self, channel: u8, change: impl FnOnce(&mut VirtualDoor)) {
        if let Some(door) = self.lock().doors.iter_mut().find(|door| door.channel == channel) {
            change(door);
        }
        self.shared.changed.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.shared.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
