//! The rules of deadlines: read by who signs in, set by admins.

use crate::clock::rfc3339;
use crate::error::InvalidWhy;
use crate::session::{Admin, Reader};
use crate::wire::{DeadlineMoments, DeadlinesPage, DeadlinesPreview, DeadlinesView, Named, Topic};
use crate::{Error, Result};
use domain::deadlines::{Business, Deadlines, EscalateTo, Steps, Which};
use domain::event::Event;

/// What holds until somebody sets something: a day, two and three, in the machine's own time zone.
pub(super) fn usual() -> Deadlines {
    let zone = iana_time_zone::get_timezone().ok().and_then(|name| name.parse().ok());
    let business = Business { zone: zone.unwrap_or(chrono_tz::Tz::UTC), ..Business::default() };
    Deadlines { business, ..Deadlines::default() }
}

impl Reader {
    pub async fn deadlines(&self) -> Result<DeadlinesPage> {
        let store = &self.station.inner.store;
        let deadlines = super::rules(store).await?;
        let mut named = deadlines
            .rules
            .iter()
            .filter_map(|rule| match rule.which {
                Which::Person(person) => Some(person),
                Which::Size(_) | Which::Handling(_) => None,
            })
            .collect::<Vec<_>>();
        if let EscalateTo::Person(person) = deadlines.escalate_to {
            named.push(person);
        }
        let mut people = Vec::new();
        for person in named {
            let name = store.person(person).await?.map(|p| p.detail.name).unwrap_or_default();
            people.push(Named { id: person.to_string(), name });
        }
        let teams = store.teams().await?.into_iter();
        let teams = teams.map(|team| Named { id: team.id.to_string(), name: team.name }).collect();
        Ok(DeadlinesPage { deadlines: deadlines.into(), people, teams })
    }

    /// What a package that is stored now would come to under these rules.
    pub fn preview_deadlines(&self, view: DeadlinesView) -> Result<DeadlinesPreview> {
        let deadlines = sound(view)?;
        let now = self.station.now();
        let moments = |steps: Steps| {
            let at = |n: u16| rfc3339(deadlines.after(steps.unit, n, now));
            DeadlineMoments {
                reminder: steps.reminder.map(at),
                escalation: steps.escalation.map(at),
                removal: at(steps.removal),
            }
        };
        Ok(DeadlinesPreview {
            site: moments(deadlines.site),
            rules: deadlines.rules.iter().map(|rule| moments(rule.steps)).collect(),
        })
    }
}

impl Admin {
    pub async fn set_deadlines(&self, view: DeadlinesView) -> Result<()> {
        let deadlines = sound(view)?;
        let mut tx = self.station.begin().await?;
        for rule in &deadlines.rules {
            if let Which::Person(person) = rule.which {
                tx.person(person).await?.ok_or(Error::NotFound("person"))?;
            }
        }
        match deadlines.escalate_to {
            EscalateTo::Person(person) => {
                let reader = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
                if !self.station.channels().could_reach(&reader) {
                    return Err(Error::invalid("escalateTo", InvalidWhy::Empty));
                }
            }
            EscalateTo::Team(team) => {
                tx.team(team).await?.ok_or(Error::invalid("escalateTo", InvalidWhy::Malformed))?;
            }
            EscalateTo::Manager | EscalateTo::Staff => {}
        }
        tx.append(&Event::DeadlinesSet { deadlines, by: self.by }).await?;
        self.station.commit(tx).await?;
        self.station.inner.deadlines_moved.notify_one();
        for topic in [Topic::Health, Topic::Packages] {
            self.station.inner.changed(topic);
        }
        Ok(())
    }
}

fn sound(view: DeadlinesView) -> Result<Deadlines> {
    let deadlines = Deadlines::try_from(view)?;
    match deadlines.unsound() {
        Some(field) => Err(Error::invalid(field, InvalidWhy::OutOfRange)),
        None => Ok(deadlines),
    }
}
