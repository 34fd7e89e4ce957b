use super::*;
use crate::time::{DAY, MINUTE};
use chrono::{DateTime, Datelike, NaiveDate, TimeZone, Timelike};
use chrono_tz::Tz;
use proptest::prelude::*;
use uuid::Uuid;

fn at(text: &str) -> Wall {
    Wall(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
}
fn person(n: u128) -> PersonId {
    PersonId(Uuid::from_u128(n))
}
fn subject(handling: &[Handling]) -> Subject<'_> {
    Subject { recipient: person(1), size: PackageSize::S, handling }
}
fn days(n: u16) -> Steps {
    Steps { unit: Unit::BusinessDays, reminder: Some(n), escalation: None, removal: n + 1 }
}
fn since(text: &str) -> Waiting<'static> {
    Waiting { since: at(text), promised: Some(at(text)), pauses: &[] }
}
fn due(deadlines: &Deadlines, step: DeadlineStep, waiting: &Waiting<'_>) -> Option<Wall> {
    deadlines.due(step, &subject(&[]), waiting)
}

#[test]
fn a_day_two_and_three_unless_a_rule_says_otherwise() {
    let deadlines = Deadlines::default();
    let waiting = since("2026-11-16T09:00:00Z");
    let all: Vec<_> =
        DeadlineStep::ALL.iter().map(|step| due(&deadlines, *step, &waiting).unwrap()).collect();
    assert_eq!(all, [at("2026-11-17T09:00:00Z"), at("2026-11-18T09:00:00Z"), at("2026-11-19T09:00:00Z")]);
    let cold = deadlines.due(DeadlineStep::Removal, &subject(&[Handling::Perishable]), &waiting);
    assert_eq!(cold, Some(at("2026-11-16T17:00:00Z")));
}

#[test]
fn the_person_comes_before_the_handling_before_the_size_before_the_site() {
    let rule = |which, n| Rule { which, steps: Steps::hours(n, n + 1, n + 2) };
    let all = vec![
        rule(Which::Size(PackageSize::S), 10),
        rule(Which::Handling(Handling::Cold), 20),
        rule(Which::Handling(Handling::Fragile), 30),
        rule(Which::Person(person(1)), 40),
    ];
    let reminder = |rules: &[Rule], handling: &[Handling]| {
        let deadlines = Deadlines { rules: rules.to_vec(), ..Deadlines::default() };
        deadlines.steps_for(&subject(handling)).reminder.unwrap()
    };
    let both = [Handling::Fragile, Handling::Cold];
    assert_eq!(reminder(&all, &both), 40);
    assert_eq!(reminder(&all[..3], &both), 20, "the first of two of a kind");
    assert_eq!(reminder(&all[..3], &[Handling::Fragile]), 30);
    assert_eq!(reminder(&all[..3], &[]), 10);
    assert_eq!(reminder(&[], &both), 24);
    let mut turned = all;
    turned.reverse();
    assert_eq!(reminder(&turned, &both), 40, "whatever the order of kinds");
}

#[test]
fn business_days_leave_out_weekends_and_holidays_and_keep_the_time_of_day() {
    let mut deadlines = Deadlines { site: days(1), ..Deadlines::default() };
    deadlines.business.zone = Tz::Europe__Madrid;
    let reminder =
        |deadlines: &Deadlines, from| due(deadlines, DeadlineStep::Reminder, &since(from)).unwrap();
    // A Friday at 15:00.
    assert_eq!(reminder(&deadlines, "2026-11-20T15:00:00+01:00"), at("2026-11-23T15:00:00+01:00"));
    deadlines.business.holidays.insert(NaiveDate::from_ymd_opt(2026, 11, 23).unwrap());
    assert_eq!(reminder(&deadlines, "2026-11-20T15:00:00+01:00"), at("2026-11-24T15:00:00+01:00"));
    // On a Saturday the day only begins on Tuesday, after the holiday; and it comes when somebody is there.
    deadlines.business.open = Some((9 * 60, 17 * 60));
    assert_eq!(reminder(&deadlines, "2026-11-21T10:00:00+01:00"), at("2026-11-25T09:00:00+01:00"));
    assert_eq!(reminder(&deadlines, "2026-11-20T20:00:00+01:00"), at("2026-11-25T09:00:00+01:00"));
}

#[test]
fn the_change_of_summer_time_moves_no_time_of_day_and_makes_nothing_early() {
    let mut deadlines = Deadlines { site: days(1), ..Deadlines::default() };
    deadlines.business.zone = Tz::Europe__Madrid;
    deadlines.business.weekdays = [true; 7];
    let reminder = |from| due(&deadlines, DeadlineStep::Reminder, &since(from)).unwrap();
    // Back on 25 October 2026 at 3:00, forward on 28 March 2027 at 2:00.
    assert_eq!(reminder("2026-10-24T15:00:00+02:00"), at("2026-10-25T15:00:00+01:00"));
    assert_eq!(reminder("2026-10-24T02:30:00+02:00"), at("2026-10-25T02:30:00+01:00"), "the later of two");
    assert_eq!(reminder("2027-03-27T02:30:00+01:00"), at("2027-03-28T03:00:00+02:00"), "the first that is");
}

#[test]
fn what_was_told_holds_whatever_the_rules_become() {
    let deadlines = Deadlines { site: Steps::hours(1, 2, 3), ..Deadlines::default() };
    let told = Waiting { since: Wall(0), promised: Some(Wall(72 * HOUR)), pauses: &[] };
    assert_eq!(due(&deadlines, DeadlineStep::Removal, &told), Some(Wall(72 * HOUR)));
    let pauses = [Hold { from: Wall(HOUR), until: Wall(11 * HOUR) }];
    let away = Waiting { pauses: &pauses, ..told };
    assert_eq!(due(&deadlines, DeadlineStep::Removal, &away), Some(Wall(82 * HOUR)));
    let counter = Waiting { promised: None, ..told };
    assert_eq!(due(&deadlines, DeadlineStep::Removal, &counter), None, "nothing is taken out of the counter");
}

#[test]
fn what_can_not_be_meant_is_unsound() {
    let usual = Deadlines::default();
    assert_eq!(usual.unsound(), None);
    for site in [Steps::hours(48, 24, 72), Steps::hours(0, 1, 2), Steps::hours(1, 2, 2), days(MOST_DAYS)] {
        assert_eq!(Deadlines { site, ..usual.clone() }.unsound(), Some("site"), "{site:?}");
    }
    let twice = vec![usual.rules[0]; 2];
    assert_eq!(Deadlines { rules: twice, ..usual.clone() }.unsound(), Some("rules"));
    let never = Business { weekdays: [false; 7], ..Business::default() };
    assert_eq!(Deadlines { business: never, ..usual.clone() }.unsound(), Some("weekdays"));
    let shut = Business { open: Some((17 * 60, 9 * 60)), ..Business::default() };
    assert_eq!(Deadlines { business: shut, ..usual }.unsound(), Some("open"));
}

#[test]
fn settings_of_an_older_version_are_read_with_defaults() {
    let read: Deadlines = serde_json::from_str("{}").unwrap();
    assert_eq!(read, Deadlines::default());
    let written = serde_json::to_string(&Deadlines::default()).unwrap();
    assert_eq!(serde_json::from_str::<Deadlines>(&written).unwrap(), Deadlines::default());
}

/// A start in 2026 or 2027 on a full quarter of an hour.
fn quarter() -> impl Strategy<Value = i64> {
    (0..2 * 365 * 96i64).prop_map(|n| at("2026-01-01T00:00:00Z").0 + n * 15 * MINUTE)
}

fn business() -> impl Strategy<Value = Business> {
    let zone = prop::sample::select(vec![
        Tz::UTC,
        Tz::Europe__Madrid,
        Tz::America__New_York,
        Tz::Asia__Kathmandu,
        Tz::Australia__Lord_Howe,
    ]);
    let open = prop::option::of((0u16..20, 1u16..4).prop_map(|(from, long)| (from * 60, (from + long) * 60)));
    (zone, any::<[bool; 7]>(), open, prop::collection::btree_set(0u64..760, 0..30)).prop_map(
        |(zone, mut weekdays, open, holidays)| {
            weekdays[0] = true;
            let first = NaiveDate::from_ymd_opt(2026, 1, 1).unwrap();
            let holidays = holidays.into_iter().map(|n| first + chrono::Days::new(n)).collect();
            Business { zone, weekdays, open, holidays }
        },
    )
}

proptest! {
    /// As somebody would count who looks at the wall every quarter of an hour of local time.
    #[test]
    fn business_days_are_what_a_patient_person_counts(
        start in quarter(), n in 1u16..6, business in business(),
        holds in prop::collection::vec((0i64..2_000, 0i64..800), 0..4)
    ) {
        let local = |wall: i64| DateTime::from_timestamp_millis(wall).unwrap().with_timezone(&business.zone).naive_local();
        let pauses: Vec<Hold> = holds.iter().map(|(from, long)| {
            let from = start + from * 15 * MINUTE;
            Hold { from: Wall(from), until: Wall(from + long * 15 * MINUTE) }
        }).collect();
        let paused = |now: chrono::NaiveDateTime| pauses.iter().any(|h| local(h.from.0) <= now && now < local(h.until.0));
        let quarter = chrono::TimeDelta::minutes(15);
        let (mut now, mut left) = (local(start), i64::from(n) * 96);
        while left > 0 {
            if business.works(now.date()) && !paused(now) {
                left -= 1;
            }
            now += quarter;
        }
        if let Some((opens, closes)) = business.open {
            let minutes = |t: chrono::NaiveDateTime| u16::try_from(t.hour() * 60 + t.minute()).unwrap();
            // Midnight is the day before's end as much as the next one's beginning; nothing is open until 24:00 here.
            while !(business.works(now.date()) && (opens..=closes).contains(&minutes(now)) && !paused(now)) {
                now += quarter;
            }
        }
        let got = business.after(n, Wall(start), &pauses);
        let shown = local(got.0);
        let exists = business.zone.from_local_datetime(&now).latest().is_some();
        if exists {
            prop_assert_eq!(shown, now);
            prop_assert!(got.0 >= business.zone.from_local_datetime(&now).latest().unwrap().timestamp_millis());
        } else {
            prop_assert!(shown > now && shown - now <= chrono::TimeDelta::hours(1));
        }
    }

    /// Steps keep their order and never come before their time; a pause makes each later and never earlier.
    #[test]
    fn no_step_is_early_and_no_pause_hastens_one(
        start in quarter(), business in business(), in_days: bool, holds in prop::collection::vec((0i64..200, 0i64..90), 0..5), jump in 0i64..40_000
    ) {
        let steps = if in_days { Steps { unit: Unit::BusinessDays, reminder: Some(1), escalation: Some(2), removal: 3 } } else { Steps::hours(24, 48, 72) };
        let deadlines = Deadlines { site: steps, rules: vec![], business, ..Deadlines::default() };
        let mut pauses: Vec<Hold> = holds.iter().map(|(from, long)| {
            let from = start + from * HOUR;
            Hold { from: Wall(from), until: Wall(from + long * HOUR) }
        }).collect();
        let told = deadlines.promise(&subject(&[]), Wall(start));
        let waiting = |pauses: &[Hold]| DeadlineStep::ALL.map(|step| {
            deadlines.due(step, &subject(&[]), &Waiting { since: Wall(start), promised: Some(told), pauses }).unwrap()
        });
        let before = waiting(&pauses);
        for (nth, due) in (1..).zip(before) {
            prop_assert!(due.0 - start >= nth * DAY - HOUR, "a day may have 23 hours, no less");
        }
        prop_assert!(before.is_sorted());
        // The clock is set forward by so much while it waits: at most what was left is left.
        let jumped = Hold { from: Wall(start + HOUR), until: Wall(start + HOUR + jump * HOUR) };
        pauses.push(jumped);
        for (before, after) in before.iter().zip(waiting(&pauses)) {
            prop_assert!(after >= *before);
            prop_assert!(after >= jumped.until || after <= jumped.from);
        }
    }

    /// Whenever one looks, each step is taken once, and none before it is due.
    #[test]
    fn each_step_is_taken_once(start in quarter(), looks in prop::collection::vec(1i64..40, 1..30)) {
        let deadlines = Deadlines::default();
        let waiting = Waiting { since: Wall(start), promised: Some(Wall(start + 72 * HOUR)), pauses: &[] };
        let (mut now, mut taken, mut log) = (start, 0u8, Vec::new());
        for look in looks {
            now += look * HOUR;
            while let Some((step, due)) = deadlines.next(taken, &subject(&[]), &waiting) {
                if due.0 > now { break }
                taken |= step.bit();
                log.push(step);
            }
        }
        let expected: Vec<_> = DeadlineStep::ALL.into_iter().zip([24, 48, 72]).filter(|(_, h)| start + h * HOUR <= now).map(|(s, _)| s).collect();
        prop_assert_eq!(log, expected);
    }
}

#[test]
fn a_weekday_is_what_the_calendar_says() {
    let business = Business::default();
    for (weekday, day) in (0u32..).zip(16..23) {
        let date = NaiveDate::from_ymd_opt(2026, 11, day).unwrap();
        assert_eq!(date.weekday().num_days_from_monday(), weekday);
        assert_eq!(business.works(date), weekday < 5);
    }
}
