//! Puts values together to an [`Entry`], whichever source they come from: cleans them, and says what can't be taken.

use crate::{Entry, Fault, Target, words};
use domain::badge::Badge;
use domain::directory::Field;
use domain::person::{NAME_MAX, clean_name};

const ID_MAX: usize = 255;
const REFERENCE_MAX: usize = 1_000;
const EMAIL_MAX: usize = 254;
const SHORT_MAX: usize = 100;
const PHONE_MAX: usize = 64;
const ALIASES_MAX: usize = 20;
const BADGES_MAX: usize = 20;
const GROUPS_MAX: usize = 1_000;

#[derive(Default)]
pub(crate) struct Builder {
    entry: Entry,
    given: Option<String>,
    family: Option<String>,
}

impl Builder {
    /// Takes one value. An empty one says nothing, but that a list is empty.
    pub fn put(&mut self, target: Target, value: &str) -> Result<(), Fault> {
        let record = &mut self.entry.record;
        match target {
            Target::Ignore => {}
            Target::ExternalId => self.entry.external_id = line(value, ID_MAX)?,
            Target::Reference => self.entry.reference = line(value, REFERENCE_MAX)?,
            Target::GivenName => self.given = name(value)?,
            Target::FamilyName => {
                let more = name(value)?;
                self.family = match (self.family.take(), more) {
                    (Some(first), Some(second)) => Some(format!("{first} {second}")),
                    (first, second) => first.or(second),
                };
            }
            Target::Field(Field::Name) => record.name = name(value)?,
            Target::Field(Field::PreferredName) => record.preferred_name = name(value)?,
            Target::Field(Field::Aliases) => add(&mut record.aliases, value, ALIASES_MAX, name)?,
            Target::Field(Field::Email) => record.email = address(value)?,
            Target::Field(Field::Phone) => record.phone = line(value, PHONE_MAX)?,
            Target::Field(Field::Department) => record.department = line(value, SHORT_MAX)?,
            Target::Field(Field::Location) => record.location = line(value, SHORT_MAX)?,
            Target::Field(Field::Manager) => record.manager = line(value, REFERENCE_MAX)?,
            Target::Field(Field::Groups) => {
                add(&mut record.groups, value, GROUPS_MAX, |group| line(group, ID_MAX))?;
            }
            Target::Field(Field::Badges) => add(&mut record.badges, value, BADGES_MAX, badge)?,
            Target::Field(Field::Language) => record.language = words::language(value).map(Into::into),
            Target::Field(Field::Channel) => {
                record.channel = maybe(value, |v| words::channel(v).ok_or(Fault::Malformed))?;
            }
            Target::Field(Field::NeedsLowDoor) => record.needs_low_door = maybe(value, yes)?,
            Target::Field(Field::Active) => record.active = maybe(value, yes)?,
        }
        Ok(())
    }

    /// Takes a value that is one even where it holds what separates several in a cell.
    pub fn put_one(&mut self, target: Target, value: &str) -> Result<(), Fault> {
        let record = &mut self.entry.record;
        match target {
            Target::Field(Field::Groups) => {
                push(record.groups.get_or_insert_default(), line(value, ID_MAX)?, GROUPS_MAX)
            }
            Target::Field(Field::Aliases) => {
                push(record.aliases.get_or_insert_default(), name(value)?, ALIASES_MAX)
            }
            _ => self.put(target, value),
        }
    }

    pub fn external_id(&self) -> Option<&str> {
        self.entry.external_id.as_deref()
    }

    pub fn finish(self, at: u64) -> Result<Entry, Fault> {
        let Builder { mut entry, given, family } = self;
        entry.at = at;
        if entry.record.name.is_none() {
            let parts: Vec<String> = given.into_iter().chain(family).collect();
            entry.record.name = name(&parts.join(" "))?;
        }
        if entry.external_id.is_none() && entry.record.email.is_none() {
            return Err(Fault::NoKey);
        }
        Ok(entry)
    }
}

fn maybe<T>(value: &str, read: impl Fn(&str) -> Result<T, Fault>) -> Result<Option<T>, Fault> {
    let value = trim(value);
    if value.is_empty() { Ok(None) } else { read(value).map(Some) }
}

fn yes(value: &str) -> Result<bool, Fault> {
    words::yes(value).ok_or(Fault::NotYesOrNo)
}

/// Blanks and what looks like none.
fn trim(value: &str) -> &str {
    value.trim_matches(|c: char| {
        c.is_whitespace() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
    })
}

/// Breaks and tabs are blanks to us; any other control character has no business here.
fn whole(value: &str) -> Result<(), Fault> {
    if value.contains('\u{fffd}') {
        return Err(Fault::Unreadable);
    }
    if value.chars().any(|c| c.is_control() && !c.is_whitespace()) {
        return Err(Fault::ControlCharacter);
    }
    Ok(())
}

/// One line, with single blanks.
fn line(value: &str, most: usize) -> Result<Option<String>, Fault> {
    whole(value)?;
    let value = trim(value).split_whitespace().collect::<Vec<_>>().join(" ");
    match value.chars().count() {
        0 => Ok(None),
        length if length > most => Err(Fault::TooLong),
        _ => Ok(Some(value)),
    }
}

fn name(value: &str) -> Result<Option<String>, Fault> {
    whole(value)?;
    let value = trim(value);
    match clean_name(value) {
        None if value.chars().count() > NAME_MAX => Err(Fault::TooLong),
        name => Ok(name),
    }
}

/// `ada@example.com`, also as `Ada <ada@example.com>` or `mailto:`.
fn address(value: &str) -> Result<Option<String>, Fault> {
    let Some(value) = line(value, NAME_MAX)? else { return Ok(None) };
    let bare = match value.split_once('<') {
        Some((_, rest)) => rest.strip_suffix('>').ok_or(Fault::NotAnAddress)?,
        None => &value,
    };
    let bare = bare.strip_prefix("mailto:").unwrap_or(bare);
    let shaped = bare.split_once('@').is_some_and(|(local, host)| {
        !local.is_empty()
            && !host.is_empty()
            && !host.contains('@')
            && !host.starts_with('.')
            && !host.ends_with('.')
    });
    if !shaped || bare.contains([' ', ',', ';', '<', '>', '"', '(', ')']) {
        return Err(Fault::NotAnAddress);
    }
    if bare.len() > EMAIL_MAX {
        return Err(Fault::TooLong);
    }
    Ok(Some(bare.to_owned()))
}

fn badge(value: &str) -> Result<Option<String>, Fault> {
    let Some(value) = line(value, REFERENCE_MAX)? else { return Ok(None) };
    Badge::parse(&value).map(|_| Some(value)).ok_or(Fault::NotABadge)
}

/// Adds the values of one cell to a list, each once.
fn add(
    list: &mut Option<Vec<String>>,
    cell: &str,
    most: usize,
    read: impl Fn(&str) -> Result<Option<String>, Fault>,
) -> Result<(), Fault> {
    let list = list.get_or_insert_default();
    cell.split([';', '|', '\n', '\r']).try_for_each(|value| push(list, read(value)?, most))
}

fn push(list: &mut Vec<String>, value: Option<String>, most: usize) -> Result<(), Fault> {
    match value {
        Some(value) if !list.contains(&value) => {
            if list.len() == most {
                return Err(Fault::TooMany);
            }
            list.push(value);
            Ok(())
        }
        _ => Ok(()),
    }
}
