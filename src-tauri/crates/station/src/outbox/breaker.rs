//! A channel that answers nobody is left alone for a while, and one that is asked too fast is asked more slowly.
//!
//! Pure: the time and the dice come in as arguments. It must never forget that a provider asked for a pause.

use super::pace::wait;
use super::rate::Rate;
use domain::time::Mono;
use notify::{Reason, Why};
use std::time::Duration;

/// So many failures in a row that are the channel's own, and it is left alone for a while.
const PATIENCE: u32 = 3;
/// A channel that an admin must mend is asked as seldom as after so many failures.
const HOPELESS: u32 = 6;

/// One channel's. Shut: all is sent. Open: nothing is, until `until`; then one message tries whether it is well again.
#[derive(Clone, Debug, Default)]
pub(crate) struct Breaker {
    failures: u32,
    down: Option<Down>,
    rate: Rate,
    /// Up to which message was looked for another way since the last try.
    around: i64,
}

/// How a channel fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Down {
    pub since: Mono,
    pub until: Mono,
    pub why: Why,
    /// Its settings or its account: time alone mends nothing.
    pub broken: bool,
}

impl Breaker {
    pub fn down(&self) -> Option<&Down> {
        self.down.as_ref()
    }

    pub fn went_around(&self) -> i64 {
        self.around
    }

    pub fn goes_around(&mut self, up_to: i64) {
        self.around = up_to;
    }

    /// How many messages may be sent now.
    pub fn lets(&self, now: Mono, many: i64) -> i64 {
        let lets = match &self.down {
            None => many,
            Some(down) if down.until > now => 0,
            Some(_) => 1,
        };
        self.rate.lets(now, many).min(lets)
    }

    /// Milliseconds until one may be sent.
    pub fn wait(&self, now: Mono) -> i64 {
        let rests = self.down.as_ref().map_or(0, |down| down.until.since(now));
        rests.max(self.rate.wait(now))
    }

    /// So many are sent now; says how far apart.
    pub fn sends(&mut self, now: Mono, many: usize) -> Duration {
        self.rate.sends(now, many);
        self.rate.gap(now)
    }

    /// It answered, whatever it said about this message. Does it end a failure?
    pub fn answered(&mut self, now: Mono) -> bool {
        self.rate.took(now);
        if self.rests(now) {
            return false;
        }
        (self.failures, self.around) = (0, 0);
        self.down.take().is_some()
    }

    /// It failed as it would fail everybody; `asked` is the pause it wants.
    pub fn failed(&mut self, now: Mono, why: &Why, broken: bool, asked: Option<Duration>, dice: f64) {
        if self.rests(now) {
            return;
        }
        if let Some(pause) = asked.filter(|_| why.reason == Reason::Busy) {
            self.rate.refused(now, pause);
        }
        self.failures = self.failures.saturating_add(1);
        if asked.is_none() && !broken && self.failures < PATIENCE {
            return;
        }
        let attempts = self.failures.saturating_sub(PATIENCE) + if broken { HOPELESS } else { 0 };
        let since = self.down.as_ref().map_or(now, |down| down.since);
        let until = now.plus(wait(attempts, asked, dice));
        self.down = Some(Down { since, until, why: why.clone(), broken });
        self.around = 0;
    }

    /// What was under way when it went down says nothing new.
    fn rests(&self, now: Mono) -> bool {
        self.down.as_ref().is_some_and(|down| down.until > now)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::time::SECOND;

    /// The first wait.
    const FIRST: i64 = 5 * SECOND;

    fn slow() -> Why {
        Why::new(Reason::Slow, "")
    }

    #[test]
    fn a_breaker_opens_after_three_failures_probes_and_shuts_when_it_is_answered() {
        let (mut breaker, now) = (Breaker::default(), Mono(1_000));
        breaker.failed(now, &slow(), false, None, 1.0);
        breaker.failed(now, &slow(), false, None, 1.0);
        assert_eq!(breaker.lets(now, 20), 20, "two may be chance");
        breaker.failed(now, &slow(), false, None, 1.0);
        let until = now.plus(FIRST);
        assert_eq!((breaker.lets(now, 20), breaker.lets(until, 20)), (0, 1));
        breaker.failed(until, &slow(), false, None, 1.0);
        let down = breaker.down().unwrap();
        assert_eq!((down.since, down.until), (now, until.plus(2 * FIRST)), "longer each time");
        let until = until.plus(2 * FIRST);
        assert!(breaker.answered(until) && breaker.lets(until, 20) == 20);
        assert!(!breaker.answered(until));
    }

    #[test]
    fn a_channel_that_asks_for_a_pause_or_must_be_mended_rests_at_once() {
        let now = Mono(1_000);
        let mut breaker = Breaker::default();
        breaker.failed(now, &slow(), false, Some(Duration::from_secs(30)), 0.0);
        assert_eq!(breaker.down().map(|d| (d.until, d.broken)), Some((now.plus(30 * SECOND), false)));
        let mut breaker = Breaker::default();
        breaker.failed(now, &Why::new(Reason::SignIn, "535"), true, None, 0.0);
        assert_eq!(breaker.down().map(|d| (d.until, d.broken)), Some((now.plus(160 * SECOND), true)));
    }

    #[test]
    fn what_was_under_way_when_a_pause_was_asked_for_neither_ends_it_nor_makes_it_longer() {
        let (mut breaker, now) = (Breaker::default(), Mono(1_000));
        let (busy, second) = (Why::new(Reason::Busy, "HTTP 429"), Some(Duration::from_secs(1)));
        for _ in 0..4 {
            breaker.failed(now, &busy, false, second, 1.0);
            assert!(!breaker.answered(now));
        }
        assert_eq!((breaker.wait(now), breaker.lets(now, 20)), (SECOND, 0));
        let until = now.plus(SECOND);
        assert_eq!((breaker.wait(until), breaker.lets(until, 20)), (0, 1));
    }
}
