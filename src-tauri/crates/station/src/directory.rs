//! Taking in what a source says of a person: the one way by which the directory changes, whoever says it.
//!
//! Never guesses: a badge or a mail address of somebody else is refused, and what a higher source says stays.

use crate::error::InvalidWhy;
use crate::people::{email, name};
use crate::staff::limited;
use crate::{Error, Result, Secrets};
use domain::badge::Badge;
use domain::directory::{Merged, Record, Source};
use domain::event::{Actor, Event};
use domain::person::Role;
use domain::{BadgeId, PersonId};
use std::collections::{BTreeMap, BTreeSet};
use store::{PersonDetail, PersonRow, SourceRow, Tx};
use uuid::Uuid;

/// Longest text of a field, in characters, where nothing narrower is said.
const TEXT_MAX: usize = 200;
/// Names and badges of one person.
const LIST_MAX: usize = 50;
/// Groups of one person: directories nest them.
const GROUPS_MAX: usize = 1_000;

/// What one source says, ready to be kept.
pub(crate) struct Word {
    pub source: Source,
    pub external_id: Option<String>,
    /// Cleaned; its badges are keyed hashes in hex.
    pub record: Record,
    pub raw: Option<String>,
}

/// A record as it may be kept: trimmed, of bounded length, well formed, badge numbers as keyed hashes.
pub(crate) fn cleaned(secrets: &Secrets, record: Record) -> Result<Record> {
    let text = |field: &str, value: Option<String>| limited(field, value.as_deref(), TEXT_MAX);
    let list = |field: &str, values: Option<Vec<String>>, most: usize| -> Result<Option<Vec<String>>> {
        let Some(values) = values else { return Ok(None) };
        let mut kept = BTreeSet::new();
        for value in &values {
            kept.extend(limited(field, Some(value), TEXT_MAX)?.map(|v| v.replace('\n', " ")));
        }
        if kept.len() > most {
            return Err(Error::invalid(field, InvalidWhy::TooLong));
        }
        Ok(Some(kept.into_iter().collect()))
    };
    let badges = match record.badges {
        Some(numbers) => {
            let mut hashes = BTreeSet::new();
            for number in numbers.iter().filter(|n| !n.trim().is_empty()) {
                let badge =
                    Badge::parse(number).ok_or_else(|| Error::invalid("badge", InvalidWhy::Malformed))?;
                hashes.insert(hex::encode(secrets.badge_hash(&badge)));
            }
            Some(hashes.into_iter().collect::<Vec<_>>()).filter(|hashes| hashes.len() <= LIST_MAX)
        }
        None => None,
    };
    let language = match record.language.as_deref().map(str::trim) {
        // A locale's language is what counts: es-MX is Spanish. What is not spoken here is heard in English.
        Some(tag) if tag.to_ascii_lowercase().starts_with("es") => Some("es".to_owned()),
        Some(tag) if !tag.is_empty() => Some("en".to_owned()),
        _ => None,
    };
    Ok(Record {
        name: record.name.as_deref().map(name).transpose()?,
        preferred_name: record
            .preferred_name
            .as_deref()
            .filter(|n| !n.trim().is_empty())
            .map(name)
            .transpose()?,
        aliases: list("aliases", record.aliases, LIST_MAX)?,
        email: email(record.email.as_deref())?,
        phone: text("phone", record.phone)?,
        department: text("department", record.department)?,
        location: text("location", record.location)?,
        manager: text("manager", record.manager)?,
        groups: list("groups", record.groups, GROUPS_MAX)?,
        badges,
        language,
        channel: text("channel", record.channel)?,
        needs_low_door: record.needs_low_door,
        active: record.active,
    })
}

/// Keeps a source's word of a person, and makes true what follows from it. A person without an id yet is new.
pub(crate) async fn take_in(
    tx: &mut Tx,
    person: Option<PersonId>,
    word: Word,
    by: Actor,
) -> Result<PersonId> {
    let id = person.unwrap_or_else(|| PersonId(Uuid::now_v7()));
    let source = word.source;
    if person.is_none() {
        tx.append(&Event::PersonAdded { person: id, role: Role::Recipient, by }).await?;
    }
    let before = tx.person(id).await?;
    let mut words = tx.sources_of(id).await?;
    words.retain(|w| w.source != source);
    words.push(SourceRow {
        person: id,
        source,
        external_id: word.external_id.clone(),
        record: word.record.clone(),
        raw: None,
        version: 0,
        changed: tx.stamp().wall,
    });
    settle(tx, id, before.as_ref(), &words, by).await?;
    tx.put_source(id, source, word.external_id.as_deref(), &word.record, word.raw.as_deref()).await?;
    Ok(id)
}

/// Makes the tables say what all sources together say.
async fn settle(
    tx: &mut Tx,
    id: PersonId,
    before: Option<&PersonRow>,
    words: &[SourceRow],
    by: Actor,
) -> Result<()> {
    let merged = Merged::of(words.iter().map(|w| (w.source, &w.record))).record;
    let detail = detail(&merged)?;
    let active = merged.active.unwrap_or(true);
    let (role, was_active) = before.map_or((Role::Recipient, true), |b| (b.role, b.active));
    if before.is_some_and(|b| b.detail != detail) || active != was_active {
        tx.append(&Event::PersonChanged { person: id, role, active, by }).await?;
    }
    if before.is_none_or(|b| b.detail != detail) {
        tx.put_person(id, &detail).await.map_err(taken)?;
    }
    match (was_active, active) {
        (true, false) => crate::leavers::left(tx, id, by).await?,
        (false, true) => crate::leavers::back(tx, id, by).await?,
        _ => {}
    }
    // Badges are given by each source on its own: one that enrols a fob takes no other's card away.
    let named: BTreeSet<String> =
        words.iter().flat_map(|w| w.record.badges.clone().unwrap_or_default()).collect();
    badges(tx, id, named, by).await
}

/// Gives and takes badges until the person has those, by their hashes.
async fn badges(tx: &mut Tx, person: PersonId, named: BTreeSet<String>, by: Actor) -> Result<()> {
    let mut has = BTreeMap::new();
    for row in tx.badges_of(person).await? {
        has.insert(tx.badge_hash(row.id).await?.map(hex::encode).unwrap_or_default(), row.id);
    }
    for (_, badge) in has.iter().filter(|(hash, _)| !named.contains(*hash)) {
        tx.append(&Event::BadgeTaken { badge: *badge, person, by }).await?;
    }
    for hash in named.iter().filter(|hash| !has.contains_key(*hash)) {
        let bytes = unhex(hash);
        if tx.badge_by_hash(&bytes).await?.is_some() {
            return Err(Error::invalid("badge", InvalidWhy::Taken));
        }
        let badge = BadgeId(Uuid::now_v7());
        tx.append(&Event::BadgeGiven { badge, person, by }).await?;
        tx.put_badge_secret(badge, &bytes).await.map_err(taken)?;
    }
    Ok(())
}

pub(crate) fn detail(merged: &Record) -> Result<PersonDetail> {
    let lines = |list: &Option<Vec<String>>, between: &str| {
        list.as_ref().filter(|l| !l.is_empty()).map(|l| l.join(between))
    };
    let name = merged.name.clone().or_else(|| merged.preferred_name.clone());
    let name = name.ok_or_else(|| Error::invalid("name", InvalidWhy::Empty))?;
    let shown = merged.preferred_name.clone().unwrap_or_else(|| name.clone());
    Ok(PersonDetail {
        formal_name: (shown != name).then_some(name),
        name: shown,
        aliases: lines(&merged.aliases, ", "),
        email: merged.email.clone(),
        phone: merged.phone.clone(),
        department: merged.department.clone(),
        location: merged.location.clone(),
        manager: merged.manager.clone(),
        teams: lines(&merged.groups, "\n"),
        language: merged.language.clone().unwrap_or_else(|| "en".into()),
        channel: merged.channel.clone(),
        needs_low_door: merged.needs_low_door.unwrap_or(false),
    })
}

fn taken(error: store::StoreError) -> Error {
    match error {
        store::StoreError::Conflict(what) if what.contains("email") => {
            Error::invalid("email", InvalidWhy::Taken)
        }
        store::StoreError::Conflict(what) if what.contains("badge") => {
            Error::invalid("badge", InvalidWhy::Taken)
        }
        other => other.into(),
    }
}

/// A keyed hash as it was in a record; of what is none, one that nobody has.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    hex::decode(text).unwrap_or_default()
}
