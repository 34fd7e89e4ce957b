//! What a node touches of the world: clocks, lines, and who makes time pass. Injected, so that a simulation drives
//! the very decisions that ship. Never decides anything.

use crate::clock::{Clock, SystemClock};
use crate::disk::{Disk, SystemDisk};
use hardware::{Line, LineEvent, LineSettings, UnlockRequest};
use std::sync::Arc;

pub struct Outside {
    pub clock: Arc<dyn Clock>,
    pub lines: Arc<dyn Lines>,
    pub disk: Arc<dyn Disk>,
    pub pace: Pace,
    /// KiB of memory that hashing one code takes. Only a simulation has reason to lower it.
    pub code_memory: u32,
}

/// Who makes time pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pace {
    /// Timers, as in a running program.
    Timers,
    /// Whoever holds the station, by [`crate::Station::pass_time`].
    ByHand,
}

/// 19 MiB: OWASP's first choice for argon2id, with two passes and one lane.
pub(crate) const CODE_MEMORY: u32 = 19_456;

impl Outside {
    /// The real one.
    pub fn real() -> Outside {
        Outside {
            clock: Arc::new(SystemClock::new()),
            lines: Arc::new(RealLines),
            disk: Arc::new(SystemDisk),
            pace: Pace::Timers,
            code_memory: CODE_MEMORY,
        }
    }
}

/// Opens lines to boards.
pub trait Lines: Send + Sync {
    fn start(&self, settings: LineSettings, events: Box<dyn Fn(LineEvent) + Send>) -> Box<dyn BoardLine>;
}

/// A line that is kept open until it is dropped. Sends one frame for one request, or says that it did not.
pub trait BoardLine: Send {
    fn unlock(&self, request: UnlockRequest);
    fn watch(&self, board: u8, channel: u8, on: bool);
    /// A frame may be asked for at once: whatever else would keep the line busy waits a moment.
    fn hush(&self) {}
}

struct RealLines;

impl Lines for RealLines {
    fn start(&self, settings: LineSettings, events: Box<dyn Fn(LineEvent) + Send>) -> Box<dyn BoardLine> {
        Box::new(Line::start(settings, events))
    }
}

impl BoardLine for Line {
    fn unlock(&self, request: UnlockRequest) {
        Line::unlock(self, request);
    }
    fn watch(&self, board: u8, channel: u8, on: bool) {
        Line::watch(self, board, channel, on);
    }
    fn hush(&self) {
        Line::hush(self);
    }
}
