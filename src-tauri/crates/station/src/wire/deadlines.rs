//! Deadlines as a window and an integrator see them.

use super::{Handling, Height, IntakeSize, PackageRow};
use crate::error::InvalidWhy;
use crate::{Error, Result};
use chrono::NaiveDate;
use domain::deadlines::{Business, Deadlines, EscalateTo, Rule, Steps, TimeOfDay, Which};
use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    UnitName = domain::deadlines::Unit { Hours, BusinessDays }
);

wire! {
    pub struct StepsView { pub unit: UnitName, pub reminder: Option<u16>, pub escalation: Option<u16>, pub removal: u16 }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum WhichView { Size { size: IntakeSize }, Handling { handling: Handling }, Person { person_id: String } }
    pub struct RuleView { pub which: WhichView, pub steps: StepsView }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum EscalateToView { Manager, Team { team_id: String }, Person { person_id: String }, Staff }
    /// From and until, as `HH:MM`; midnight at the end is `24:00`.
    pub struct HoursView { pub from: String, pub until: String }
    pub struct BusinessView {
        /// As the IANA database names it.
        pub zone: String,
        /// Monday first.
        pub weekdays: Vec<bool>,
        /// `null`: a business day has no closed hours.
        pub open: Option<HoursView>,
        /// `YYYY-MM-DD`.
        pub holidays: Vec<String>,
    }
    pub struct DeadlinesView { pub site: StepsView, pub rules: Vec<RuleView>, pub escalate_to: EscalateToView, pub business: BusinessView }
    pub struct Named { pub id: String, pub name: String }
    pub struct DeadlinesPage {
        pub deadlines: DeadlinesView,
        /// Those that the rules name.
        pub people: Vec<Named>,
        /// Groups of the directory.
        pub teams: Vec<Named>,
    }
    /// What a package stored now would come to.
    pub struct DeadlineMoments { pub reminder: Option<String>, pub escalation: Option<String>, pub removal: String }
    pub struct DeadlinesPreview { pub site: DeadlineMoments, /** In the order of the rules. */ pub rules: Vec<DeadlineMoments> }

    #[derive(Copy, Eq)]
    pub enum RemovalStage { Inside, InHand }
    pub struct RemovalItem {
        pub task_id: String, pub stage: RemovalStage,
        /// The door it is or was behind.
        pub label: String, pub bank: String, pub height: Height,
        /// Since when it is where it is.
        pub since: String,
        pub package: PackageRow,
    }
}

fn invalid(field: &str) -> Error {
    Error::invalid(field, InvalidWhy::Malformed)
}

impl From<Steps> for StepsView {
    fn from(steps: Steps) -> StepsView {
        let Steps { unit, reminder, escalation, removal } = steps;
        StepsView { unit: unit.into(), reminder, escalation, removal }
    }
}

impl From<StepsView> for Steps {
    fn from(view: StepsView) -> Steps {
        let StepsView { unit, reminder, escalation, removal } = view;
        Steps { unit: unit.into(), reminder, escalation, removal }
    }
}

impl From<Which> for WhichView {
    fn from(which: Which) -> WhichView {
        match which {
            Which::Size(size) => WhichView::Size { size: size.into() },
            Which::Handling(handling) => WhichView::Handling { handling: handling.into() },
            Which::Person(person) => WhichView::Person { person_id: person.to_string() },
        }
    }
}

impl TryFrom<WhichView> for Which {
    type Error = Error;
    fn try_from(view: WhichView) -> Result<Which> {
        Ok(match view {
            WhichView::Size { size } => Which::Size(size.into()),
            WhichView::Handling { handling } => Which::Handling(handling.into()),
            WhichView::Person { person_id } => {
                Which::Person(person_id.parse().map_err(|_| Error::NotFound("person"))?)
            }
        })
    }
}

pub(crate) fn hour(minutes: TimeOfDay) -> String {
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// `HH:MM` as minutes since midnight, up to 24:00.
pub(crate) fn time_of_day(text: &str) -> Option<TimeOfDay> {
    let (hours, minutes) = text.trim().split_once(':')?;
    let digits = |part: &str| part.len() == 2 && part.bytes().all(|b| b.is_ascii_digit());
    if !digits(hours) || !digits(minutes) {
        return None;
    }
    let (hours, minutes): (u16, u16) = (hours.parse().ok()?, minutes.parse().ok()?);
    let all = hours * 60 + minutes;
    (minutes < 60 && all <= 24 * 60).then_some(all)
}

impl From<Business> for BusinessView {
    fn from(business: Business) -> BusinessView {
        BusinessView {
            zone: business.zone.name().to_owned(),
            weekdays: business.weekdays.to_vec(),
            open: business.open.map(|(from, until)| HoursView { from: hour(from), until: hour(until) }),
            holidays: business.holidays.iter().map(NaiveDate::to_string).collect(),
        }
    }
}

impl TryFrom<BusinessView> for Business {
    type Error = Error;
    fn try_from(view: BusinessView) -> Result<Business> {
        let open = view.open.map(|hours| {
            let read = |text: &str| time_of_day(text).ok_or_else(|| invalid("open"));
            Ok::<_, Error>((read(&hours.from)?, read(&hours.until)?))
        });
        Ok(Business {
            zone: view.zone.parse().map_err(|_| invalid("zone"))?,
            weekdays: view.weekdays.try_into().map_err(|_| invalid("weekdays"))?,
            open: open.transpose()?,
            holidays: view
                .holidays
                .iter()
                .map(|day| day.parse().map_err(|_| invalid("holidays")))
                .collect::<Result<_>>()?,
        })
    }
}

impl From<Deadlines> for DeadlinesView {
    fn from(deadlines: Deadlines) -> DeadlinesView {
        let rule = |rule: Rule| RuleView { which: rule.which.into(), steps: rule.steps.into() };
        DeadlinesView {
            site: deadlines.site.into(),
            rules: deadlines.rules.into_iter().map(rule).collect(),
            escalate_to: match deadlines.escalate_to {
                EscalateTo::Manager => EscalateToView::Manager,
                EscalateTo::Team(team) => EscalateToView::Team { team_id: team.to_string() },
                EscalateTo::Person(person) => EscalateToView::Person { person_id: person.to_string() },
                EscalateTo::Staff => EscalateToView::Staff,
            },
            business: deadlines.business.into(),
        }
    }
}

impl TryFrom<DeadlinesView> for Deadlines {
    type Error = Error;
    fn try_from(view: DeadlinesView) -> Result<Deadlines> {
        let rule = |rule: RuleView| Ok(Rule { which: rule.which.try_into()?, steps: rule.steps.into() });
        Ok(Deadlines {
            site: view.site.into(),
            rules: view.rules.into_iter().map(rule).collect::<Result<_>>()?,
            escalate_to: match view.escalate_to {
                EscalateToView::Manager => EscalateTo::Manager,
                EscalateToView::Team { team_id } => EscalateTo::Team(
                    team_id.parse().map_err(|_| Error::invalid("escalateTo", InvalidWhy::Malformed))?,
                ),
                EscalateToView::Person { person_id } => {
                    EscalateTo::Person(person_id.parse().map_err(|_| Error::NotFound("person"))?)
                }
                EscalateToView::Staff => EscalateTo::Staff,
            },
            business: view.business.try_into()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_survive_the_way_to_the_window_and_back() {
        let mut deadlines = Deadlines::default();
        deadlines.business.zone = chrono_tz::Tz::Europe__Madrid;
        deadlines.business.open = Some((7 * 60 + 30, 24 * 60));
        deadlines.business.holidays.insert(NaiveDate::from_ymd_opt(2026, 12, 25).unwrap());
        let view = DeadlinesView::from(deadlines.clone());
        assert_eq!(view.business.open, Some(HoursView { from: "07:30".into(), until: "24:00".into() }));
        assert_eq!(Deadlines::try_from(view).unwrap(), deadlines);
    }

    #[test]
    fn a_time_that_is_none_is_not_read() {
        for text in ["", "7:30", "07:60", "24:01", "99:00", "+7:30", "07:3", "0730"] {
            assert_eq!(time_of_day(text), None, "{text}");
        }
        assert_eq!(time_of_day(" 07:30 "), Some(450));
    }
}
