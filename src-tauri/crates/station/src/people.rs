//! People as staff and admins keep them.

use crate::clock::rfc3339;
use crate::directory::{Word, cleaned, take_in};
use crate::error::InvalidWhy;
use crate::session::{Reader, Staff};
use crate::wire::{
    BadgeView, HeldField, LanguageName, Page, PersonForm, PersonHit, PersonPage, SourceView, Topic,
};
use crate::{Error, Result, credential};
use domain::PersonId;
use domain::badge::Badge;
use domain::directory::{Merged, Record, Source};
use domain::event::{AccountPart, Actor, Event};
use domain::person::{Right, Role, clean_name};
use std::collections::BTreeSet;
use store::{PersonRow, Tx};

const PAGE: i64 = 50;
/// Characters of a staff password typed in a window (NIST SP 800-63B: 15 where it is the only factor).
pub(crate) const PASSWORD_MIN: usize = 15;
/// Characters below which a site file's password is refused; up to [`PASSWORD_MIN`] it is taken with a warning, for
/// an operator may have reasons that a form can't hear.
pub(crate) const PASSWORD_LEAST: usize = 8;
const PASSWORD_MAX: usize = 256;

impl Reader {
    pub async fn search_people(&self, query: &str, after: Option<&str>) -> Result<Page<PersonHit>> {
        let store = &self.station.inner.store;
        let after = after
            .map(|a| a.parse().map_err(|_| Error::invalid("after", InvalidWhy::Malformed)))
            .transpose()?;
        let query: String = query.chars().take(200).collect();
        let mut rows = store.search_people(&query, after, PAGE + 1).await?;
        let next = (rows.len() > PAGE as usize)
            .then(|| rows.get(PAGE as usize - 1).map(|r| r.n.to_string()))
            .flatten();
        rows.truncate(PAGE as usize);
        // A badge tapped into the search finds its owner.
        if after.is_none()
            && let Some(badge) = Badge::parse(&query).filter(|_| query.chars().any(|c| c.is_ascii_digit()))
            && let Some(owner) = self.station.badge_owner(&badge).await?
            && rows.iter().all(|r| r.id != owner.id)
        {
            rows.insert(0, owner);
        }
        Ok(Page { rows: rows.into_iter().map(hit).collect(), next })
    }

    pub async fn person(&self, id: PersonId) -> Result<PersonPage> {
        let store = &self.station.inner.store;
        let row = store.person(id).await?.ok_or(Error::NotFound("person"))?;
        let mut packages = Vec::new();
        let plan = self.station.plan().await?;
        for package in store.packages_of(id, PAGE).await? {
            packages.push(self.station.package_in(&plan, &package).await?);
        }
        let words = store.sources_of(id).await?;
        let merged = Merged::of(words.iter().map(|w| (w.source, &w.record)));
        let held = merged.held_above(Source::Hand);
        let owners = merged.owners.iter().filter(|(field, _)| held.contains(field));
        let badges = store.badges_of(id).await?;
        let record = merged.record.clone();
        Ok(PersonPage {
            id: id.to_string(),
            shown: row.detail.name,
            role: row.role.into(),
            packages,
            quiet: self.quiet_hours(id).await?,
            badges: badges
                .iter()
                .map(|b| BadgeView { id: b.id.to_string(), blocked: b.blocked, since: rfc3339(b.changed) })
                .collect(),
            sources: words
                .iter()
                .map(|w| SourceView {
                    source: w.source.into(),
                    external_id: w.external_id.clone(),
                    changed: rfc3339(w.changed),
                })
                .collect(),
            held: owners
                .map(|(field, source)| HeldField { field: camel(field.as_str()), source: (*source).into() })
                .collect(),
            delegations: self.station.delegations_of(id).await?,
            holds: self.station.holds_of(id).await?,
            manager: row.detail.manager,
            teams: record.groups.unwrap_or_default(),
            form: PersonForm {
                name: record.name.unwrap_or_default(),
                preferred_name: record.preferred_name,
                aliases: row.detail.aliases,
                email: row.detail.email,
                phone: row.detail.phone,
                department: row.detail.department,
                location: row.detail.location,
                language: if row.detail.language == "es" { LanguageName::Es } else { LanguageName::En },
                channel: row.detail.channel,
                needs_low_door: row.detail.needs_low_door,
                badge: None,
                active: row.active,
            },
        })
    }
}

impl Staff {
    pub async fn add_person(&self, form: PersonForm) -> Result<PersonId> {
        let record = record(form);
        self.station.renew_numbers(record.badges.as_deref().unwrap_or_default()).await?;
        let record = cleaned(&self.station.inner.secrets(), record)?;
        let mut tx = self.station.begin().await?;
        let id = take_in(&mut tx, None, by_hand(record), self.by).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(id)
    }

    /// What staff type of somebody. What a directory says of them stays as the directory says it.
    pub async fn change_person(&self, id: PersonId, form: PersonForm) -> Result<()> {
        let new = record(form);
        self.station.renew_numbers(new.badges.as_deref().unwrap_or_default()).await?;
        let new = cleaned(&self.station.inner.secrets(), new)?;
        let mut tx = self.station.begin().await?;
        let old = tx.person(id).await?.ok_or(Error::NotFound("person"))?;
        if old.role.is_staff() && !self.role.may(Right::Administer) {
            return Err(Error::NotAllowed);
        }
        let words = tx.sources_of(id).await?;
        let held = Merged::of(words.iter().map(|w| (w.source, &w.record))).held_above(Source::Hand);
        let known =
            words.into_iter().find(|w| w.source == Source::Hand).map(|w| w.record).unwrap_or_default();
        let mut new = new.without(&held);
        // A badge in the form is one more; those there are stay.
        let given = new.badges.take().unwrap_or_default();
        let badges: BTreeSet<String> = known.badges.into_iter().flatten().chain(given).collect();
        new.badges = (!badges.is_empty()).then(|| badges.into_iter().collect());
        new.groups = known.groups;
        new.manager = known.manager;
        take_in(&mut tx, Some(id), by_hand(new), self.by).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(())
    }
}

pub(crate) async fn set_password(tx: &mut Tx, person: PersonId, hash: String, by: Actor) -> Result<()> {
    tx.append(&Event::AccountChanged { person, what: AccountPart::Password, given: true, by }).await?;
    let account = tx.account(person).await?;
    tx.put_account(person, &store::Account { password_hash: Some(hash), ..account }).await?;
    Ok(())
}

/// What a form says, as a source's record.
fn record(form: PersonForm) -> Record {
    Record {
        name: Some(form.name),
        preferred_name: form.preferred_name,
        aliases: form.aliases.map(|text| text.split([',', ';', '\n']).map(str::to_owned).collect()),
        email: form.email,
        phone: form.phone,
        department: form.department,
        location: form.location,
        language: Some(if form.language == LanguageName::Es { "es".into() } else { "en".into() }),
        channel: form.channel,
        needs_low_door: Some(form.needs_low_door),
        badges: form.badge.filter(|b| !b.trim().is_empty()).map(|badge| vec![badge]),
        active: (!form.active).then_some(false),
        ..Record::default()
    }
}

pub(crate) fn by_hand(record: Record) -> Word {
    Word { source: Source::Hand, external_id: None, record, raw: None }
}

/// The wire's name of a field.
pub(crate) fn camel(field: &str) -> String {
    let mut name = String::with_capacity(field.len());
    let mut upper = false;
    for c in field.chars() {
        match c {
            '_' => upper = true,
            c => {
                name.extend(if upper { c.to_uppercase().next() } else { Some(c) });
                upper = false;
            }
        }
    }
    name
}

pub(crate) async fn hash_password_of(
    secrets: &crate::Secrets,
    field: &str,
    password: &str,
    least: usize,
) -> Result<String> {
    match password.chars().count() {
        n if n < least => Err(Error::invalid(field, InvalidWhy::TooShort)),
        n if n > PASSWORD_MAX => Err(Error::invalid(field, InvalidWhy::TooLong)),
        _ => credential::hash(secrets, password).await,
    }
}

/// Writes a new person with a role, in a transaction of the caller's.
pub(crate) async fn add(
    tx: &mut Tx,
    secrets: &crate::Secrets,
    role: Role,
    record: Record,
) -> Result<PersonId> {
    let record = cleaned(secrets, record)?;
    let id = take_in(tx, None, by_hand(record), Actor::System).await?;
    if role != Role::Recipient {
        tx.append(&Event::PersonChanged { person: id, role, active: true, by: Actor::System }).await?;
    }
    Ok(id)
}

pub(crate) fn name(text: &str) -> Result<String> {
    if text.trim().is_empty() {
        return Err(Error::invalid("name", InvalidWhy::Empty));
    }
    clean_name(text).ok_or_else(|| Error::invalid("name", InvalidWhy::TooLong))
}

/// Mail addresses compare without regard to case; what a server makes of one is the server's business.
pub(crate) fn email(text: Option<&str>) -> Result<Option<String>> {
    let Some(text) = text.map(str::trim).filter(|t| !t.is_empty()) else { return Ok(None) };
    let shaped = text.split_once('@').is_some_and(|(local, host)| !local.is_empty() && !host.is_empty());
    if !shaped || text.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return Err(Error::invalid("email", InvalidWhy::Malformed));
    }
    if text.len() > 254 {
        return Err(Error::invalid("email", InvalidWhy::TooLong));
    }
    Ok(Some(text.to_lowercase()))
}

fn hit(row: PersonRow) -> PersonHit {
    PersonHit {
        id: row.id.to_string(),
        aliases: row.detail.also_known_as(),
        name: row.detail.name,
        department: row.detail.department,
        email: row.detail.email,
        active: row.active,
        badge: row.has_badge,
        waiting: u32::try_from(row.waiting).unwrap_or_default(),
    }
}
