//! What time it is, when the wall clock can't be believed at once: a dead battery, a wrong zone, somebody's hand.
//!
//! Between two looks the wall clock must have gone as far as the monotonic one. If it did not, the calendar goes on
//! by the monotonic clock and says that it doubts, until the wall clock agrees again or staff accept it. So a jump
//! neither expires a code nor fires a deadline; at worst they come later. Pure: both clocks come in as arguments.

use crate::time::{DAY, MINUTE, Mono, Wall};

/// Setting a clock right by less than this is no jump.
pub const SLACK: i64 = 10 * MINUTE;
/// A machine that was off for longer may have a clock that is wrong by as much.
pub const OFF_AT_MOST: i64 = 30 * DAY;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Calendar {
    wall: Wall,
    mono: Mono,
    doubt: Option<Doubt>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Doubt {
    /// At the start it was behind what was already written: a clock that starts anew and is set later.
    Behind,
    Jumped,
}

impl Calendar {
    /// At a start. `newest` is the wall time of the newest event, `ahead` what the last run found the clock to be
    /// ahead by, if it doubted.
    pub fn start(wall: Wall, mono: Mono, newest: Option<Wall>, ahead: Option<i64>) -> Calendar {
        let Some(newest) = newest else { return Calendar { wall, mono, doubt: None } };
        if wall.0 < newest.0 - SLACK {
            return Calendar { wall: newest, mono, doubt: Some(Doubt::Behind) };
        }
        if wall.0 > newest.0 + OFF_AT_MOST {
            return Calendar { wall: newest, mono, doubt: Some(Doubt::Jumped) };
        }
        match ahead {
            None => Calendar { wall, mono, doubt: None },
            // Whether it was set right meanwhile can't be known; the earlier of both expires nothing too soon.
            Some(ahead) => {
                let wall = Wall(wall.0.min(wall.0.saturating_sub(ahead)).max(newest.0));
                Calendar { wall, mono, doubt: Some(Doubt::Jumped) }
            }
        }
    }

    /// The time to go by.
    pub fn now(&mut self, wall: Wall, mono: Mono) -> Wall {
        let expected = self.expected(mono);
        let off = wall.0 - expected.0;
        let believed = off.abs() <= SLACK
            || matches!(self.doubt, Some(Doubt::Behind)) && (-SLACK..=OFF_AT_MOST).contains(&off);
        if believed {
            *self = Calendar { wall, mono, doubt: None };
            return wall;
        }
        self.doubt.get_or_insert(Doubt::Jumped);
        expected
    }

    /// How far the wall clock is ahead of what is believed, while it is not believed.
    pub fn ahead(&self, wall: Wall, mono: Mono) -> Option<i64> {
        self.doubt.map(|_| wall.0 - self.expected(mono).0)
    }

    /// Staff say the wall clock is right.
    pub fn accept(&mut self, wall: Wall, mono: Mono) {
        *self = Calendar { wall, mono, doubt: None };
    }

    fn expected(&self, mono: Mono) -> Wall {
        Wall(self.wall.0 + mono.since(self.mono))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::time::{HOUR, SECOND};
    use proptest::prelude::*;

    const NOON: Wall = Wall(1_800_000_000_000);

    fn running() -> Calendar {
        Calendar::start(NOON, Mono(0), Some(Wall(NOON.0 - HOUR)), None)
    }

    #[test]
    fn a_clock_that_keeps_time_is_believed() {
        let mut calendar = running();
        assert_eq!(calendar.now(Wall(NOON.0 + HOUR + SECOND), Mono(HOUR)), Wall(NOON.0 + HOUR + SECOND));
        assert_eq!(calendar.ahead(Wall(NOON.0 + HOUR), Mono(HOUR)), None);
    }

    #[test]
    fn a_jump_of_years_moves_nothing_and_is_said() {
        for years in [-30, 30] {
            let mut calendar = running();
            let jumped = Wall(NOON.0 + years * 365 * DAY);
            assert_eq!(calendar.now(jumped, Mono(SECOND)), Wall(NOON.0 + SECOND));
            assert!(calendar.ahead(jumped, Mono(SECOND)).is_some());
            // Set right again, it is believed again.
            assert_eq!(calendar.now(Wall(NOON.0 + HOUR), Mono(HOUR)), Wall(NOON.0 + HOUR));
            assert_eq!(calendar.ahead(Wall(NOON.0 + HOUR), Mono(HOUR)), None);
        }
    }

    #[test]
    fn a_dead_battery_is_set_right_by_the_network() {
        let mut calendar = Calendar::start(Wall(0), Mono(0), Some(NOON), None);
        assert_eq!(calendar.now(Wall(SECOND), Mono(SECOND)), Wall(NOON.0 + SECOND));
        let right = Wall(NOON.0 + 9 * HOUR);
        assert_eq!(calendar.now(right, Mono(20 * SECOND)), right);
        assert_eq!(calendar.ahead(right, Mono(20 * SECOND)), None);
    }

    #[test]
    fn a_start_years_ahead_waits_for_staff() {
        let ahead = Wall(NOON.0 + 400 * DAY);
        let mut calendar = Calendar::start(ahead, Mono(0), Some(NOON), None);
        assert_eq!(calendar.now(ahead, Mono(0)), NOON);
        calendar.accept(ahead, Mono(0));
        assert_eq!(calendar.now(ahead, Mono(0)), ahead);
    }

    proptest! {
        /// Whatever the wall clock does and however often the program starts, no more time has passed than did.
        #[test]
        fn no_jump_makes_it_later_than_it_is(
            steps in proptest::collection::vec((0..12 * HOUR, (prop_oneof![-20 * 365 * DAY..-60 * DAY, 60 * DAY..20 * 365 * DAY]), any::<bool>(), any::<bool>()), 1..40)
        ) {
            let (mut real, mut mono, mut wrong) = (NOON.0, 0, 0);
            let mut calendar = Calendar::start(NOON, Mono(0), Some(NOON), None);
            let mut newest = NOON;
            for (passed, jump, jumps, restarts) in steps {
                real += passed;
                mono += passed;
                if jumps {
                    wrong = if wrong == 0 { jump } else { 0 };
                }
                let wall = Wall(real + wrong);
                if restarts && jumps {
                    // A jump nobody saw, over a restart, is found only if it is long.
                    wrong = 0;
                    continue;
                }
                let ahead = calendar.ahead(wall, Mono(mono));
                if restarts {
                    mono = 0;
                    calendar = Calendar::start(wall, Mono(0), Some(newest), ahead);
                }
                let now = calendar.now(wall, Mono(mono));
                prop_assert!(now.0 <= real + SLACK, "{} later than it is", now.0 - real);
                newest = newest.max(now);
            }
        }
    }
}
