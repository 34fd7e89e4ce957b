//! How long until the next attempt: waits that double and are spread.
//!
//! Pure: the dice come in as an argument. It must never be shorter than the pause a provider asked for.

use domain::time::{HOUR, SECOND};
use std::time::Duration;

const FIRST: i64 = 5 * SECOND;
const LONGEST: i64 = HOUR;

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

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

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

    proptest! {
        #[test]
        fn no_wait_is_nothing_or_longer_than_a_day(attempts: u32, secs: Option<u64>, dice in 0.0..1.0f64) {
            let waits = wait(attempts, secs.map(Duration::from_secs), dice);
            let least = if attempts == 0 && secs.is_some() { SECOND / 10 } else { FIRST / 2 };
            prop_assert!((least..=24 * HOUR).contains(&waits));
        }
    }
}
