//! The machine's clocks, both as far ahead as a story says: time that passed, not a jump.

use domain::time::{Mono, Wall};
use station::{Clock, SystemClock};
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::Instant;

#[derive(Default)]
pub struct Shifted {
    machine: SystemClock,
    by: AtomicI64,
}

impl Shifted {
    /// So many milliseconds go by.
    pub fn pass(&self, ms: i64) {
        self.by.fetch_add(ms, SeqCst);
    }
}

impl Clock for Shifted {
    fn mono(&self) -> Mono {
        self.machine.mono().plus(self.by.load(SeqCst))
    }
    fn wall(&self) -> Wall {
        Wall(self.machine.wall().0 + self.by.load(SeqCst))
    }
    fn instant(&self, mono: Mono) -> Instant {
        self.machine.instant(mono.plus(-self.by.load(SeqCst)))
    }
}
