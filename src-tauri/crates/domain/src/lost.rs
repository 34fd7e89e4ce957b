//! A code was lost and another is asked for at a keypad: how often that may be, so that nobody is written to all day
//! and nobody's code is replaced at a stranger's whim.

use crate::time::{DAY, MINUTE, Wall};
use serde::{Deserialize, Serialize};

/// Asks at one keypad before it waits.
const AT_ONCE: usize = 5;
const WITHIN: i64 = 10 * MINUTE;
const PER_DAY: usize = 50;
/// New codes to one person, this way, in a day; and how far apart.
const PER_PERSON: usize = 3;
const APART: i64 = 15 * MINUTE;

/// When it was asked at one keypad, in the rolling day, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Asks(Vec<Wall>);

impl Asks {
    #[must_use]
    pub fn asked(mut self, now: Wall) -> Asks {
        self.0.push(now);
        if self.0.len() > PER_DAY {
            self.0.remove(0);
        }
        self
    }

    /// Milliseconds until it may be asked again.
    pub fn remaining(&self, now: Wall) -> Option<i64> {
        let wait = |nth: usize, window: i64| -> i64 {
            let Some(at) = self.0.len().checked_sub(nth).and_then(|i| self.0.get(i)) else { return 0 };
            // A clock set back makes it lie ahead: the window is waited then, never longer.
            (at.0 + window - now.0).min(window)
        };
        let left = wait(AT_ONCE, WITHIN).max(wait(PER_DAY, DAY));
        (left > 0).then_some(left)
    }
}

/// May this person be sent another code, after those asked for at these times?
pub fn may_send(before: &[Wall], now: Wall) -> bool {
    let today = before.iter().filter(|at| now.0 - at.0 < DAY).count();
    today < PER_PERSON && before.iter().all(|at| now.0 - at.0 >= APART)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_at_once_then_it_waits_and_fifty_a_day() {
        let mut asks = Asks::default();
        for n in 0..5 {
            assert_eq!(asks.remaining(Wall(n)), None);
            asks = asks.asked(Wall(n));
        }
        assert_eq!(asks.remaining(Wall(5)), Some(WITHIN - 5));
        assert_eq!(asks.remaining(Wall(WITHIN + 1)), None);
        let day = (0..50).fold(Asks::default(), |asks, n| asks.asked(Wall(n * WITHIN)));
        assert!(day.remaining(Wall(50 * WITHIN)).is_some());
        assert_eq!(day.remaining(Wall(DAY + 49 * WITHIN)), None);
    }

    #[test]
    fn one_person_gets_three_a_day_and_not_at_once() {
        assert!(may_send(&[], Wall(0)));
        assert!(!may_send(&[Wall(0)], Wall(APART - 1)));
        assert!(may_send(&[Wall(0)], Wall(APART)));
        let three = [Wall(0), Wall(APART), Wall(2 * APART)];
        assert!(!may_send(&three, Wall(DAY - 1)) && may_send(&three, Wall(DAY)));
    }
}
