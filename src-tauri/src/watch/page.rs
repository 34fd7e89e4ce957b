//! What is known of one window's page, and what follows from it. Pure: time is handed in, and nothing is done here.

use std::collections::VecDeque;
use std::ops::Range;
use std::time::Duration;

/// A page that beat and then was silent for this long is frozen or gone.
const SILENCE: Duration = Duration::from_secs(10);
/// How long a new page may take to draw: a slow machine on its first start.
const FIRST: Duration = Duration::from_secs(60);
/// Between two ticks no more than this counts as silence: the rest is the machine's sleep, not the page's.
const STEP: Duration = Duration::from_secs(2);
/// So many pages may fail within the time; the next one ends the program.
const TRIES: usize = 3;
const WITHIN: Duration = Duration::from_secs(10 * 60);
/// A new page that is as heavy as the old one shall not flicker all day.
const HEAVY_AGAIN: Duration = Duration::from_secs(60 * 60);
/// When nobody sees it, by the local hour; and not if the page is fresh, which also makes it once a night.
const NIGHT: Range<u32> = 3..5;
const FRESH: Duration = Duration::from_secs(6 * 60 * 60);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Why {
    Silent,
    Lost,
    Memory,
    Night,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Well,
    Rebuild(Why),
    GiveUp,
}

/// What a page says of itself.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Beat {
    /// Not to be seen, so the system may slow it down.
    pub hidden: bool,
    /// Somebody is at it.
    pub busy: bool,
}

/// What the refreshing of a healthy page depends on.
#[derive(Clone, Copy, Debug)]
pub(super) struct House {
    /// Nobody is being served, no door is open.
    pub idle: bool,
    /// The pages hold more memory than they may.
    pub heavy: bool,
    pub hour: u32,
}

/// A page that is up.
#[derive(Debug)]
struct Up {
    since: Duration,
    ticked: Duration,
    silence: Duration,
    last: Option<Beat>,
}

#[derive(Debug)]
pub(super) struct Page {
    beats: bool,
    up: Option<Up>,
    failed: VecDeque<Duration>,
    heavy: Option<Duration>,
}

impl Page {
    pub fn beating() -> Page {
        Page { beats: true, up: None, failed: VecDeque::new(), heavy: None }
    }

    /// One that is not expected to beat.
    pub fn silent() -> Page {
        Page { beats: false, ..Page::beating() }
    }

    /// Its window has been made.
    pub fn made(&mut self, now: Duration) {
        self.up = Some(Up { since: now, ticked: now, silence: Duration::ZERO, last: None });
    }

    /// True at the first beat of a page.
    pub fn beat(&mut self, now: Duration, beat: Beat) -> bool {
        if self.up.is_none() {
            self.made(now);
        }
        let Some(up) = &mut self.up else { return false };
        up.silence = Duration::ZERO;
        up.last.replace(beat).is_none()
    }

    /// Time passes. A window that is not there was closed by a person, and is not missed.
    pub fn tick(&mut self, now: Duration, there: bool) -> Verdict {
        if !there {
            self.up = None;
            return Verdict::Well;
        }
        let Some(up) = &mut self.up else {
            self.made(now);
            return Verdict::Well;
        };
        up.silence += now.saturating_sub(up.ticked).min(STEP);
        up.ticked = now;
        let (hidden, allowed) = up.last.map_or((false, FIRST), |last| (last.hidden, SILENCE));
        if !self.beats || hidden || up.silence < allowed {
            return Verdict::Well;
        }
        self.failed(now, Why::Silent)
    }

    /// Its process is gone, or its window could not be made.
    pub fn lost(&mut self, now: Duration) -> Verdict {
        self.failed(now, Why::Lost)
    }

    fn failed(&mut self, now: Duration, why: Why) -> Verdict {
        self.failed.retain(|at| now.saturating_sub(*at) < WITHIN);
        if self.failed.len() >= TRIES {
            return Verdict::GiveUp;
        }
        self.failed.push_back(now);
        Verdict::Rebuild(why)
    }

    /// Is it time for a fresh page, although this one lives?
    pub fn refresh(&mut self, now: Duration, house: House) -> Verdict {
        let Some(Up { since, last: Some(last), .. }) = &self.up else { return Verdict::Well };
        if !house.idle || last.busy {
            return Verdict::Well;
        }
        let lately = self.heavy.is_some_and(|at| now.saturating_sub(at) < HEAVY_AGAIN);
        if house.heavy && !lately {
            self.heavy = Some(now);
            return Verdict::Rebuild(Why::Memory);
        }
        if NIGHT.contains(&house.hour) && now.saturating_sub(*since) >= FRESH {
            return Verdict::Rebuild(Why::Night);
        }
        Verdict::Well
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEC: Duration = Duration::from_secs(1);
    const HOUR: Duration = Duration::from_secs(60 * 60);
    const BEAT: Beat = Beat { hidden: false, busy: false };
    const NOON: House = House { idle: true, heavy: false, hour: 12 };

    /// A page with its own clock.
    struct Bench {
        now: Duration,
        page: Page,
    }

    impl Bench {
        fn shown() -> Bench {
            let mut bench = Bench { now: Duration::ZERO, page: Page::beating() };
            assert_eq!(bench.page.tick(bench.now, true), Verdict::Well);
            assert!(bench.page.beat(bench.now, BEAT), "the first beat is told apart");
            assert!(!bench.page.beat(bench.now, BEAT), "the next is not");
            bench
        }

        /// Seconds pass without a beat; gives the first verdict that is not well, and after how many.
        fn silent(&mut self, seconds: u32) -> Option<(u32, Verdict)> {
            for passed in 1..=seconds {
                self.now += SEC;
                let verdict = self.page.tick(self.now, true);
                if verdict != Verdict::Well {
                    return Some((passed, verdict));
                }
            }
            None
        }
    }

    #[test]
    fn a_page_that_stops_beating_is_rebuilt_after_ten_seconds() {
        let mut bench = Bench::shown();
        assert_eq!(bench.silent(9), None);
        bench.page.beat(bench.now, BEAT);
        assert_eq!(bench.silent(30), Some((10, Verdict::Rebuild(Why::Silent))));
    }

    #[test]
    fn a_new_page_has_a_minute_to_draw() {
        let mut bench = Bench::shown();
        assert_eq!(bench.silent(30), Some((10, Verdict::Rebuild(Why::Silent))));
        bench.page.made(bench.now);
        assert_eq!(bench.silent(90), Some((60, Verdict::Rebuild(Why::Silent))));
        bench.page.made(bench.now);
        assert!(bench.page.beat(bench.now, BEAT), "a new page's first beat is told again");
    }

    #[test]
    fn the_fourth_failure_in_ten_minutes_ends_the_program() {
        let mut bench = Bench::shown();
        for _ in 0..3 {
            assert_eq!(bench.page.lost(bench.now), Verdict::Rebuild(Why::Lost));
            bench.page.made(bench.now);
            bench.page.beat(bench.now, BEAT);
            bench.now += 60 * SEC;
        }
        assert_eq!(bench.page.lost(bench.now), Verdict::GiveUp);
    }

    #[test]
    fn failures_far_apart_never_end_the_program() {
        let mut bench = Bench::shown();
        for _ in 0..50 {
            assert_eq!(bench.page.lost(bench.now), Verdict::Rebuild(Why::Lost));
            bench.page.made(bench.now);
            bench.now += 4 * 60 * SEC;
        }
    }

    #[test]
    fn a_machine_that_slept_has_no_frozen_page() {
        let mut bench = Bench::shown();
        bench.now += 9 * HOUR;
        assert_eq!(bench.page.tick(bench.now, true), Verdict::Well);
        bench.page.beat(bench.now, BEAT);
        assert_eq!(bench.silent(9), None);
    }

    #[test]
    fn a_hidden_page_may_be_silent_until_it_is_seen_again() {
        let mut bench = Bench::shown();
        bench.page.beat(bench.now, Beat { hidden: true, ..BEAT });
        assert_eq!(bench.silent(1_000), None);
        bench.page.beat(bench.now, BEAT);
        assert_eq!(bench.silent(30), Some((10, Verdict::Rebuild(Why::Silent))));
    }

    #[test]
    fn a_window_that_a_person_closed_is_not_missed() {
        let mut bench = Bench::shown();
        for _ in 0..100 {
            bench.now += SEC;
            assert_eq!(bench.page.tick(bench.now, false), Verdict::Well);
        }
        assert_eq!(
            bench.silent(90),
            Some((61, Verdict::Rebuild(Why::Silent))),
            "opened again, it counts anew"
        );
    }

    #[test]
    fn a_page_that_never_beats_is_rebuilt_only_when_it_is_lost() {
        let mut bench = Bench { now: Duration::ZERO, page: Page::silent() };
        assert_eq!(bench.silent(1_000), None);
        assert_eq!(bench.page.lost(bench.now), Verdict::Rebuild(Why::Lost));
    }

    #[test]
    fn a_heavy_page_is_rebuilt_when_idle_and_at_most_once_an_hour() {
        let mut bench = Bench::shown();
        let heavy = House { heavy: true, ..NOON };
        assert_eq!(bench.page.refresh(bench.now, House { idle: false, ..heavy }), Verdict::Well);
        bench.page.beat(bench.now, Beat { busy: true, ..BEAT });
        assert_eq!(bench.page.refresh(bench.now, heavy), Verdict::Well, "a half-typed code is somebody");
        bench.page.beat(bench.now, BEAT);
        assert_eq!(bench.page.refresh(bench.now, heavy), Verdict::Rebuild(Why::Memory));
        bench.page.made(bench.now);
        bench.page.beat(bench.now, BEAT);
        bench.now += HOUR - SEC;
        assert_eq!(bench.page.refresh(bench.now, heavy), Verdict::Well);
        bench.now += SEC;
        assert_eq!(bench.page.refresh(bench.now, heavy), Verdict::Rebuild(Why::Memory));
    }

    #[test]
    fn at_night_an_old_idle_page_is_rebuilt_once() {
        let mut bench = Bench::shown();
        let night = |hour| House { hour, ..NOON };
        bench.now += 5 * HOUR;
        assert_eq!(
            bench.page.refresh(bench.now, night(3)),
            Verdict::Well,
            "a fresh page needs no fresh page"
        );
        bench.now += HOUR;
        for hour in [0, 2, 5, 6, 12, 23] {
            assert_eq!(bench.page.refresh(bench.now, night(hour)), Verdict::Well);
        }
        assert_eq!(bench.page.refresh(bench.now, House { idle: false, ..night(3) }), Verdict::Well);
        assert_eq!(bench.page.refresh(bench.now, night(4)), Verdict::Rebuild(Why::Night));
        bench.page.made(bench.now);
        bench.page.beat(bench.now, BEAT);
        bench.now += HOUR;
        assert_eq!(bench.page.refresh(bench.now, night(4)), Verdict::Well);
    }

    #[test]
    fn a_fresh_page_asked_for_is_no_failure() {
        let mut bench = Bench::shown();
        for _ in 0..10 {
            bench.now += 24 * HOUR;
            assert_eq!(
                bench.page.refresh(bench.now, House { hour: 3, ..NOON }),
                Verdict::Rebuild(Why::Night)
            );
            bench.page.made(bench.now);
            bench.page.beat(bench.now, BEAT);
        }
        assert_eq!(bench.page.lost(bench.now), Verdict::Rebuild(Why::Lost));
    }
}
