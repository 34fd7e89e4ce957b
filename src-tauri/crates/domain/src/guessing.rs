//! How likely it is that somebody at a keypad hits a code that is not theirs, by the settings in force.
//!
//! The guesser is a clever one: never types the same digits twice, never stops, and has a code of their own with
//! which to end the waits.

use crate::code::DIGITS;
use crate::throttle::Throttle;
use crate::time::{DAY, Mono, Wall};

/// What is promised: at most this chance a day.
pub const PROMISED: f64 = 1.0 / 10_000.0;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guessing {
    pub digits: u32,
    pub active_codes: u32,
    /// Wrong codes that one keypad takes in a day.
    pub tries: u32,
}

impl Guessing {
    /// By the code's length and the throttle that are built in.
    pub fn in_force(active_codes: u32) -> Guessing {
        Guessing { digits: DIGITS, active_codes, tries: tries_a_day() }
    }

    /// The chance that one of a day's tries hits any active code.
    pub fn chance_a_day(&self) -> f64 {
        let all = 10f64.powi(i32::try_from(self.digits).unwrap_or(i32::MAX));
        let codes = f64::from(self.active_codes);
        // Each try is one that has not been made: the n-th is one of those left.
        let missed = (0..self.tries)
            .map(f64::from)
            .map(|made| if all - made > codes { (-codes / (all - made)).ln_1p() } else { f64::NEG_INFINITY })
            .sum::<f64>();
        -missed.exp_m1()
    }

    /// The same for a year; codes come and go, so each day is a new one.
    pub fn chance_a_year(&self) -> f64 {
        -(365.0 * (-self.chance_a_day()).ln_1p()).exp_m1()
    }

    /// One in how many days of guessing hits, rounded towards the worse; `None` is never.
    pub fn day_one_in(&self) -> Option<u32> {
        let chance = self.chance_a_day();
        // A billionth more, so that a whole number stays what it is.
        (chance > 0.0).then(|| whole((1.0 / chance * (1.0 + 1e-9)).floor()))
    }

    /// The chance of a year in millionths, rounded towards the worse.
    pub fn year_per_million(&self) -> u32 {
        whole((self.chance_a_year() * 1e6).ceil())
    }

    /// The most active codes with which the promise is kept.
    pub fn holds_up_to(&self) -> u32 {
        let kept = |codes: u32| Guessing { active_codes: codes, ..*self }.chance_a_day() <= PROMISED;
        let (mut most, mut too_many) = (0, 1);
        while kept(too_many) {
            if too_many > 1_000_000 {
                return too_many;
            }
            (most, too_many) = (too_many, too_many * 2);
        }
        while too_many - most > 1 {
            let middle = u32::midpoint(most, too_many);
            if kept(middle) { most = middle } else { too_many = middle }
        }
        most
    }
}

/// A whole number that is not negative, as far as it fits.
fn whole(number: f64) -> u32 {
    // Cut off where it does not fit, which is what is wanted.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let whole = number as u32;
    whole
}

/// How many wrong codes the throttle takes in a day, found by trying.
fn tries_a_day() -> u32 {
    let (mut throttle, mut now, mut tries) = (Throttle::default(), 0, 0);
    loop {
        if let Some(wait) = throttle.remaining(Mono(now), Mono(now), Wall(now)) {
            // An own code ends the wait of the row; the day's count goes on.
            throttle = throttle.succeeded();
            if throttle.remaining(Mono(now), Mono(now), Wall(now)).is_some() {
                now += wait;
            }
        }
        if now >= DAY {
            return tries;
        }
        throttle = throttle.failed(Wall(now));
        tries += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::throttle::PER_DAY;
    use proptest::prelude::*;

    #[test]
    #[allow(clippy::print_stdout)] // the number itself is worth reading in a test's output
    fn the_defaults_keep_the_promise_up_to_a_hundred_codes() {
        assert_eq!(usize::try_from(tries_a_day()).unwrap(), PER_DAY);
        let plausible = Guessing::in_force(100);
        assert!(plausible.chance_a_day() <= PROMISED, "{}", plausible.chance_a_day());
        assert_eq!(plausible.holds_up_to(), 100);
        assert!(Guessing::in_force(101).chance_a_day() > PROMISED);
        assert!((plausible.chance_a_year() - 0.0358).abs() < 0.0002, "{}", plausible.chance_a_year());
        assert_eq!(plausible.day_one_in(), Some(10_000));
        assert_eq!(Guessing::in_force(0).day_one_in(), None);
        assert_eq!(plausible.year_per_million() / 100, 358);
        println!(
            "guessing at the defaults, 100 active codes: {:.3e} a day (1 in {:.0}), {:.2} % a year; holds up to {} codes",
            plausible.chance_a_day(),
            1.0 / plausible.chance_a_day(),
            100.0 * plausible.chance_a_year(),
            plausible.holds_up_to(),
        );
    }

    #[test]
    fn without_codes_there_is_nothing_to_hit_and_with_all_nothing_to_miss() {
        let few = Guessing { digits: 2, active_codes: 0, tries: 10 };
        assert!(few.chance_a_day().abs() < f64::EPSILON);
        let all = Guessing { digits: 1, active_codes: 10, tries: 1 };
        assert!((all.chance_a_day() - 1.0).abs() < f64::EPSILON);
    }

    /// Draws without repeating, from a seed: a linear congruence is random enough to count hits.
    struct Dice(u64);
    impl Dice {
        fn below(&mut self, n: usize) -> usize {
            self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(self.0 >> 33).unwrap() % n
        }
        fn draw(&mut self, of: usize, count: usize) -> Vec<usize> {
            let mut all: Vec<usize> = (0..of).collect();
            (0..count)
                .map(|n| {
                    let at = n + self.below(of - n);
                    all.swap(n, at);
                    all[n]
                })
                .collect()
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]
        /// Codes are drawn, guesses are drawn, hits are counted: as often as computed, within four deviations.
        #[test]
        fn it_is_what_a_simulation_counts(seed in any::<u64>(), digits in 2u32..4, codes in 1u32..30, tries in 1u32..40) {
            let all = 10usize.pow(digits);
            let computed = Guessing { digits, active_codes: codes, tries }.chance_a_day();
            let mut dice = Dice(seed);
            let days = 3_000;
            let hits = (0..days).filter(|_| {
                let active = dice.draw(all, codes as usize);
                dice.draw(all, tries as usize).iter().any(|guess| active.contains(guess))
            }).count();
            let counted = f64::from(u32::try_from(hits).unwrap()) / f64::from(days);
            let deviation = (computed * (1.0 - computed) / f64::from(days)).sqrt();
            prop_assert!((counted - computed).abs() <= 4.0 * deviation + 1e-3, "computed {computed}, counted {counted}");
        }
    }
}
