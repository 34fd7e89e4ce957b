//! Which column is read as what: as told, as remembered, or as its header sounds.

use super::sheet::SheetError;
use crate::Target;
use crate::words::{column, fold};
use domain::directory::Field;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What columns are read as, by their headers. Remembered from one file to the next.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mapping(BTreeMap<String, Target>);

impl Mapping {
    pub fn set(&mut self, header: &str, target: Target) {
        self.0.insert(fold(header), target);
    }
    pub fn get(&self, header: &str) -> Option<Target> {
        self.0.get(&fold(header)).copied()
    }
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// This, and what `later` says beside or instead.
    #[must_use]
    pub fn with(mut self, later: &Mapping) -> Mapping {
        self.0.extend(later.0.iter().map(|(header, target)| (header.clone(), *target)));
        self
    }
    fn headers(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }
}

/// One column of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    pub header: String,
    /// `None` if it is read as nothing.
    pub target: Option<Target>,
    /// Its header made it so, and nobody said anything else.
    pub guessed: bool,
    /// What stands in it first; nothing of badges.
    pub sample: Vec<String>,
}

/// Decides for all columns.
pub(super) fn decide(
    headers: &[String],
    told: &Mapping,
    remembered: &Mapping,
) -> Result<Vec<Column>, SheetError> {
    let blank =
        |header: &String| Column { header: header.clone(), target: None, guessed: false, sample: Vec::new() };
    let mut columns: Vec<Column> = headers.iter().map(blank).collect();
    if let Some(missing) = told.headers().find(|wanted| !headers.iter().any(|h| fold(h) == **wanted)) {
        return Err(SheetError::NoSuchColumn(missing.to_owned()));
    }
    for mapping in [told, remembered] {
        for at in 0..columns.len() {
            let Some(target) = columns.get(at).and_then(|c| mapping.get(&c.header)) else { continue };
            let holder = holder(&columns, target);
            match holder {
                Some(other) if mapping == told => {
                    let header = columns.get(at).map(|c| c.header.clone()).unwrap_or_default();
                    return Err(SheetError::TwoColumns(other, header));
                }
                Some(_) => continue,
                None => {}
            }
            if let Some(column) = columns.get_mut(at).filter(|c| c.target.is_none()) {
                column.target = Some(target);
            }
        }
    }
    guess(&mut columns);
    for (at, one) in columns.iter().enumerate() {
        let again = |other: &&Column| other.target.is_some() && fold(&other.header) == fold(&one.header);
        if one.target.is_some_and(|t| t != Target::Ignore) && columns.iter().skip(at + 1).any(|c| again(&c)) {
            return Err(SheetError::SameHeader(one.header.clone()));
        }
    }
    let key = [Target::ExternalId, Target::Field(Field::Email)];
    if !columns.iter().any(|c| c.target.is_some_and(|t| key.contains(&t))) {
        return Err(SheetError::NoKeyColumn);
    }
    Ok(columns)
}

fn holder(columns: &[Column], target: Target) -> Option<String> {
    let holds = |c: &&Column| c.target == Some(target) && !target.takes_several();
    columns.iter().find(holds).map(|c| c.header.clone())
}

fn guess(columns: &mut [Column]) {
    let mut sounds: Vec<(usize, usize, Target)> = columns
        .iter()
        .enumerate()
        .filter(|(_, c)| c.target.is_none())
        .filter_map(|(at, c)| column(&c.header).map(|(target, rank)| (rank, at, target)))
        .collect();
    sounds.sort_by_key(|(rank, at, _)| (*rank, *at));
    for (_, at, target) in sounds {
        // Of two columns that sound alike, the one with the very same header is no second choice but a riddle.
        let same = |c: &Column, header: &str| c.target == Some(target) && fold(&c.header) == fold(header);
        let header = columns.get(at).map(|c| c.header.clone()).unwrap_or_default();
        let free = holder(columns, target).is_none() || columns.iter().any(|c| same(c, &header));
        if let Some(column) = columns.get_mut(at).filter(|_| free) {
            column.target = Some(target);
            column.guessed = true;
        }
    }
    let find = |columns: &[Column], target: Target| columns.iter().position(|c| c.target == Some(target));
    let (name, given) = (find(columns, Target::Field(Field::Name)), find(columns, Target::GivenName));
    let family = find(columns, Target::FamilyName).is_some();
    // "Nombre" alone is the whole name; "Name" beside "Surname" is the given one.
    let other = match (name, given) {
        (None, Some(given)) if !family => Some((given, Target::Field(Field::Name))),
        (Some(name), None) if family && columns.get(name).is_some_and(|c| fold(&c.header) == "name") => {
            Some((name, Target::GivenName))
        }
        _ => None,
    };
    if let Some((at, target)) = other
        && let Some(column) = columns.get_mut(at).filter(|c| c.guessed)
    {
        column.target = Some(target);
    }
}

/// How many of these headers are known words.
pub(super) fn recognised(headers: &[impl AsRef<str>], mappings: [&Mapping; 2]) -> usize {
    let known = |header: &str| column(header).is_some() || mappings.iter().any(|m| m.get(header).is_some());
    headers.iter().filter(|header| known(header.as_ref())).count()
}
