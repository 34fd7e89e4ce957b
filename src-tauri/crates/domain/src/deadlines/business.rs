//! The business calendar: on which days a site works, from when to when, in its own time zone.
//!
//! Counting is done in the site's local time, so a business day is a business day however long the change of summer
//! time makes it. Where a local time exists twice the later is meant, and where it does not exist the first after it:
//! a deadline is never early.

use crate::holds::Hold;
use crate::time::Wall;
use chrono::{
    DateTime, Datelike, Days, LocalResult, NaiveDate, NaiveDateTime, NaiveTime, TimeDelta, TimeZone, Weekday,
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Minutes since midnight.
pub type TimeOfDay = u16;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Business {
    /// As the IANA database names it.
    pub zone: Tz,
    /// Monday first.
    pub weekdays: [bool; 7],
    /// From and until; without them a business day has no closed hours.
    pub open: Option<(TimeOfDay, TimeOfDay)>,
    pub holidays: BTreeSet<NaiveDate>,
}

impl Default for Business {
    fn default() -> Business {
        Business {
            zone: Tz::UTC,
            weekdays: [true, true, true, true, true, false, false],
            open: None,
            holidays: BTreeSet::new(),
        }
    }
}

/// Further than any deadline: a calendar that never opens ends a search here.
const HORIZON_DAYS: u64 = 20_000;

impl Business {
    pub fn works(&self, day: NaiveDate) -> bool {
        let weekday = usize::try_from(day.weekday().num_days_from_monday()).unwrap_or_default();
        self.weekdays.get(weekday).copied().unwrap_or(false) && !self.holidays.contains(&day)
    }

    /// `n` business days after `since`, with the pauses left out, and within opening hours.
    pub(super) fn after(&self, n: u16, since: Wall, pauses: &[Hold]) -> Wall {
        let Some(start) = self.local(since) else { return since };
        let pauses = self.local_pauses(pauses);
        let mut left = TimeDelta::days(i64::from(n));
        let mut at = start;
        for _ in 0..HORIZON_DAYS {
            let Some(midnight) = next_midnight(at) else { break };
            if self.works(at.date()) {
                for (from, until) in gaps(at, midnight, &pauses) {
                    if until - from >= left {
                        return self.open_at(from + left, &pauses).max(since);
                    }
                    left -= until - from;
                }
            }
            at = midnight;
        }
        self.instant(at).max(since)
    }

    /// This moment, or the next within the opening hours of a business day that is no pause.
    fn open_at(&self, moment: NaiveDateTime, pauses: &[(NaiveDateTime, NaiveDateTime)]) -> Wall {
        let Some((opens, closes)) = self.open else { return self.instant(moment) };
        let mut at = moment;
        for _ in 0..HORIZON_DAYS {
            let (from, until) = (clock(at.date(), opens), clock(at.date(), closes));
            if self.works(at.date()) && at <= until {
                let wanted = at.max(from);
                match pauses.iter().find(|(begun, ended)| *begun <= wanted && wanted < *ended) {
                    None => return self.instant(wanted),
                    Some((_, ended)) => {
                        at = *ended;
                        continue;
                    }
                }
            }
            match next_midnight(at) {
                Some(midnight) => at = midnight,
                None => break,
            }
        }
        self.instant(at)
    }

    fn local(&self, at: Wall) -> Option<NaiveDateTime> {
        Some(DateTime::from_timestamp_millis(at.0)?.with_timezone(&self.zone).naive_local())
    }

    /// In local time, in order, and none within another.
    fn local_pauses(&self, pauses: &[Hold]) -> Vec<(NaiveDateTime, NaiveDateTime)> {
        let mut local: Vec<_> = pauses
            .iter()
            .filter_map(|hold| Some((self.local(hold.from)?, self.local(hold.until)?)))
            .filter(|(from, until)| from < until)
            .collect();
        local.sort_unstable();
        let mut apart: Vec<(NaiveDateTime, NaiveDateTime)> = Vec::new();
        for (from, until) in local {
            match apart.last_mut() {
                Some(last) if from <= last.1 => last.1 = last.1.max(until),
                _ => apart.push((from, until)),
            }
        }
        apart
    }

    fn instant(&self, local: NaiveDateTime) -> Wall {
        let mut local = local;
        // A change of summer time skips at most a few hours.
        for _ in 0..26 * 4 {
            match self.zone.from_local_datetime(&local) {
                LocalResult::Single(at) | LocalResult::Ambiguous(_, at) => {
                    return Wall(at.timestamp_millis());
                }
                LocalResult::None => local = quarter_after(local),
            }
        }
        Wall(local.and_utc().timestamp_millis())
    }

    pub(super) fn unsound(&self) -> Option<&'static str> {
        if !self.weekdays.contains(&true) {
            return Some("weekdays");
        }
        if self.open.is_some_and(|(from, until)| from >= until || until > 24 * 60) {
            return Some("open");
        }
        (self.holidays.len() > super::MOST_HOLIDAYS).then_some("holidays")
    }
}

/// The next full quarter of an hour: changes of summer time end on one.
fn quarter_after(local: NaiveDateTime) -> NaiveDateTime {
    let past = local.and_utc().timestamp_millis().rem_euclid(15 * 60_000);
    local + TimeDelta::milliseconds(15 * 60_000 - past)
}

fn next_midnight(at: NaiveDateTime) -> Option<NaiveDateTime> {
    Some(at.date().checked_add_days(Days::new(1))?.and_time(NaiveTime::MIN))
}

fn clock(day: NaiveDate, minutes: TimeOfDay) -> NaiveDateTime {
    day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(minutes))
}

/// What of this stretch is in none of the pauses, which are in order and apart.
fn gaps(
    from: NaiveDateTime,
    until: NaiveDateTime,
    pauses: &[(NaiveDateTime, NaiveDateTime)],
) -> Vec<(NaiveDateTime, NaiveDateTime)> {
    let (mut found, mut at) = (Vec::new(), from);
    for (begun, ended) in pauses.iter().filter(|(begun, ended)| *ended > from && *begun < until) {
        if *begun > at {
            found.push((at, *begun));
        }
        at = at.max(*ended);
    }
    if at < until {
        found.push((at, until));
    }
    found
}

/// The names of the week, Monday first, as a site file writes them.
pub const WEEKDAYS: [Weekday; 7] =
    [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
