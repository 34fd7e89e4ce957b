//! Quiet hours: when a person does not want to hear of packages. Only delays; what is urgent goes all the same.

use crate::deadlines::TimeOfDay;
use crate::time::{HOUR, MINUTE, Wall};
use chrono::{DateTime, Days, NaiveTime, TimeDelta, TimeZone, Timelike};
use chrono_tz::Tz;

/// From and until, in local time; over midnight if it ends before it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: TimeOfDay,
    pub until: TimeOfDay,
}

impl QuietHours {
    /// When the quiet is over that there is at this moment; nothing if there is none.
    pub fn over(self, at: Wall, zone: Tz) -> Option<Wall> {
        let local = DateTime::from_timestamp_millis(at.0)?.with_timezone(&zone).naive_local();
        let now = TimeOfDay::try_from(local.hour() * 60 + local.minute()).ok()?;
        let QuietHours { from, until } = self;
        let tomorrow = match from < until {
            true if (from..until).contains(&now) => false,
            false if from != until && now >= from => true,
            false if from != until && now < until => false,
            _ => return None,
        };
        let day = local.date().checked_add_days(Days::new(u64::from(tomorrow)))?;
        let end = day.and_time(NaiveTime::MIN) + TimeDelta::minutes(i64::from(until));
        // A time that the change of summer time leaves out is over an hour later.
        let end = zone.from_local_datetime(&end).latest().map_or_else(
            || {
                zone.from_local_datetime(&(end + TimeDelta::hours(1)))
                    .latest()
                    .map(|end| end.timestamp_millis())
            },
            |end| Some(end.timestamp_millis()),
        )?;
        (at.0 < end && end <= at.0 + 26 * HOUR + MINUTE).then_some(Wall(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;
    use chrono_tz::Europe::Madrid;
    use proptest::prelude::*;

    const NIGHT: QuietHours = QuietHours { from: 22 * 60, until: 7 * 60 };

    fn at(day: u32, hour: u32, minute: u32) -> Wall {
        let local = NaiveDate::from_ymd_opt(2026, 3, day).unwrap().and_hms_opt(hour, minute, 0).unwrap();
        Wall(Madrid.from_local_datetime(&local).latest().unwrap().timestamp_millis())
    }

    #[test]
    fn a_night_is_over_in_the_morning() {
        assert_eq!(NIGHT.over(at(10, 22, 0), Madrid), Some(at(11, 7, 0)));
        assert_eq!(NIGHT.over(at(10, 23, 59), Madrid), Some(at(11, 7, 0)));
        assert_eq!(NIGHT.over(at(11, 6, 59), Madrid), Some(at(11, 7, 0)));
        for (hour, minute) in [(7, 0), (12, 0), (21, 59)] {
            assert_eq!(NIGHT.over(at(11, hour, minute), Madrid), None);
        }
        // The clocks went forward at two.
        assert_eq!(NIGHT.over(at(28, 23, 0), Madrid), Some(at(29, 7, 0)));
    }

    #[test]
    fn a_nap_is_over_the_same_day_and_nothing_is_no_quiet() {
        let nap = QuietHours { from: 14 * 60, until: 16 * 60 };
        assert_eq!(nap.over(at(10, 15, 0), Madrid), Some(at(10, 16, 0)));
        assert_eq!(nap.over(at(10, 16, 0), Madrid), None);
        assert_eq!(QuietHours { from: 60, until: 60 }.over(at(10, 1, 0), Madrid), None);
        // Half past two did not exist that night.
        let odd = QuietHours { from: 60, until: 150 };
        assert_eq!(odd.over(at(29, 1, 30), Madrid), Some(at(29, 3, 30)));
    }

    proptest! {
        #[test]
        fn quiet_always_ends_later_and_then_it_is_over(from in 0u16..1440, until in 0u16..1440, ms in 0i64..4_000_000_000_000) {
            let quiet = QuietHours { from, until };
            if let Some(end) = quiet.over(Wall(ms), Madrid) {
                prop_assert!(end.0 > ms);
                let again = quiet.over(end, Madrid);
                // But in the hour that comes twice.
                prop_assert!(again.is_none_or(|more| more.0 - end.0 <= 26 * HOUR));
            }
        }
    }
}
