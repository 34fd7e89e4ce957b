//! The clocks, injected: a test or a simulation brings its own.

use domain::time::{Mono, Wall};
use std::time::{Instant, SystemTime, UNIX_EPOCH};

pub trait Clock: Send + Sync + 'static {
    fn mono(&self) -> Mono;
    fn wall(&self) -> Wall;
    /// The instant that `mono` stands for, for the line's deadlines.
    fn instant(&self, mono: Mono) -> Instant;
}

#[derive(Debug)]
pub struct SystemClock {
    began: Instant,
}

impl SystemClock {
    pub fn new() -> SystemClock {
        SystemClock { began: Instant::now() }
    }
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn mono(&self) -> Mono {
        Mono(i64::try_from(self.began.elapsed().as_millis()).unwrap_or(i64::MAX))
    }
    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
    fn instant(&self, mono: Mono) -> Instant {
        self.began + std::time::Duration::from_millis(u64::try_from(mono.0).unwrap_or(0))
    }
}

/// A wall time as people's programs write it: RFC 3339, UTC.
pub(crate) fn rfc3339(wall: Wall) -> String {
    chrono::DateTime::from_timestamp_millis(wall.0)
        .map(|t| t.to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
        .unwrap_or_default()
}

/// The same in the machine's own zone, for people.
pub(crate) fn rfc3339_local(wall: Wall) -> String {
    chrono::DateTime::from_timestamp_millis(wall.0)
        .map(|t| t.with_timezone(&chrono::Local).to_rfc3339_opts(chrono::SecondsFormat::Secs, false))
        .unwrap_or_default()
}
