//! The clocks, injected: a test or a simulation brings its own.

use domain::time::{Mono, Wall};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

pub trait Clock: Send + Sync + 'static {
    fn mono(&self) -> Mono;
    fn wall(&self) -> Wall;
    /// The instant that `mono` stands for, for the line's deadlines.
    fn instant(&self, mono: Mono) -> Instant;
}

#[derive(Debug)]
pub struct SystemClock {
    began: Duration,
}

impl SystemClock {
    pub fn new() -> SystemClock {
        SystemClock { began: awake_or_asleep() }
    }
}

/// A monotonic clock that goes on while the machine sleeps: deadlines don't wait for it to wake.
#[cfg(target_os = "linux")]
fn awake_or_asleep() -> Duration {
    let now = rustix::time::clock_gettime(rustix::time::ClockId::Boottime);
    Duration::new(u64::try_from(now.tv_sec).unwrap_or(0), u32::try_from(now.tv_nsec).unwrap_or(0))
}

/// Elsewhere the standard library's clock, which goes on while asleep on Windows and stands still on macOS.
#[cfg(not(target_os = "linux"))]
fn awake_or_asleep() -> Duration {
    static BEGAN: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(Instant::now);
    BEGAN.elapsed()
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::new()
    }
}

impl Clock for SystemClock {
    fn mono(&self) -> Mono {
        let passed = awake_or_asleep().saturating_sub(self.began);
        Mono(i64::try_from(passed.as_millis()).unwrap_or(i64::MAX))
    }
    fn wall(&self) -> Wall {
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Wall(i64::try_from(since.as_millis()).unwrap_or(i64::MAX))
    }
    fn instant(&self, mono: Mono) -> Instant {
        let left = mono.since(self.mono());
        let distance = Duration::from_millis(left.unsigned_abs());
        let now = Instant::now();
        if left < 0 { now.checked_sub(distance).unwrap_or(now) } else { now + distance }
    }
}

/// A wall time as people's programs write it: RFC 3339, UTC.
pub(crate) fn utc(wall: Wall) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(wall.0).unwrap_or_default()
}

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
