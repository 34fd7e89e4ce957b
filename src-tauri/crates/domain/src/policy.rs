//! What an admin decides for the site. Every setting has a default that is safe; a policy once written is read by
//! newer versions too, so a setting that is missing has its default.

use crate::PersonId;
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

/// One way to show who one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Factor {
    Badge,
    Code,
}

/// What somebody has shown in this visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    pub badge: bool,
    pub code: bool,
}

impl WaysIn {
    /// What is still to be shown; `None` opens.
    pub fn missing(self, shown: Shown) -> Option<Factor> {
        let badge = (!shown.badge).then_some(Factor::Badge);
        let code = (!shown.code).then_some(Factor::Code);
        match self {
            WaysIn::Either => badge.and(code),
            WaysIn::Badge => badge,
            WaysIn::Code => code,
            WaysIn::Both => badge.or(code),
        }
    }

    /// Both this and the other ask to be met.
    fn and(self, other: WaysIn) -> WaysIn {
        match (self, other) {
            (one, WaysIn::Either) | (WaysIn::Either, one) => one,
            (one, other) if one == other => one,
            _ => WaysIn::Both,
        }
    }
}

/// Who is told when somebody left and a package of theirs is still inside. Staff are in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeaverNotice {
    Nobody,
    /// Whom the directory names as their manager.
    #[default]
    Manager,
    /// Always this person, or this mailbox of the directory.
    Person(PersonId),
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
    /// Delegates may fetch what is of high value or confidential; they then need badge and code.
    pub delegates_for_sensitive: bool,
    pub leaver_notice: LeaverNotice,
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
            delegates_for_sensitive: true,
            leaver_notice: LeaverNotice::Manager,
        }
    }
}

/// The most a setting in days may be: ten years.
pub const RETENTION_MAX_DAYS: u16 = 3_650;

/// The longest and the shortest time until an unused session locks, in minutes.
pub const IDLE_MINUTES: std::ops::RangeInclusive<u16> = 1..=480;

impl Policy {
    /// What a package of this handling asks for: everything that is asked of it, by the site and by its handling.
    pub fn ways_in_for(&self, handling: &[Handling]) -> WaysIn {
        let asked = self.ways_in_of.iter().filter(|(h, _)| handling.contains(h)).map(|(_, ways)| *ways);
        asked.fold(self.ways_in, WaysIn::and)
    }

    /// The same for a delegate; `None` is not at all.
    pub fn ways_in_for_delegate(&self, handling: &[Handling]) -> Option<WaysIn> {
        if !handling.iter().any(|h| h.is_sensitive()) {
            return Some(self.ways_in_for(handling));
        }
        self.delegates_for_sensitive.then_some(WaysIn::Both)
    }

    /// The first setting that may not be so.
    pub fn unsound(&self) -> Option<&'static str> {
        let days = [self.retention.access, self.retention.packages, self.retention.leavers];
        let mut handlings: Vec<Handling> = self.ways_in_of.iter().map(|(h, _)| *h).collect();
        handlings.sort_unstable();
        handlings.dedup();
        if handlings.len() != self.ways_in_of.len() {
            return Some("waysInOf");
        }
        if days.iter().any(|d| !(1..=RETENTION_MAX_DAYS).contains(d)) {
            return Some("retention");
        }
        (!IDLE_MINUTES.contains(&self.idle_minutes)).then_some("idleMinutes")
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
        let two = Policy { ways_in_of: vec![(Handling::Cold, WaysIn::Badge)], ..strict };
        assert_eq!(
            two.ways_in_for(&[Handling::Cold]),
            WaysIn::Both,
            "the site's code and the handling's badge"
        );
    }

    #[test]
    fn each_choice_asks_for_what_it_says() {
        let (none, badge, code, both) = (
            Shown::default(),
            Shown { badge: true, code: false },
            Shown { badge: false, code: true },
            Shown { badge: true, code: true },
        );
        for (ways, opens) in [
            (WaysIn::Either, [false, true, true, true]),
            (WaysIn::Badge, [false, true, false, true]),
            (WaysIn::Code, [false, false, true, true]),
            (WaysIn::Both, [false, false, false, true]),
        ] {
            assert_eq!(
                [none, badge, code, both].map(|shown| ways.missing(shown).is_none()),
                opens,
                "{ways:?}"
            );
        }
        assert_eq!(WaysIn::Both.missing(badge), Some(Factor::Code));
        assert_eq!(WaysIn::Both.missing(code), Some(Factor::Badge));
        assert_eq!(WaysIn::Badge.missing(code), Some(Factor::Badge));
    }

    #[test]
    fn a_delegate_needs_both_for_what_is_sensitive_if_policy_lets_them_at_all() {
        let policy = Policy::default();
        assert_eq!(policy.ways_in_for_delegate(&[]), Some(WaysIn::Either));
        assert_eq!(policy.ways_in_for_delegate(&[Handling::Confidential]), Some(WaysIn::Both));
        let own_hands = Policy { delegates_for_sensitive: false, ..policy };
        assert_eq!(own_hands.ways_in_for_delegate(&[Handling::HighValue]), None);
        assert_eq!(own_hands.ways_in_for_delegate(&[Handling::Fragile]), Some(WaysIn::Either));
    }

    #[test]
    fn what_can_not_be_meant_is_unsound() {
        assert_eq!(Policy::default().unsound(), None);
        let twice = vec![(Handling::Cold, WaysIn::Badge), (Handling::Cold, WaysIn::Code)];
        assert_eq!(Policy { ways_in_of: twice, ..Policy::default() }.unsound(), Some("waysInOf"));
        let kept = Retention { access: 0, ..Retention::default() };
        assert_eq!(Policy { retention: kept, ..Policy::default() }.unsound(), Some("retention"));
        assert_eq!(Policy { idle_minutes: 0, ..Policy::default() }.unsound(), Some("idleMinutes"));
    }

    #[test]
    fn a_policy_of_an_older_version_is_read_with_defaults() {
        let read: Policy = serde_json::from_str(r#"{"ways_in":"badge"}"#).unwrap();
        assert_eq!(read, Policy { ways_in: WaysIn::Badge, ..Policy::default() });
    }
}
