//! What an admin decides for the site. Every setting has a default that is safe; a policy once written is read by
//! newer versions too, so a setting that is missing has its default.

use crate::package::Handling;
use crate::time::DAY;
use serde::{Deserialize, Serialize};

/// How a recipient shows who they are at the kiosk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaysIn {
    /// The badge, or the code: either opens.
    Either,
    Badge,
    Code,
    /// The badge, and then the code.
    Both,
}

/// How long each kind of record is kept, in days.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Retention {
    /// Who opened what and signed in when.
    pub access: u16,
    /// Packages that ended, with whom they were for.
    pub packages: u16,
    /// People who left.
    pub leavers: u16,
}

impl Default for Retention {
    fn default() -> Retention {
        Retention { access: 90, packages: 365, leavers: 90 }
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Policy {
    pub ways_in: WaysIn,
    /// Where a package's handling asks for more than the site does.
    pub ways_in_of: Vec<(Handling, WaysIn)>,
    pub retention: Retention,
    /// Minutes until a mailroom session that nobody uses locks.
    pub idle_minutes: u16,
    /// Recipients may enrol a badge at the kiosk after a code.
    pub badge_by_self: bool,
    /// Admins need a second factor.
    pub totp_for_admins: bool,
}

impl Default for Policy {
    fn default() -> Policy {
        Policy {
            ways_in: WaysIn::Either,
            ways_in_of: vec![(Handling::HighValue, WaysIn::Both)],
            retention: Retention::default(),
            idle_minutes: 15,
            badge_by_self: true,
            totp_for_admins: false,
        }
    }
}

/// The most a setting in days may be: ten years.
pub const RETENTION_MAX_DAYS: u16 = 3_650;

impl Policy {
    /// What a package of this handling asks for: the strictest word said.
    pub fn ways_in_for(&self, handling: &[Handling]) -> WaysIn {
        let asked = self.ways_in_of.iter().filter(|(h, _)| handling.contains(h)).map(|(_, ways)| *ways);
        asked.max().unwrap_or(WaysIn::Either).max(self.ways_in)
    }
}

impl Retention {
    pub fn packages_ms(self) -> i64 {
        i64::from(self.packages) * DAY
    }
    pub fn access_ms(self) -> i64 {
        i64::from(self.access) * DAY
    }
    pub fn leavers_ms(self) -> i64 {
        i64::from(self.leavers) * DAY
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn high_value_asks_for_two_and_nothing_lowers_what_the_site_asks() {
        let policy = Policy::default();
        assert_eq!(policy.ways_in_for(&[Handling::Fragile]), WaysIn::Either);
        assert_eq!(policy.ways_in_for(&[Handling::Fragile, Handling::HighValue]), WaysIn::Both);
        let strict =
            Policy { ways_in: WaysIn::Code, ways_in_of: vec![(Handling::Cold, WaysIn::Either)], ..policy };
        assert_eq!(strict.ways_in_for(&[Handling::Cold]), WaysIn::Code);
    }

    #[test]
    fn a_policy_of_an_older_version_is_read_with_defaults() {
        let read: Policy = serde_json::from_str(r#"{"ways_in":"badge"}"#).unwrap();
        assert_eq!(read, Policy { ways_in: WaysIn::Badge, ..Policy::default() });
    }
}
