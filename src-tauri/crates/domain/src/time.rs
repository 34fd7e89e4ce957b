//! The two clocks. Wall time is for people and may jump; monotonic time decides deadlines and never does.

use serde::{Deserialize, Serialize};

/// Milliseconds since this run of the program began.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Mono(pub i64);

impl Mono {
    /// Milliseconds from `earlier` to this instant.
    pub fn since(self, earlier: Mono) -> i64 {
        self.0 - earlier.0
    }
    pub fn plus(self, ms: i64) -> Mono {
        Mono(self.0 + ms)
    }
}

/// Milliseconds since 1970-01-01 UTC, as the wall clock says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Default)]
#[serde(transparent)]
pub struct Wall(pub i64);

pub const SECOND: i64 = 1_000;
pub const MINUTE: i64 = 60 * SECOND;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;
