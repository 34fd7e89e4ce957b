//! Deadlines as the site file declares them. What it doesn't name stays as it is, also rules for people, which only
//! the settings can make.

use crate::Result;
use crate::wire::time_of_day;
use domain::deadlines::{Deadlines, EscalateTo, Rule, Steps, Unit, WEEKDAYS, Which};
use domain::event::{Actor, Event};
use domain::package::{Handling, PackageSize};
use serde::Deserialize;
use store::{Stamp, Store};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct DeadlinesTable {
    count: Option<String>,
    reminder: Option<u16>,
    escalation: Option<u16>,
    removal: Option<u16>,
    escalate_to: Option<String>,
    time_zone: Option<String>,
    weekdays: Option<Vec<String>>,
    open: Option<String>,
    holidays: Option<Vec<String>>,
    #[serde(default)]
    rule: Vec<RuleTable>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RuleTable {
    size: Option<String>,
    handling: Option<String>,
    count: Option<String>,
    reminder: Option<u16>,
    escalation: Option<u16>,
    removal: Option<u16>,
}

/// What a site file says of deadlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeadlinesPlan {
    site: Option<Steps>,
    rules: Vec<Rule>,
    escalate_to: Option<EscalateTo>,
    zone: Option<chrono_tz::Tz>,
    weekdays: Option<[bool; 7]>,
    open: Option<Option<(u16, u16)>>,
    holidays: Option<std::collections::BTreeSet<chrono::NaiveDate>>,
}

type Wrong = (&'static str, String);

/// Key and remedy, if something is wrong.
pub(crate) fn plan(table: &DeadlinesTable) -> std::result::Result<DeadlinesPlan, Wrong> {
    let steps = (table.count.as_deref(), table.reminder, table.escalation, table.removal);
    let plan = DeadlinesPlan {
        site: match steps {
            (None, None, None, None) => None,
            given => Some(steps_of(given)?),
        },
        rules: table.rule.iter().map(rule).collect::<std::result::Result<_, _>>()?,
        escalate_to: match table.escalate_to.as_deref() {
            None => None,
            Some("manager") => Some(EscalateTo::Manager),
            Some("staff") => Some(EscalateTo::Staff),
            Some(_) => return Err(("escalate_to", "is not known: use manager or staff".into())),
        },
        zone: match &table.time_zone {
            None => None,
            Some(name) => Some(name.parse().map_err(|_| {
                ("time_zone", "is not known: use a name of the IANA database, like Europe/Madrid".into())
            })?),
        },
        weekdays: table.weekdays.as_deref().map(weekdays).transpose()?,
        open: table.open.as_deref().map(open).transpose()?,
        holidays: match &table.holidays {
            None => None,
            Some(days) => Some(
                days.iter()
                    .map(|day| day.parse())
                    .collect::<std::result::Result<_, _>>()
                    .map_err(|_| ("holidays", "has a day that is none: write them like 2026-12-25".into()))?,
            ),
        },
    };
    match plan.over(Deadlines::default()).unsound() {
        None => Ok(plan),
        Some("site") => Err(("removal", "does not fit: reminder, escalation and removal come in this order, at least 1 apart and at most 365 days".into())),
        Some("rules") => Err(("rule", "does not fit: each size and handling once, and its steps in their order".into())),
        Some("weekdays") => Err(("weekdays", "is empty: name at least one".into())),
        Some("open") => Err(("open", "does not fit: write it like 08:00-18:00".into())),
        Some(_) => Err(("holidays", "has too many days: leave out those that are over".into())),
    }
}

/// Zero is never; what is left out is the usual of its unit.
fn steps_of(
    (count, reminder, escalation, removal): (Option<&str>, Option<u16>, Option<u16>, Option<u16>),
) -> std::result::Result<Steps, Wrong> {
    let (unit, day) = match count {
        None | Some("hours") => (Unit::Hours, 24),
        Some("business_days") => (Unit::BusinessDays, 1),
        Some(_) => return Err(("count", "is not known: use hours or business_days".into())),
    };
    let given = |value: Option<u16>, usual: u16| Some(value.unwrap_or(usual)).filter(|n| *n > 0);
    Ok(Steps {
        unit,
        reminder: given(reminder, day),
        escalation: given(escalation, 2 * day),
        removal: removal.unwrap_or(3 * day),
    })
}

fn rule(table: &RuleTable) -> std::result::Result<Rule, Wrong> {
    let which = match (table.size.as_deref(), table.handling.as_deref()) {
        (Some(size), None) => PackageSize::parse(size).map(Which::Size),
        (None, Some(handling)) => Handling::parse(handling).map(Which::Handling),
        _ => None,
    };
    let which = which.ok_or_else(|| {
        ("rule", "is for nothing known: name either a size (S, M, L, XL, oversize) or a handling".to_owned())
    })?;
    let given =
        (table.count.as_deref(), table.reminder.or(Some(0)), table.escalation.or(Some(0)), table.removal);
    if table.removal.is_none() {
        return Err(("rule", "says no removal: say after how long".into()));
    }
    Ok(Rule { which, steps: steps_of(given)? })
}

fn weekdays(names: &[String]) -> std::result::Result<[bool; 7], Wrong> {
    let mut works = [false; 7];
    for name in names {
        let day: chrono::Weekday = name
            .parse()
            .map_err(|_| ("weekdays", format!("has \"{name}\": use mon, tue, wed, thu, fri, sat, sun")))?;
        if let Some(nth) = WEEKDAYS.iter().position(|known| *known == day)
            && let Some(works) = works.get_mut(nth)
        {
            *works = true;
        }
    }
    Ok(works)
}

/// `08:00-18:00`, or `always`.
fn open(text: &str) -> std::result::Result<Option<(u16, u16)>, Wrong> {
    if text == "always" {
        return Ok(None);
    }
    let read = || {
        let (from, until) = text.split_once('-')?;
        Some((time_of_day(from)?, time_of_day(until)?))
    };
    read().map(Some).ok_or_else(|| ("open", "is no time: write it like 08:00-18:00, or always".into()))
}

impl DeadlinesPlan {
    /// What is declared, over what was set before.
    fn over(&self, mut deadlines: Deadlines) -> Deadlines {
        deadlines.site = self.site.unwrap_or(deadlines.site);
        for rule in &self.rules {
            match deadlines.rules.iter_mut().find(|known| known.which == rule.which) {
                Some(known) => *known = *rule,
                None => deadlines.rules.push(*rule),
            }
        }
        deadlines.escalate_to = self.escalate_to.unwrap_or(deadlines.escalate_to);
        let business = &mut deadlines.business;
        business.zone = self.zone.unwrap_or(business.zone);
        business.weekdays = self.weekdays.unwrap_or(business.weekdays);
        business.open = self.open.unwrap_or(business.open);
        if let Some(holidays) = &self.holidays {
            business.holidays.clone_from(holidays);
        }
        deadlines
    }

    /// Whether it differs from what holds, as lines to read.
    pub async fn changes(&self, store: &Store) -> Result<Vec<String>> {
        let now = super::rules(store).await?;
        let wanted = self.over(now.clone());
        if wanted == now {
            return Ok(vec![]);
        }
        let Steps { unit, reminder, escalation, removal } = wanted.site;
        let unit = match unit {
            Unit::Hours => "hours",
            Unit::BusinessDays => "business days",
        };
        let said = |n: Option<u16>| n.map_or("never".to_owned(), |n| n.to_string());
        Ok(vec![format!(
            "deadlines: reminder {}, escalation {}, removal {removal} {unit}; {} rules; time zone {}",
            said(reminder),
            said(escalation),
            wanted.rules.len(),
            wanted.business.zone
        )])
    }

    pub async fn declare(&self, store: &Store, stamp: Stamp) -> Result<()> {
        let mut tx = store.begin(stamp).await?;
        let deadlines = self.over(super::rules_in(&mut tx).await?);
        tx.append(&Event::DeadlinesSet { deadlines, by: Actor::System }).await?;
        tx.commit().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> std::result::Result<DeadlinesPlan, String> {
        let table: DeadlinesTable = toml::from_str(text).map_err(|e| e.to_string())?;
        plan(&table).map_err(|(key, remedy)| format!("{key} {remedy}"))
    }

    #[test]
    fn what_is_declared_holds_and_the_rest_stays() {
        let before =
            Deadlines { escalate_to: EscalateTo::Staff, site: Steps::hours(1, 2, 3), ..Deadlines::default() };
        let declared =
            read("holidays = [\"2026-12-25\"]\n[[rule]]\nhandling = \"cold\"\nremoval = 6\n").unwrap();
        let after = declared.over(before.clone());
        assert_eq!((after.site, after.escalate_to), (before.site, before.escalate_to));
        assert_eq!(after.business.holidays.len(), 1);
        let cold = after.rules.iter().find(|rule| rule.which == Which::Handling(Handling::Cold)).unwrap();
        assert_eq!((cold.steps.reminder, cold.steps.removal), (None, 6), "what a rule leaves out is never");
        assert_eq!(after.rules.len(), before.rules.len(), "in the place of the one before");
        assert_eq!(declared.over(after.clone()), after, "again it changes nothing");
    }

    #[test]
    fn each_unit_has_its_usual_numbers() {
        let days = read("count = \"business_days\"\nescalation = 0\n").unwrap().site.unwrap();
        assert_eq!((days.reminder, days.escalation, days.removal), (Some(1), None, 3));
        assert_eq!(read("removal = 96").unwrap().site, Some(Steps::hours(24, 48, 96)));
    }

    #[test]
    fn what_can_not_be_meant_is_named() {
        for (text, key) in [
            ("count = \"weeks\"", "count"),
            ("removal = 12", "removal"),
            ("time_zone = \"Mars\"", "time_zone"),
            ("weekdays = [\"someday\"]", "weekdays"),
            ("weekdays = []", "weekdays"),
            ("open = \"18:00-08:00\"", "open"),
            ("open = \"late\"", "open"),
            ("holidays = [\"25.12.2026\"]", "holidays"),
            ("escalate_to = \"the king\"", "escalate_to"),
            ("[[rule]]\nremoval = 3", "rule"),
            ("[[rule]]\nsize = \"S\"", "rule"),
            ("[[rule]]\nsize = \"S\"\nhandling = \"cold\"\nremoval = 3", "rule"),
        ] {
            let said = read(text).unwrap_err();
            assert!(said.starts_with(key), "{text}: {said}");
        }
        assert!(read("reminders = 3").unwrap_err().contains("reminders"));
    }
}
