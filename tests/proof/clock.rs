//! Simulated time. The wall clock can be wrong; each start of the program counts its own monotonic time.

use domain::time::{Mono, Wall};
use station::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering::SeqCst};
use std::time::{Duration, Instant};

pub const EPOCH: i64 = 1_800_000_000_000;

pub struct Time {
    ms: AtomicI64,
    wrong: AtomicI64,
    base: Instant,
}

impl Time {
    pub fn new() -> Arc<Time> {
        // The first second is past already, so that nothing lies before the beginning.
        Arc::new(Time { ms: AtomicI64::new(1_000), wrong: AtomicI64::new(0), base: Instant::now() })
    }

    pub fn now(&self) -> i64 {
        self.ms.load(SeqCst)
    }

    pub fn pass(&self, ms: i64) {
        self.ms.fetch_add(ms, SeqCst);
    }

    /// The wall clock is wrong by this much from now on.
    pub fn wrong_by(&self, ms: i64) {
        self.wrong.store(ms, SeqCst);
    }

    pub fn instant(&self, ms: i64) -> Instant {
        self.base + Duration::from_millis(u64::try_from(ms).unwrap_or(0))
    }

    pub fn boot(self: &Arc<Time>) -> Arc<BootClock> {
        Arc::new(BootClock { time: self.clone(), began: self.now() })
    }
}

pub struct BootClock {
    time: Arc<Time>,
    began: i64,
}

impl Clock for BootClock {
    fn mono(&self) -> Mono {
        Mono(self.time.now() - self.began)
    }
    fn wall(&self) -> Wall {
        Wall(EPOCH + self.time.now() + self.time.wrong.load(SeqCst))
    }
    fn instant(&self, mono: Mono) -> Instant {
        self.time.instant(self.began + mono.0)
    }
}
