//! What will change, to be looked at: how many, and the first of each kind.

use super::fault::{LineFault, Why};
use super::job::Job;
use super::plan::{Change, Plan, Stay, merged, with, words};
use crate::Result;
use crate::people::camel;
use crate::wire::{
    HeldField, ImportChange, ImportCounts, ImportFault, ImportFieldChange, ImportHeld, ImportPerson,
    ImportPreview, ImportStay, ImportWhy,
};
use domain::directory::{Field, Record, Source};
use store::Everybody;

/// So many of each kind are shown.
const SHOWN: usize = 20;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Added,
    Changed,
    Deactivated,
    Reactivated,
}

fn kind(change: &Change) -> Kind {
    match (change.is_new(), change.was_active, change.active) {
        (true, _, _) => Kind::Added,
        (_, true, false) => Kind::Deactivated,
        (_, false, true) => Kind::Reactivated,
        _ => Kind::Changed,
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

fn line(at: u64) -> Option<u32> {
    u32::try_from(at).ok().filter(|at| *at > 0)
}

pub(crate) fn counts(plan: &Plan) -> ImportCounts {
    let of = |wanted: Kind| number(plan.changes.iter().filter(|c| kind(c) == wanted).count());
    ImportCounts {
        added: of(Kind::Added),
        changed: of(Kind::Changed),
        deactivated: of(Kind::Deactivated),
        reactivated: of(Kind::Reactivated),
        unchanged: number(plan.unchanged),
        refused: number(plan.faults.len()),
        held: number(plan.held.len()),
    }
}

pub(crate) fn preview(job: &Job, everybody: &Everybody, plan: &Plan) -> Result<ImportPreview> {
    let of = |wanted: Kind| plan.changes.iter().filter(move |c| kind(c) == wanted).take(SHOWN);
    let people = |wanted| of(wanted).map(|change| person(job, everybody, change)).collect::<Result<_>>();
    let mut held = Vec::new();
    for at in plan.held.iter().take(SHOWN) {
        held.extend(held_line(job, everybody, plan, *at)?);
    }
    Ok(ImportPreview {
        counts: counts(plan),
        added: people(Kind::Added)?,
        changed: of(Kind::Changed).map(|change| changed(job, everybody, change)).collect::<Result<_>>()?,
        deactivated: people(Kind::Deactivated)?,
        reactivated: people(Kind::Reactivated)?,
        refused: plan.faults.iter().take(SHOWN).map(fault).collect(),
        held,
        stay: plan.stay.map(stay),
    })
}

pub(crate) fn stay(stay: Stay) -> ImportStay {
    match stay {
        Stay::Unreadable(lines) => ImportStay::Unreadable { lines },
        Stay::TooMany(leavers, of) => ImportStay::TooMany { leavers, of },
    }
}

/// What was true of them, and what will be.
fn records(job: &Job, everybody: &Everybody, change: &Change) -> Result<(Record, Record)> {
    let before =
        change.known.and_then(|at| everybody.people.get(at)).map(words).transpose()?.unwrap_or_default();
    let word: Record = serde_json::from_str(&change.word).map_err(store::StoreError::from)?;
    let after = with(&before, job.source, &word);
    Ok((merged(&before).record, merged(&after).record))
}

fn shown(record: &Record) -> String {
    record.preferred_name.clone().or_else(|| record.name.clone()).unwrap_or_default()
}

fn at(job: &Job, change: &Change) -> Option<u32> {
    change.line.and_then(|at| job.lines.get(at)).and_then(|l| line(l.at))
}

fn person(job: &Job, everybody: &Everybody, change: &Change) -> Result<ImportPerson> {
    let (_, after) = records(job, everybody, change)?;
    Ok(ImportPerson {
        line: at(job, change),
        person_id: (!change.is_new()).then(|| change.person.to_string()),
        name: shown(&after),
        email: after.email,
        department: after.department,
    })
}

fn changed(job: &Job, everybody: &Everybody, change: &Change) -> Result<ImportChange> {
    let (before, after) = records(job, everybody, change)?;
    let fields = Field::ALL.iter().filter_map(|field| {
        let (from, to) = (value(&before, *field), value(&after, *field));
        (from != to).then(|| ImportFieldChange { field: camel(field.as_str()), from, to })
    });
    Ok(ImportChange {
        line: at(job, change),
        person_id: change.person.to_string(),
        name: shown(&after),
        fields: fields.collect(),
    })
}

/// A field as text; of badges only how many.
fn value(record: &Record, field: Field) -> Option<String> {
    let listed = |list: &Option<Vec<String>>| list.as_ref().map(|l| l.join(", ")).filter(|l| !l.is_empty());
    let said = |yes: Option<bool>| yes.map(|y| if y { "yes".to_owned() } else { "no".to_owned() });
    match field {
        Field::Name => record.name.clone(),
        Field::PreferredName => record.preferred_name.clone(),
        Field::Aliases => listed(&record.aliases),
        Field::Email => record.email.clone(),
        Field::Phone => record.phone.clone(),
        Field::Department => record.department.clone(),
        Field::Location => record.location.clone(),
        Field::Manager => record.manager.clone(),
        Field::Groups => listed(&record.groups),
        Field::Badges => record.badges.as_ref().map(|b| b.len().to_string()),
        Field::Language => record.language.clone(),
        Field::Channel => record.channel.clone(),
        // Private: that it changes is told, not how.
        Field::NeedsLowDoor => record.needs_low_door.map(|_| "…".to_owned()),
        Field::Active => said(record.active),
    }
}

/// What a source says in vain: a higher one says something else.
pub(super) fn held(words: &[(Source, Record)], source: Source, said: &Record) -> Vec<(Field, Source)> {
    let merged = merged(&with(words, source, said));
    let differs = |field: &Field| value(&merged.record, *field) != value(said, *field);
    let above =
        merged.owners.iter().filter(|(field, owner)| **owner > source && said.said().contains(*field));
    above.filter(|(field, _)| differs(field)).map(|(field, owner)| (*field, *owner)).collect()
}

fn held_line(job: &Job, everybody: &Everybody, plan: &Plan, at: usize) -> Result<Option<ImportHeld>> {
    let Some(known) = plan.held_by.get(&at).and_then(|known| everybody.people.get(*known)) else {
        return Ok(None);
    };
    let Some(said) = job.lines.get(at) else { return Ok(None) };
    let words = words(known)?;
    let fields = held(&words, job.source, &said.record)
        .into_iter()
        .map(|(field, source)| HeldField { field: camel(field.as_str()), source: source.into() });
    let name = shown(&merged(&words).record);
    Ok(Some(ImportHeld { line: line(said.at).unwrap_or_default(), name, fields: fields.collect() }))
}

pub(crate) fn fault(fault: &LineFault) -> ImportFault {
    ImportFault {
        line: line(fault.at),
        column: fault.column.clone(),
        why: why(fault.why),
        other_line: fault.other.and_then(line),
    }
}

fn why(why: Why) -> ImportWhy {
    use ImportWhy as W;
    use directory::Fault as F;
    match why {
        Why::Line(F::UnclosedQuote) => W::UnclosedQuote,
        Why::Line(F::QuoteInside) => W::QuoteInside,
        Why::Line(F::TooFewCells) => W::TooFewCells,
        Why::Line(F::TooManyCells) => W::TooManyCells,
        Why::Line(F::NoKey) => W::NoKey,
        Why::Line(F::Unreadable) => W::Unreadable,
        Why::Line(F::ControlCharacter) => W::ControlCharacter,
        Why::Line(F::Formula) => W::Formula,
        Why::Line(F::SpreadsheetError) => W::SpreadsheetError,
        Why::Line(F::Rounded) => W::Rounded,
        Why::Line(F::TooLong) => W::TooLong,
        Why::Line(F::TooMany) => W::TooMany,
        Why::Line(F::NotAnAddress) => W::NotAnAddress,
        Why::Line(F::NotABadge) => W::NotABadge,
        Why::Line(F::NotYesOrNo) => W::NotYesOrNo,
        Why::Line(F::Malformed) => W::Malformed,
        Why::NoName => W::NoName,
        Why::SamePerson => W::SamePerson,
        Why::SameAddress => W::SameAddress,
        Why::AddressTaken => W::AddressTaken,
        Why::SameBadge => W::SameBadge,
        Why::BadgeTaken => W::BadgeTaken,
        Why::ManagerCycle => W::ManagerCycle,
        Why::LastAdmin => W::LastAdmin,
    }
}
