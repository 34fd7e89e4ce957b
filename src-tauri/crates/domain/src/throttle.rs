//! Slowing down whoever guesses codes at a keypad. One guess is tried against every active code, so the keypad is
//! what is throttled; badges are not, so a vandal locks nobody out.
//!
//! Failures and the wait are kept over restarts. Waiting is counted on the monotonic clock of one run; a new run
//! starts the wait again, so that neither a restart nor a jump of the wall clock shortens it.

use crate::time::{DAY, MINUTE, Mono, SECOND, Wall};
use serde::{Deserialize, Serialize};

/// What is kept per keypad.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Throttle {
    /// Failures since the last success.
    pub row: u32,
    /// Wall times of the failures of the rolling day, oldest first.
    pub day: Vec<Wall>,
    /// How long the present wait is, in milliseconds; 0 when there is none.
    pub wait_ms: i64,
}

/// Tries before the first wait.
pub const FREE: u32 = 5;
/// Failures in a rolling day, then badge or staff only.
pub const PER_DAY: usize = 100;

impl Throttle {
    /// A code failed: the state after it. The caller starts the wait (`wait_ms`) now.
    #[must_use]
    pub fn failed(mut self, now: Wall) -> Throttle {
        self.row += 1;
        self.day.push(now);
        if self.day.len() > PER_DAY {
            let surplus = self.day.len() - PER_DAY;
            self.day.drain(..surplus);
        }
        self.wait_ms = match self.row.checked_sub(FREE) {
            None | Some(0) => 0,
            Some(beyond) => (30 * SECOND).saturating_mul(1 << (beyond - 1).min(10)).min(15 * MINUTE),
        };
        self
    }

    /// A code was right: the row ends, the day's count stays.
    #[must_use]
    pub fn succeeded(mut self) -> Throttle {
        self.row = 0;
        self.wait_ms = 0;
        self
    }

    /// The present wait alone, without the day's count: what holds back guesses at one account, which a stranger must
    /// not be able to shut for good.
    pub fn waiting(&self, began: Mono, now: Mono) -> Option<i64> {
        let left = self.wait_ms - now.since(began);
        (left > 0).then_some(left)
    }

    /// Milliseconds still to wait, `None` when a code may be tried. `began` is when the wait began in this run.
    pub fn remaining(&self, began: Mono, now: Mono, wall: Wall) -> Option<i64> {
        let wait = self.waiting(began, now).unwrap_or(0);
        let day = match (self.day.len() >= PER_DAY, self.day.first()) {
            // A clock set back makes the oldest failure lie ahead: a whole day is waited then, never longer.
            (true, Some(oldest)) => (oldest.0 + DAY - wall.0).min(DAY),
            _ => 0,
        };
        let left = wait.max(day);
        (left > 0).then_some(left)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(failures: u32) -> Throttle {
        (0..failures).fold(Throttle::default(), |t, n| t.failed(Wall(i64::from(n))))
    }

    #[test]
    fn five_are_free_then_thirty_seconds_doubling_to_fifteen_minutes() {
        assert_eq!(after(5).wait_ms, 0);
        assert_eq!(after(6).wait_ms, 30_000);
        assert_eq!(after(7).wait_ms, 60_000);
        assert_eq!(after(30).wait_ms, 15 * MINUTE);
    }

    #[test]
    fn a_hundred_a_day_is_the_end_of_codes_for_the_day() {
        let t = after(100).succeeded();
        assert!(t.remaining(Mono(0), Mono(0), Wall(100)).is_some());
        assert_eq!(t.remaining(Mono(0), Mono(0), Wall(DAY + 1)), None);
    }

    #[test]
    fn the_wait_is_counted_on_the_monotonic_clock() {
        let t = after(6);
        assert_eq!(t.remaining(Mono(10), Mono(10_010), Wall(-5)), Some(20_000));
        assert_eq!(t.remaining(Mono(10), Mono(30_010), Wall(0)), None);
    }
}
