//! What the log says of each package's stays and deadlines, held against what must be.

use crate::year::LOOK;
use domain::deadlines::DeadlineStep;
use domain::event::Event;
use domain::holds::{Hold, paused};
use domain::package::Handling;
use domain::time::{HOUR, Wall};
use domain::{HoldId, PackageId, PersonId};
use std::collections::BTreeMap;

/// Where a package is since when, and which steps came since.
struct Stay {
    since: Wall,
    at_door: bool,
    fired: BTreeMap<DeadlineStep, Wall>,
}

pub struct Parcel {
    recipient: PersonId,
    hours: [i64; 3],
    stay: Option<Stay>,
    pub ended: bool,
}

#[derive(Default)]
pub struct Book {
    pub parcels: BTreeMap<PackageId, Parcel>,
    holds: BTreeMap<PersonId, Vec<(HoldId, Hold)>>,
    pub counts: BTreeMap<&'static str, u64>,
}

impl Book {
    pub fn read(&mut self, event: &Event, at: Wall) -> Result<(), String> {
        match event {
            Event::Received { package, recipient, handling, .. } => {
                let short = handling.contains(&Handling::Perishable);
                let hours = if short { [2, 4, 8] } else { [24, 48, 72] };
                let parcel = Parcel { recipient: *recipient, hours, stay: None, ended: false };
                self.parcels.insert(*package, parcel);
                self.count("received");
            }
            Event::Stored { package, .. } => self.moved(*package, at, Some(true))?,
            Event::Shelved { package, .. } => self.moved(*package, at, Some(false))?,
            Event::Removed { package, .. } => {
                self.moved(*package, at, None)?;
                self.count("removed");
            }
            Event::Collected { package, .. } => self.ended(*package, at, "collected")?,
            Event::HandedOver { package, .. } => self.ended(*package, at, "handed over")?,
            Event::Returned { package, .. } => self.ended(*package, at, "returned")?,
            Event::PackageSettled { package, .. } | Event::Reported { package, .. } => {
                return Err(format!("{package} was not to be looked for"));
            }
            Event::HoldSet { hold, person, from, until, .. } => {
                let hold = (*hold, Hold { from: *from, until: *until });
                self.holds.entry(*person).or_default().push(hold);
            }
            Event::DeadlineFired { package, step, due } => {
                let expected = self.due(*package, *step)?;
                let parcel = self.parcels.get_mut(package).ok_or("a deadline of nothing")?;
                let stay =
                    parcel.stay.as_mut().ok_or(format!("{step:?} of {package}, which waits nowhere"))?;
                if stay.fired.insert(*step, at).is_some() {
                    return Err(format!("{step:?} of {package} came twice"));
                }
                if expected != Some(*due) || at < *due || at.0 > due.0 + LOOK + 2 * HOUR {
                    return Err(format!(
                        "{step:?} of {package} was due at {expected:?} and came for {due:?} at {at:?}"
                    ));
                }
                self.count(match step {
                    DeadlineStep::Reminder => "reminders",
                    DeadlineStep::Escalation => "escalations",
                    DeadlineStep::Removal => "removals asked",
                });
            }
            _ => {}
        }
        Ok(())
    }

    fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn due(&self, package: PackageId, step: DeadlineStep) -> Result<Option<Wall>, String> {
        let parcel = self.parcels.get(&package).ok_or("a package of nobody")?;
        let Some(stay) = &parcel.stay else { return Ok(None) };
        let hours = match step {
            DeadlineStep::Reminder => parcel.hours[0],
            DeadlineStep::Escalation => parcel.hours[1],
            DeadlineStep::Removal if stay.at_door => parcel.hours[2],
            DeadlineStep::Removal => return Ok(None),
        };
        let holds: Vec<Hold> =
            self.holds.get(&parcel.recipient).into_iter().flatten().map(|(_, h)| *h).collect();
        Ok(Some(paused(stay.since, Wall(stay.since.0 + hours * HOUR), &holds)))
    }

    /// A stay is over: what had come due in it has come.
    fn over(&self, package: PackageId, at: Wall) -> Result<(), String> {
        for step in DeadlineStep::ALL {
            let Some(due) = self.due(package, step)? else { continue };
            let came = self.parcels[&package].stay.as_ref().is_some_and(|s| s.fired.contains_key(&step));
            if !came && due.0 + LOOK + 2 * HOUR < at.0 {
                return Err(format!("{step:?} of {package} was due at {due:?} and had not come by {at:?}"));
            }
        }
        Ok(())
    }

    fn moved(&mut self, package: PackageId, at: Wall, to: Option<bool>) -> Result<(), String> {
        self.over(package, at)?;
        let parcel = self.parcels.get_mut(&package).ok_or("a package of nobody")?;
        if parcel.ended {
            return Err(format!("{package} had ended"));
        }
        parcel.stay = to.map(|at_door| Stay { since: at, at_door, fired: BTreeMap::new() });
        Ok(())
    }

    fn ended(&mut self, package: PackageId, at: Wall, how: &'static str) -> Result<(), String> {
        self.moved(package, at, None)?;
        if let Some(parcel) = self.parcels.get_mut(&package) {
            parcel.ended = true;
        }
        self.count(how);
        Ok(())
    }
}
