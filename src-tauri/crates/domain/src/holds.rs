//! Holds: times in which a person's deadlines pause. A deadline is stored as it was set and never rewritten; what
//! it is with the holds taken into account is computed here, so a hold that ends early shortens it again.

use crate::time::Wall;

/// From when to when; where it was ended early, until then.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hold {
    pub from: Wall,
    pub until: Wall,
}

impl Hold {
    pub fn covers(&self, now: Wall) -> bool {
        self.from <= now && now < self.until
    }
}

/// When `deadline` is reached by a clock that began at `start` and stands still during every hold.
pub fn paused(start: Wall, deadline: Wall, holds: &[Hold]) -> Wall {
    let mut holds = holds.to_vec();
    holds.sort_unstable();
    let (mut due, mut counted) = (deadline, start);
    for hold in holds {
        if hold.from >= due {
            break;
        }
        let from = hold.from.max(counted);
        if hold.until > from {
            due = Wall(due.0.saturating_add(hold.until.0 - from.0));
            counted = hold.until;
        }
    }
    due
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn hold(from: i64, until: i64) -> Hold {
        Hold { from: Wall(from), until: Wall(until) }
    }

    #[test]
    fn only_what_lies_between_deposit_and_deadline_pauses() {
        let due = |holds: &[Hold]| paused(Wall(10), Wall(20), holds).0;
        assert_eq!(due(&[]), 20);
        assert_eq!(due(&[hold(0, 10)]), 20, "over before the deposit");
        assert_eq!(due(&[hold(0, 13)]), 23, "only from the deposit on");
        assert_eq!(due(&[hold(15, 40)]), 45);
        assert_eq!(due(&[hold(20, 40)]), 20, "begins when it is due");
        assert_eq!(due(&[hold(15, 18), hold(22, 30)]), 31, "the second lies within the time the first gave");
        assert_eq!(due(&[hold(12, 18), hold(14, 20)]), 28, "two at once pause once");
        assert_eq!(due(&[hold(15, 12)]), 20, "ended before it began");
    }

    proptest! {
        /// As a clock would count that ticks only outside of holds.
        #[test]
        fn the_deadline_is_when_a_clock_that_stands_still_in_holds_gets_there(
            start in 0i64..20, length in 1i64..30, holds in proptest::collection::vec((0i64..80, 0i64..30), 0..6)
        ) {
            let holds: Vec<Hold> = holds.into_iter().map(|(from, long)| hold(from, from + long)).collect();
            let (mut now, mut left) = (start, length);
            while left > 0 {
                if !holds.iter().any(|h| h.covers(Wall(now))) {
                    left -= 1;
                }
                now += 1;
            }
            prop_assert_eq!(paused(Wall(start), Wall(start + length), &holds).0, now);
        }
    }
}
