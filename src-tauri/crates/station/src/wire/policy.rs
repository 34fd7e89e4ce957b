//! The site's policy, and what it means for somebody who guesses.

use super::{Handling, RetentionDays};
use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    WaysInName = domain::policy::WaysIn { Either, Badge, Code, Both }
);

wire! {
    pub struct HandlingWays { pub handling: Handling, pub ways: WaysInName }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum LeaverNoticeView { Nobody, Manager, Person { person_id: String } }
    pub struct PolicyView {
        pub ways_in: WaysInName, pub ways_in_of: Vec<HandlingWays>, pub badge_by_self: bool, pub delegates_for_sensitive: bool,
        pub leaver_notice: LeaverNoticeView, pub retention: RetentionDays, pub idle_minutes: u16, pub totp_for_admins: bool,
    }
    /// How likely it is that somebody at a keypad hits a code, with the codes that are active now.
    pub struct GuessingView {
        pub active_codes: u32, pub tries_a_day: u32,
        /// The chance a day is one in so many; `null` is none.
        pub day_one_in: Option<u32>,
        /// The chance in a year of guessing all day long, in millionths.
        pub year_per_million: u32,
        /// At most 1 in 10,000 a day.
        pub kept: bool,
        /// With how many active codes it still would be.
        pub holds_up_to: u32,
    }
    pub struct PolicyPage { pub policy: PolicyView, pub leaver_person_name: Option<String>, pub guessing: GuessingView }
}

impl From<domain::policy::Policy> for PolicyView {
    fn from(policy: domain::policy::Policy) -> PolicyView {
        use domain::policy::LeaverNotice;
        PolicyView {
            ways_in: policy.ways_in.into(),
            ways_in_of: policy
                .ways_in_of
                .into_iter()
                .map(|(handling, ways)| HandlingWays { handling: handling.into(), ways: ways.into() })
                .collect(),
            badge_by_self: policy.badge_by_self,
            delegates_for_sensitive: policy.delegates_for_sensitive,
            leaver_notice: match policy.leaver_notice {
                LeaverNotice::Nobody => LeaverNoticeView::Nobody,
                LeaverNotice::Manager => LeaverNoticeView::Manager,
                LeaverNotice::Person(person) => LeaverNoticeView::Person { person_id: person.to_string() },
            },
            retention: policy.retention.into(),
            idle_minutes: policy.idle_minutes,
            totp_for_admins: policy.totp_for_admins,
        }
    }
}

impl TryFrom<PolicyView> for domain::policy::Policy {
    type Error = crate::Error;
    fn try_from(view: PolicyView) -> crate::Result<domain::policy::Policy> {
        use domain::policy::{LeaverNotice, Policy};
        Ok(Policy {
            ways_in: view.ways_in.into(),
            ways_in_of: view.ways_in_of.into_iter().map(|w| (w.handling.into(), w.ways.into())).collect(),
            badge_by_self: view.badge_by_self,
            delegates_for_sensitive: view.delegates_for_sensitive,
            leaver_notice: match view.leaver_notice {
                LeaverNoticeView::Nobody => LeaverNotice::Nobody,
                LeaverNoticeView::Manager => LeaverNotice::Manager,
                LeaverNoticeView::Person { person_id } => {
                    LeaverNotice::Person(person_id.parse().map_err(|_| crate::Error::NotFound("person"))?)
                }
            },
            retention: view.retention.into(),
            idle_minutes: view.idle_minutes,
            totp_for_admins: view.totp_for_admins,
        })
    }
}
