//! Random inputs for whatever reads what others wrote. Only tests use it.
//!
//! A test takes a moment; `CUBBY_FUZZ_SECONDS=60 cargo test fuzz_` gives each target a minute. Each run begins with
//! another seed and keeps no corpus: a failing input is made small and printed, and belongs in a test of its own.

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseResult, TestRunner};
use std::time::{Duration, Instant};

/// Inputs between two looks at the clock.
const ROUND: u32 = 256;

/// Gives inputs to `test` until one fails, the time is over or, without a time, for one round.
///
/// # Panics
/// When `test` fails, with the smallest input that makes it fail.
#[allow(clippy::panic)]
#[track_caller]
pub fn fuzz<S: Strategy>(inputs: &S, test: impl Fn(S::Value) -> TestCaseResult) {
    let seconds = std::env::var("CUBBY_FUZZ_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(0);
    let until = Instant::now() + Duration::from_secs(seconds);
    loop {
        let config = Config { cases: ROUND, failure_persistence: None, ..Config::default() };
        if let Err(failure) = TestRunner::new(config).run(inputs, &test) {
            panic!("{failure}");
        }
        if Instant::now() >= until {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    #[should_panic(expected = "minimal failing input")]
    fn a_failing_input_is_made_small() {
        fuzz(&(0u32..10_000), |input| {
            prop_assert!(input < 100);
            Ok(())
        });
    }
}
