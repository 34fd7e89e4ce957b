//! Many measurements, told in two numbers.

use std::time::Duration;

/// The median and the 99th percentile, in milliseconds.
pub fn percentiles(times: &mut [Duration]) -> (f64, f64) {
    times.sort();
    let at = |p: usize| times[(times.len() * p / 100).min(times.len() - 1)].as_secs_f64() * 1_000.0;
    (at(50), at(99))
}

/// How many times something is measured: so many, unless the environment says otherwise.
pub fn setting(name: &str, usual: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(usual)
}
