//! When a channel is asked again: waits that double and are spread, and a breaker for a channel that answers nobody.
//!
//! Pure: the time and the dice come in as arguments. It must never forget that a provider asked for a pause.

use domain::time::{HOUR, SECOND, Wall};
use notify::Why;
use std::time::Duration;

const FIRST: i64 = 5 * SECOND;
const LONGEST: i64 = HOUR;
/// So many failures in a row that are the channel's own, and it is left alone for a while.
const PATIENCE: u32 = 3;
/// A channel that an admin must mend is asked as seldom as after so many failures.
const HOPELESS: u32 = 6;

/// How long until the next attempt after so many that failed: doubling from 5 s up to 1 h, of which half is random, so
/// that what failed together does not come back together. `dice` is from 0 up to 1. A provider's own wish is the least,
/// and the first time it is what counts: a limit by the second is no failure.
pub(crate) fn wait(attempts: u32, asked: Option<Duration>, dice: f64) -> i64 {
    let whole = FIRST.saturating_mul(1 << attempts.min(20)).min(LONGEST);
    // Half of it for sure: a wait of nearly nothing would be no wait.
    #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
    let spread = (whole as f64 / 2.0 * dice.clamp(0.0, 1.0)) as i64;
    let wish =
        asked.map(|d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX).clamp(SECOND / 10, 24 * LONGEST));
    match wish {
        Some(wish) if attempts == 0 => wish,
        wish => (whole / 2 + spread).max(wish.unwrap_or_default()),
    }
}

/// One channel's. Shut: all is sent. Open: nothing is, until `until`; then one message tries whether it is well again.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Breaker {
    failures: u32,
    down: Option<Down>,
    /// Up to which message was looked for another way since the last try.
    around: i64,
}

/// How a channel fails.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Down {
    pub since: Wall,
    pub until: Wall,
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
    pub fn lets(&self, now: Wall, many: i64) -> i64 {
        match &self.down {
            None => many,
            Some(down) if down.until > now => 0,
            Some(_) => 1,
        }
    }

    /// It answered, whatever it said about this message. Was it down?
    pub fn answered(&mut self) -> bool {
        std::mem::take(self).down.is_some()
    }

    /// It failed as it would fail everybody; `asked` is the pause it wants.
    pub fn failed(&mut self, now: Wall, why: &Why, broken: bool, asked: Option<Duration>, dice: f64) {
        self.failures = self.failures.saturating_add(1);
        if asked.is_none() && !broken && self.failures < PATIENCE {
            return;
        }
        let attempts = self.failures.saturating_sub(PATIENCE) + if broken { HOPELESS } else { 0 };
        let since = self.down.as_ref().map_or(now, |down| down.since);
        let until = Wall(now.0.saturating_add(wait(attempts, asked, dice)));
        self.down = Some(Down { since, until, why: why.clone(), broken });
        self.around = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use notify::Reason;
    use proptest::prelude::*;

    fn slow() -> Why {
        Why::new(Reason::Slow, "")
    }

    #[test]
    fn waits_double_up_to_an_hour_and_are_spread_over_half_of_it() {
        for (attempts, whole) in [(0, FIRST), (1, 2 * FIRST), (4, 16 * FIRST), (40, HOUR), (u32::MAX, HOUR)] {
            assert_eq!(wait(attempts, None, 0.0), whole / 2);
            assert_eq!(wait(attempts, None, 1.0), whole);
        }
    }

    #[test]
    fn what_a_provider_asks_for_is_the_least_and_never_for_ever() {
        assert_eq!(wait(0, Some(Duration::from_secs(90)), 0.0), 90 * SECOND);
        assert_eq!(wait(0, Some(Duration::from_secs(1)), 1.0), SECOND, "the first time no longer than asked");
        assert_eq!(wait(40, Some(Duration::from_secs(1)), 0.0), HOUR / 2);
        assert_eq!(wait(0, Some(Duration::MAX), 0.0), 24 * HOUR);
    }

    #[test]
    fn a_breaker_opens_after_three_failures_probes_and_shuts_when_it_is_answered() {
        let (mut breaker, now) = (Breaker::default(), Wall(1_000));
        breaker.failed(now, &slow(), false, None, 1.0);
        breaker.failed(now, &slow(), false, None, 1.0);
        assert_eq!(breaker.lets(now, 20), 20, "two may be chance");
        breaker.failed(now, &slow(), false, None, 1.0);
        let until = Wall(now.0 + FIRST);
        assert_eq!((breaker.lets(now, 20), breaker.lets(until, 20)), (0, 1));
        breaker.failed(until, &slow(), false, None, 1.0);
        let down = breaker.down().unwrap();
        assert_eq!((down.since, down.until), (now, Wall(until.0 + 2 * FIRST)), "longer each time");
        assert!(breaker.answered() && breaker.lets(now, 20) == 20);
        assert!(!breaker.answered());
    }

    #[test]
    fn a_channel_that_asks_for_a_pause_or_must_be_mended_rests_at_once() {
        let now = Wall(1_000);
        let mut breaker = Breaker::default();
        breaker.failed(now, &slow(), false, Some(Duration::from_secs(30)), 0.0);
        assert_eq!(breaker.down().map(|d| (d.until, d.broken)), Some((Wall(now.0 + 30 * SECOND), false)));
        let mut breaker = Breaker::default();
        breaker.failed(now, &Why::new(Reason::SignIn, "535"), true, None, 0.0);
        assert_eq!(breaker.down().map(|d| (d.until, d.broken)), Some((Wall(now.0 + 160 * SECOND), true)));
    }

    proptest! {
        #[test]
        fn no_wait_is_nothing_or_longer_than_a_day(attempts: u32, secs: Option<u64>, dice in 0.0..1.0f64) {
            let waits = wait(attempts, secs.map(Duration::from_secs), dice);
            let least = if attempts == 0 && secs.is_some() { SECOND / 10 } else { FIRST / 2 };
            prop_assert!((least..=24 * HOUR).contains(&waits));
        }
    }
}
