//! A moment in which the line asks nothing, because an unlock may come: somebody just showed who they are, and what
//! is decided meanwhile should not wait for a board to tell of its doors. Must never keep the doors from being seen:
//! between two such moments there is always time for questions.

use std::time::{Duration, Instant};

/// Longer than it takes to verify a code and to write the decision down.
const LASTS: Duration = Duration::from_millis(60);
/// From the beginning of one to the next.
const APART: Duration = Duration::from_millis(300);

pub(super) struct Hush {
    until: Instant,
    next: Instant,
}

impl Hush {
    pub fn new(now: Instant) -> Self {
        Self { until: now, next: now }
    }

    pub fn begin(&mut self, now: Instant) {
        if now >= self.next {
            *self = Self { until: now + LASTS, next: now + APART };
        }
    }

    /// What was waited for has come.
    pub fn end(&mut self, now: Instant) {
        self.until = now;
    }

    /// When a question that is due at `due` may be asked.
    pub fn after(&self, due: Instant) -> Instant {
        due.max(self.until)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn questions_wait_for_a_moment_and_no_longer_however_often_it_is_asked_for() {
        let start = Instant::now();
        let at = |ms| start + Duration::from_millis(ms);
        let mut hush = Hush::new(start);
        assert_eq!(hush.after(at(5)), at(5));
        let mut quiet = 0;
        for ms in 0..3_000 {
            hush.begin(at(ms));
            quiet += u32::from(hush.after(at(ms)) > at(ms));
        }
        assert_eq!(quiet, 600, "a fifth of the time, with somebody at the reader all the time");
        hush.begin(at(3_000));
        hush.end(at(3_010));
        assert_eq!(hush.after(at(3_010)), at(3_010), "over as soon as the unlock was sent");
    }
}
