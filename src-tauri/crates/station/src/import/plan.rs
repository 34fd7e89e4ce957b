//! Compares what a source says with what is known, and works out everything that follows, before anything is written.
//!
//! Knows no file and no database; never guesses who somebody is: key, then mail address, else new.

use super::fault::{LineFault, Why};
use super::job::{Job, Line};
use super::managers;
use crate::Result;
use crate::directory::detail;
use domain::PersonId;
use domain::directory::{Merged, Record, Source};
use foldhash::{HashMap, HashMapExt as _, HashSet};
use std::collections::BTreeSet;
use store::{Everybody, Known, KnownBadge, PersonDetail, StoreError};
use uuid::Uuid;

/// So many may leave without a question; beyond, half of a source's people are too many.
const FEW: usize = 20;

/// Everything that will be done.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    pub changes: Vec<Change>,
    /// The first so many hand something to one another, and change in one go.
    pub together: usize,
    pub faults: Vec<LineFault>,
    pub unchanged: usize,
    /// Lines that say something of which a higher source says something else.
    pub held: Vec<usize>,
    /// Whom those lines are about.
    pub held_by: HashMap<usize, usize>,
    /// Why nobody is taken to have left, though the list is said to be whole.
    pub stay: Option<Stay>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stay {
    /// So many lines can't be read, and could be about anybody.
    Unreadable(u32),
    /// So many would leave, of so many.
    TooMany(u32, u32),
}

/// What changes of one person.
#[derive(Debug)]
pub(crate) struct Change {
    pub person: PersonId,
    /// Where in what is known; `None` is new.
    pub known: Option<usize>,
    /// Which line; `None` isn't in the list any more.
    pub line: Option<usize>,
    /// The source's new word, as it is kept.
    pub external_id: Option<String>,
    pub word: String,
    /// As screens read it, if that changes.
    pub detail: Option<PersonDetail>,
    pub active: bool,
    pub was_active: bool,
    pub given: Vec<String>,
    pub taken: Vec<KnownBadge>,
    /// Their mail address before and after.
    pub(super) email: (Option<String>, Option<String>),
    pub(super) manager: Option<(Source, String)>,
    pub(super) refused: bool,
}

impl Change {
    pub fn is_new(&self) -> bool {
        self.known.is_none()
    }
}

/// What is looked up again and again.
pub(super) struct Book<'a> {
    pub job: &'a Job,
    pub everybody: &'a Everybody,
    pub by_external: HashMap<(Source, &'a str), usize>,
    pub by_email: HashMap<&'a str, usize>,
    pub line_by_external: HashMap<&'a str, usize>,
    pub line_by_reference: HashMap<&'a str, usize>,
    pub line_by_email: HashMap<&'a str, usize>,
    pub by_badge: HashMap<&'a str, usize>,
    /// Whom each line is about, if they are known.
    pub who: Vec<Option<usize>>,
    faults: Vec<Option<LineFault>>,
}

pub(crate) fn plan(job: &Job, everybody: &Everybody) -> Result<Plan> {
    let mut book = Book::new(job, everybody);
    book.recognise();
    let mut plan = Plan::default();
    let mut changes = Vec::new();
    for (at, line) in job.lines.iter().enumerate() {
        if book.faults.get(at).is_some_and(Option::is_some) {
            continue;
        }
        match book.change(at, line)? {
            Some(change) => changes.push(change),
            None if book.faults.get(at).is_some_and(Option::is_none) => plan.unchanged += 1,
            None => {}
        }
        if let Some(known) = book.held(at, line)? {
            plan.held.push(at);
            plan.held_by.insert(at, known);
        }
    }
    book.leavers(&mut changes, &mut plan)?;
    loop {
        let before = changes.len();
        book.refuse_conflicts(&mut changes);
        managers::refuse_cycles(&book, &mut changes)?
            .into_iter()
            .for_each(|at| book.fault(at, Why::ManagerCycle, None));
        book.keep_an_admin(&mut changes, &mut plan);
        changes.retain(|change| !change.refused);
        if changes.len() == before {
            break;
        }
    }
    plan.together = book.together_first(&mut changes);
    plan.changes = changes;
    plan.faults.extend(job.faults.iter().cloned());
    plan.faults.extend(book.faults.into_iter().flatten());
    plan.faults.sort_by_key(|fault| fault.at);
    Ok(plan)
}

/// The words of somebody, read.
pub(crate) fn words(known: &Known) -> Result<Vec<(Source, Record)>> {
    let read = |told: &store::Told| Ok((told.source, serde_json::from_str(&told.record)?));
    known
        .words
        .iter()
        .map(read)
        .collect::<std::result::Result<_, serde_json::Error>>()
        .map_err(|e| StoreError::from(e).into())
}

pub(crate) fn merged(words: &[(Source, Record)]) -> Merged {
    Merged::of(words.iter().map(|(source, record)| (*source, record)))
}

/// The words with the one of `source` in its place.
pub(crate) fn with(words: &[(Source, Record)], source: Source, record: &Record) -> Vec<(Source, Record)> {
    let others = words.iter().filter(|(other, _)| *other != source).cloned();
    others.chain([(source, record.clone())]).collect()
}

impl<'a> Book<'a> {
    fn new(job: &'a Job, everybody: &'a Everybody) -> Book<'a> {
        let people = &everybody.people;
        let (mut by_external, mut by_email, mut by_badge) = (HashMap::new(), HashMap::new(), HashMap::new());
        for (at, known) in people.iter().enumerate() {
            by_email.extend(known.email.as_deref().map(|email| (email, at)));
            by_badge.extend(known.badges.iter().map(|badge| (badge.hash.as_str(), at)));
            let keys = known.words.iter().filter_map(|w| Some(((w.source, w.external_id.as_deref()?), at)));
            by_external.extend(keys);
        }
        let lines = || job.lines.iter().enumerate();
        Book {
            by_external,
            by_email,
            by_badge,
            line_by_external: lines().filter_map(|(at, l)| Some((l.external_id.as_deref()?, at))).collect(),
            line_by_reference: lines().filter_map(|(at, l)| Some((l.reference.as_deref()?, at))).collect(),
            line_by_email: lines().filter_map(|(at, l)| Some((l.record.email.as_deref()?, at))).collect(),
            who: vec![None; job.lines.len()],
            faults: vec![None; job.lines.len()],
            job,
            everybody,
        }
    }

    pub fn fault(&mut self, line: usize, why: Why, other: Option<usize>) {
        let at = |line: usize| self.job.lines.get(line).map_or(0, |l| l.at);
        let fault = LineFault { at: at(line), column: None, why, other: other.map(at) };
        if let Some(place) = self.faults.get_mut(line) {
            place.get_or_insert(fault);
        }
    }

    fn known(&self, at: usize) -> Option<&'a Known> {
        self.everybody.people.get(at)
    }

    /// Finds out whom each line is about. Lines about one person are all refused: which is right, nobody knows.
    fn recognise(&mut self) {
        let job = self.job;
        let mut by_key: HashMap<&str, usize> = HashMap::new();
        let mut claims: HashMap<usize, usize> = HashMap::new();
        for (at, line) in job.lines.iter().enumerate() {
            let Some(key) = line.external_id.as_deref() else { continue };
            if let Some(other) = by_key.insert(key, at) {
                self.fault(other, Why::SamePerson, Some(at));
                self.fault(at, Why::SamePerson, Some(other));
            }
            if let Some(known) = self.by_external.get(&(job.source, key)) {
                claims.insert(*known, at);
                if let Some(who) = self.who.get_mut(at) {
                    *who = Some(*known);
                }
            }
        }
        let mut by_address: HashMap<&str, usize> = HashMap::new();
        for (at, line) in job.lines.iter().enumerate() {
            if self.who.get(at).is_some_and(Option::is_some) {
                continue;
            }
            let Some(address) = line.record.email.as_deref() else { continue };
            if line.external_id.is_none()
                && let Some(other) = by_address.insert(address, at)
            {
                self.fault(other, Why::SamePerson, Some(at));
                self.fault(at, Why::SamePerson, Some(other));
            }
            let Some(known) = self.by_email.get(address).copied() else { continue };
            if let Some(other) = claims.get(&known).copied() {
                // Unless that one gets another address by its own line: then this is somebody new.
                if job.lines.get(other).is_none_or(|l| l.record.email.as_deref().is_none_or(|e| e == address))
                {
                    self.fault(at, Why::SameAddress, Some(other));
                }
                continue;
            }
            if self.is_another(known, line) {
                continue;
            }
            claims.insert(known, at);
            if let Some(who) = self.who.get_mut(at) {
                *who = Some(known);
            }
        }
    }

    /// Does the source itself say that this address was somebody else's? It has another key for them, and another
    /// name: addresses are given to others when somebody leaves.
    fn is_another(&self, known: usize, line: &Line) -> bool {
        let told = self.known(known).and_then(|k| k.words.iter().find(|w| w.source == self.job.source));
        let Some(told) = told.filter(|t| t.external_id.is_some() && line.external_id.is_some()) else {
            return false;
        };
        let name = |record: &Record| record.name.as_deref().map(str::to_lowercase);
        told.external_id != line.external_id
            && !serde_json::from_str(&told.record)
                .is_ok_and(|record: Record| name(&record) == name(&line.record))
    }

    /// What the line changes, or `None`.
    fn change(&mut self, at: usize, line: &Line) -> Result<Option<Change>> {
        let source = self.job.source;
        let mut record = line.record.clone();
        record.manager = managers::as_kept(self, at, line);
        if self.job.complete {
            // Who is in a list of everybody is there.
            record.active.get_or_insert(true);
        }
        let known = self.who.get(at).copied().flatten();
        let word = serde_json::to_string(&record).map_err(StoreError::from)?;
        let told =
            known.and_then(|k| self.known(k)).and_then(|k| k.words.iter().find(|w| w.source == source));
        // A list that has no keys leaves the key that is known.
        let external_id = line.external_id.clone().or_else(|| told.and_then(|t| t.external_id.clone()));
        if let Some(told) = told
            && told.external_id == external_id
            && (told.record == word
                || serde_json::from_str::<Record>(&told.record).is_ok_and(|r| r == record))
        {
            return Ok(None);
        }
        let change = self.draft(known, Some(at), &record, external_id, word)?;
        if change.is_none() {
            self.fault(at, Why::NoName, None);
        }
        Ok(change)
    }

    /// A change, unless it would leave somebody without a name.
    fn draft(
        &self,
        at: Option<usize>,
        line: Option<usize>,
        record: &Record,
        external_id: Option<String>,
        word: String,
    ) -> Result<Option<Change>> {
        let known = at.and_then(|k| self.known(k));
        let before = known.map(words).transpose()?.unwrap_or_default();
        let after = with(&before, self.job.source, record);
        let (old, new) = (merged(&before), merged(&after));
        let Ok(detail_after) = detail(&new.record) else { return Ok(None) };
        let detail_before = known.and_then(|_| detail(&old.record).ok());
        let named: BTreeSet<String> =
            after.into_iter().flat_map(|(_, r)| r.badges.unwrap_or_default()).collect();
        let has = known.map_or(&[] as &[KnownBadge], |k| &k.badges);
        let taken: Vec<KnownBadge> = has.iter().filter(|b| !named.contains(&b.hash)).cloned().collect();
        let given = named.into_iter().filter(|hash| has.iter().all(|b| b.hash != *hash)).collect();
        let owner = new.owners.get(&domain::directory::Field::Manager).copied();
        Ok(Some(Change {
            person: known.map_or_else(|| PersonId(Uuid::now_v7()), |k| k.id),
            known: at,
            line,
            external_id,
            word,
            email: (known.and_then(|k| k.email.clone()), detail_after.email.clone()),
            manager: owner.zip(new.record.manager),
            detail: (detail_before.as_ref() != Some(&detail_after)).then_some(detail_after),
            active: new.record.active.unwrap_or(true),
            was_active: known.is_none_or(|k| k.active),
            given,
            taken,
            refused: false,
        }))
    }

    /// Of whom a higher source says something else.
    fn held(&self, at: usize, line: &Line) -> Result<Option<usize>> {
        let source = self.job.source;
        let Some(at) = self.who.get(at).copied().flatten() else { return Ok(None) };
        let Some(known) = self.known(at).filter(|k| k.words.iter().any(|w| w.source > source)) else {
            return Ok(None);
        };
        let held = super::preview::held(&words(known)?, source, &line.record);
        Ok((!held.is_empty()).then_some(at))
    }

    /// Those of this source's people who aren't in its list of everybody.
    fn leavers(&self, changes: &mut Vec<Change>, plan: &mut Plan) -> Result<()> {
        let job = self.job;
        if !job.complete {
            return Ok(());
        }
        let here: HashSet<usize> = self.who.iter().flatten().copied().collect();
        let mut leavers = Vec::new();
        let mut all = 0_usize;
        for (at, known) in self.everybody.people.iter().enumerate() {
            let Some(told) = known.words.iter().find(|w| w.source == job.source) else { continue };
            let mut record: Record = serde_json::from_str(&told.record).map_err(StoreError::from)?;
            if record.active == Some(false) {
                continue;
            }
            all += 1;
            let spared =
                told.external_id.as_ref().is_some_and(|id| {
                    job.spared.contains(id) || self.line_by_external.contains_key(id.as_str())
                }) || known.email.as_deref().is_some_and(|email| self.line_by_email.contains_key(email));
            if here.contains(&at) || spared {
                continue;
            }
            record.active = Some(false);
            let word = serde_json::to_string(&record).map_err(StoreError::from)?;
            leavers.extend(self.draft(Some(at), None, &record, told.external_id.clone(), word)?);
        }
        let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        if !leavers.is_empty() && job.nameless > 0 {
            plan.stay = Some(Stay::Unreadable(job.nameless));
        } else if !job.sweeping && leavers.len() > FEW && leavers.len() * 2 > all {
            plan.stay = Some(Stay::TooMany(count(leavers.len()), count(all)));
        } else {
            changes.append(&mut leavers);
        }
        Ok(())
    }
}

impl Change {
    pub(super) fn refuse(&mut self) {
        self.refused = true;
    }
}
