//! How fast a provider takes messages: learnt from its refusals, and tried a little faster as time passes.
//!
//! Pure: the time comes in as an argument. It knows of no provider's written limits, which change and differ by
//! account; it must never make a channel wait that has not refused anything for being too fast.

use domain::time::{Mono, SECOND};
use std::time::Duration;

/// Handed out together, so that they are recorded together.
const PIECE: i64 = SECOND / 4;
/// Of what was taken in a second that ended in a refusal, so much is asked of the next ones.
const CAREFUL: f64 = 0.9;
/// One per cent faster each second: a limit is met again after some 15 s, at the cost of one pause.
const BOLDER: f64 = 0.01;
/// Faster than this is no limit.
const UNLIMITED: f64 = 1_000.0;

/// One channel's.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Rate {
    /// So many a second, when it last refused one.
    borne: Option<(f64, Mono)>,
    /// The second that is counted, what was taken in it, and in the one before.
    second: Mono,
    taken: u32,
    before: u32,
    /// When the next piece may go.
    next: Mono,
}

impl Rate {
    /// A message was taken.
    pub fn took(&mut self, now: Mono) {
        let passed = now.since(self.second);
        if !(0..SECOND).contains(&passed) {
            self.before = if (SECOND..2 * SECOND).contains(&passed) { self.taken } else { 0 };
            (self.second, self.taken) = (now, 0);
        }
        self.taken += 1;
    }

    /// One was refused because there were too many; nothing goes in the pause that was asked for.
    pub fn refused(&mut self, now: Mono, pause: Duration) {
        let counted = f64::from(self.taken.max(self.before).max(1)) * CAREFUL;
        // What was refused was too much. But soon after another refusal only a part of a second was counted.
        let borne = self.a_second(now).map_or(counted, |asked| counted.clamp(asked / 2.0, asked * CAREFUL));
        let after = now.plus(crate::outbox::pace::wait(0, Some(pause), 0.0));
        *self = Rate { borne: Some((borne, after)), next: after, ..Rate::default() };
    }

    /// How many of so many may be sent now.
    pub fn lets(&self, now: Mono, many: i64) -> i64 {
        match self.a_second(now) {
            None => many,
            Some(_) if self.wait(now) > 0 => 0,
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            Some(rate) => ((rate * PIECE as f64 / SECOND as f64) as i64).clamp(1, many.max(1)),
        }
    }

    /// So many are sent now.
    pub fn sends(&mut self, now: Mono, many: usize) {
        if let Some(rate) = self.a_second(now).filter(|_| many > 0) {
            #[allow(clippy::cast_possible_truncation, clippy::cast_precision_loss)]
            let takes = (many as f64 / rate * SECOND as f64) as i64;
            // Who is late may catch up, but not on what was long ago.
            self.next = Mono(self.next.0.clamp(now.0 - PIECE, now.0) + takes);
        }
    }

    /// Between two messages of a piece.
    pub fn gap(&self, now: Mono) -> Duration {
        self.a_second(now).map_or(Duration::ZERO, |rate| Duration::from_secs_f64(1.0 / rate))
    }

    /// Milliseconds until the next may be sent.
    pub fn wait(&self, now: Mono) -> i64 {
        self.a_second(now).map_or(0, |_| self.next.since(now).max(0))
    }

    fn a_second(&self, now: Mono) -> Option<f64> {
        let (borne, since) = self.borne?;
        #[allow(clippy::cast_precision_loss)]
        let passed = now.since(since) as f64 / SECOND as f64;
        Some(borne * (passed.max(0.0) * BOLDER).exp()).filter(|rate| *rate < UNLIMITED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ONE: Duration = Duration::from_secs(1);

    /// A provider with a limit for each second of its own: how many it took in so many seconds, and how many it refused.
    fn drained(limit: u32, seconds: i64) -> (u32, u32) {
        let (mut rate, mut taken, mut refused) = (Rate::default(), 0, 0);
        let (mut of_second, mut second, mut rests) = (0, 0, 0);
        for now in (0..seconds * SECOND).step_by(20) {
            if now < rests {
                continue;
            }
            let lets = rate.lets(Mono(now), 20);
            rate.sends(Mono(now), usize::try_from(lets).unwrap());
            for _ in 0..lets {
                if now / SECOND != second {
                    (second, of_second) = (now / SECOND, 0);
                }
                if of_second < limit {
                    (of_second, taken) = (of_second + 1, taken + 1);
                    rate.took(Mono(now));
                } else {
                    (refused, rests) = (refused + 1, now + SECOND);
                    rate.refused(Mono(now), ONE);
                    break;
                }
            }
        }
        (taken, refused)
    }

    #[test]
    fn who_never_refuses_is_never_waited_for() {
        let mut rate = Rate::default();
        for now in 0..10_000 {
            rate.sends(Mono(now), 20);
            rate.took(Mono(now));
            assert_eq!((rate.lets(Mono(now), 20), rate.wait(Mono(now))), (20, 0));
        }
    }

    #[test]
    fn a_limit_is_found_and_nearly_used_with_few_refusals() {
        for limit in [1, 4, 30, 100] {
            let (taken, refused) = drained(limit, 120);
            assert!(taken > limit * 120 * 4 / 5, "{taken} of {limit} a second in two minutes");
            assert!(refused < 15, "{refused} refusals at {limit} a second");
        }
    }

    #[test]
    fn a_refusal_is_forgotten_in_time() {
        let mut rate = Rate::default();
        let now = Mono(1_000_000);
        rate.took(now);
        rate.refused(now, ONE);
        assert_eq!((rate.lets(now, 20), rate.wait(now)), (0, SECOND));
        let then = Mono(now.0 + 800 * SECOND);
        assert_eq!((rate.lets(then, 20), rate.wait(then)), (20, 0));
    }

    proptest! {
        #[test]
        fn there_is_always_a_next_one_and_soon(
            takes in proptest::collection::vec((0..5_000_i64, any::<bool>()), 1..50),
        ) {
            let (mut rate, mut now) = (Rate::default(), 0);
            for (passed, refused) in takes {
                now += passed;
                let lets = rate.lets(Mono(now), 20);
                prop_assert!((0..=20).contains(&lets));
                rate.sends(Mono(now), usize::try_from(lets).unwrap());
                if refused { rate.refused(Mono(now), ONE) } else { rate.took(Mono(now)) }
                prop_assert!(rate.wait(Mono(now)) <= 25 * SECOND);
                let then = Mono(now + rate.wait(Mono(now)));
                prop_assert!(rate.lets(then, 20) > 0);
            }
        }
    }
}
