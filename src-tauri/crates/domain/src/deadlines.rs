//! Deadlines: when a package that waits is reminded of, escalated and taken out, by the rules of its site.
//!
//! Nothing here remembers: a moment is counted anew from when the package was put where it is, the rules, the business
//! calendar and the times that don't count. So whatever changes meanwhile is heeded at once, and no cached moment can be
//! stale. Never makes a removal earlier than the recipient was told.

mod business;

pub use business::{Business, TimeOfDay, WEEKDAYS};

use crate::holds::Hold;
use crate::package::{Handling, PackageSize};
use crate::time::{HOUR, Wall};
use crate::{PersonId, TeamId};
use serde::{Deserialize, Serialize};

/// What happens at a deadline, in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeadlineStep {
    /// The recipient is told again.
    Reminder,
    /// Somebody else is told: manager, group or front desk.
    Escalation,
    /// Staff take it out of its compartment, onto a shelf.
    Removal,
}

impl DeadlineStep {
    pub const ALL: [DeadlineStep; 3] =
        [DeadlineStep::Reminder, DeadlineStep::Escalation, DeadlineStep::Removal];

    /// Its bit among the steps that were taken.
    pub fn bit(self) -> u8 {
        match self {
            DeadlineStep::Reminder => 1,
            DeadlineStep::Escalation => 2,
            DeadlineStep::Removal => 4,
        }
    }
}

/// In what a rule counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Hours by the clock, day and night.
    Hours,
    /// Days on which the site works; a deadline comes within its opening hours.
    BusinessDays,
}

/// After how long each step comes. Escalation and reminder may be left out; removal never is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Steps {
    pub unit: Unit,
    pub reminder: Option<u16>,
    pub escalation: Option<u16>,
    pub removal: u16,
}

impl Steps {
    pub const fn hours(reminder: u16, escalation: u16, removal: u16) -> Steps {
        Steps { unit: Unit::Hours, reminder: Some(reminder), escalation: Some(escalation), removal }
    }

    pub fn after(&self, step: DeadlineStep) -> Option<u16> {
        match step {
            DeadlineStep::Reminder => self.reminder,
            DeadlineStep::Escalation => self.escalation,
            DeadlineStep::Removal => Some(self.removal),
        }
    }

    fn sound(&self) -> bool {
        let most = match self.unit {
            Unit::Hours => MOST_DAYS * 24,
            Unit::BusinessDays => MOST_DAYS,
        };
        let given: Vec<u16> = DeadlineStep::ALL.iter().filter_map(|step| self.after(*step)).collect();
        given.iter().all(|n| (1..=most).contains(n)) && given.is_sorted_by(|earlier, later| earlier < later)
    }
}

/// The longest a step may take.
pub const MOST_DAYS: u16 = 365;
/// The most rules, and the most holidays, of a site.
pub const MOST_RULES: usize = 200;
pub const MOST_HOLIDAYS: usize = 400;

/// For which packages a rule is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "kind", content = "of", rename_all = "snake_case")]
pub enum Which {
    Size(PackageSize),
    Handling(Handling),
    Person(PersonId),
}

impl Which {
    fn covers(&self, package: &Subject<'_>) -> bool {
        match self {
            Which::Size(size) => package.size == *size,
            Which::Handling(handling) => package.handling.contains(handling),
            Which::Person(person) => package.recipient == *person,
        }
    }

    /// How special a rule is: what a package needs comes before how big it is, and whose it is before both.
    fn rank(&self) -> u8 {
        match self {
            Which::Size(_) => 1,
            Which::Handling(_) => 2,
            Which::Person(_) => 3,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    pub which: Which,
    pub steps: Steps,
}

/// Who is told at an escalation. Who can't be found or written to is staff's task instead.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", content = "id", rename_all = "snake_case")]
pub enum EscalateTo {
    /// Whom the directory names as the recipient's manager.
    #[default]
    Manager,
    /// Everybody in a group of the directory.
    Team(TeamId),
    /// A mailbox or a person of the directory.
    Person(PersonId),
    /// A task for staff, and no message.
    Staff,
}

/// What an admin has set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Deadlines {
    /// For every package that no rule names.
    pub site: Steps,
    /// Where several of one kind fit a package, the first does.
    pub rules: Vec<Rule>,
    pub escalate_to: EscalateTo,
    pub business: Business,
}

impl Default for Deadlines {
    fn default() -> Deadlines {
        let short = |handling, steps| Rule { which: Which::Handling(handling), steps };
        Deadlines {
            site: Steps::hours(24, 48, 72),
            rules: vec![
                short(Handling::Perishable, Steps::hours(2, 4, 8)),
                short(Handling::Cold, Steps::hours(4, 8, 24)),
            ],
            escalate_to: EscalateTo::Manager,
            business: Business::default(),
        }
    }
}

/// A package as the rules see it.
#[derive(Clone, Copy, Debug)]
pub struct Subject<'a> {
    pub recipient: PersonId,
    pub size: PackageSize,
    pub handling: &'a [Handling],
}

/// Where it waits, since when, and what was told of it.
#[derive(Clone, Copy, Debug)]
pub struct Waiting<'a> {
    pub since: Wall,
    /// Until when it may stay, as the recipient was told; at the counter there is no such time.
    pub promised: Option<Wall>,
    /// Times that don't count: the recipient was away, or the clock went past them in one jump.
    pub pauses: &'a [Hold],
}

impl Deadlines {
    /// The steps for a package: the person's, else its handling's, else its size's, else the site's.
    pub fn steps_for(&self, package: &Subject<'_>) -> Steps {
        let mut best: Option<&Rule> = None;
        for rule in self.rules.iter().filter(|rule| rule.which.covers(package)) {
            if best.is_none_or(|found| rule.which.rank() > found.which.rank()) {
                best = Some(rule);
            }
        }
        best.map_or(self.site, |rule| rule.steps)
    }

    /// When a step comes; `None` is never. At the counter nothing is removed.
    pub fn due(&self, step: DeadlineStep, package: &Subject<'_>, waiting: &Waiting<'_>) -> Option<Wall> {
        let steps = self.steps_for(package);
        let counted = self.count(steps.unit, steps.after(step)?, waiting.since, waiting.pauses);
        match (step, waiting.promised) {
            (DeadlineStep::Removal, None) => None,
            (DeadlineStep::Removal, Some(told)) => {
                Some(counted.max(crate::holds::paused(waiting.since, told, waiting.pauses)))
            }
            (DeadlineStep::Reminder | DeadlineStep::Escalation, _) => Some(counted),
        }
    }

    /// The next step that has not been taken, and when it comes. Steps are taken in their order; one that comes later
    /// than the next, because it was promised so, still comes first.
    pub fn next(
        &self,
        taken: u8,
        package: &Subject<'_>,
        waiting: &Waiting<'_>,
    ) -> Option<(DeadlineStep, Wall)> {
        DeadlineStep::ALL
            .into_iter()
            .filter(|step| taken & step.bit() == 0)
            .find_map(|step| Some((step, self.due(step, package, waiting)?)))
    }

    /// Until when a package that is put into a compartment at `since` may stay there.
    /// Pauses are added when it is shown, for they may end early.
    pub fn promise(&self, package: &Subject<'_>, since: Wall) -> Wall {
        let steps = self.steps_for(package);
        self.after(steps.unit, steps.removal, since)
    }

    /// When `n` hours or business days are over, if nothing pauses.
    pub fn after(&self, unit: Unit, n: u16, since: Wall) -> Wall {
        self.count(unit, n, since, &[])
    }

    fn count(&self, unit: Unit, n: u16, since: Wall, pauses: &[Hold]) -> Wall {
        match unit {
            Unit::Hours => {
                let end = Wall(since.0.saturating_add(i64::from(n) * HOUR));
                crate::holds::paused(since, end, pauses)
            }
            Unit::BusinessDays => self.business.after(n, since, pauses),
        }
    }

    /// The first setting that can't be meant.
    pub fn unsound(&self) -> Option<&'static str> {
        if !self.site.sound() {
            return Some("site");
        }
        let twice =
            |at: usize, rule: &Rule| self.rules.iter().take(at).any(|other| other.which == rule.which);
        if self.rules.len() > MOST_RULES
            || self.rules.iter().enumerate().any(|(at, rule)| !rule.steps.sound() || twice(at, rule))
        {
            return Some("rules");
        }
        self.business.unsound()
    }
}

#[cfg(test)]
mod tests;
