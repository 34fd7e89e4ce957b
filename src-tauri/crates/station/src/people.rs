//! People as staff and admins keep them.

use crate::error::InvalidWhy;
use crate::session::Staff;
use crate::staff::limited;
use crate::wire::{LanguageName, Page, PersonForm, PersonHit, PersonPage, RoleName, Topic};
use crate::{Error, Result, credential};
use domain::PersonId;
use domain::badge::Badge;
use domain::event::{Actor, Event};
use domain::person::{Role, clean_name};
use store::{PersonDetail, PersonRow, Tx};
use uuid::Uuid;

const PAGE: i64 = 50;
/// Characters of a staff password typed in a window (NIST SP 800-63B: 15 where it is the only factor).
pub(crate) const PASSWORD_MIN: usize = 15;
/// Characters below which a site file's password is refused; up to [`PASSWORD_MIN`] it is taken with a warning, for
/// an operator may have reasons that a form can't hear.
pub(crate) const PASSWORD_LEAST: usize = 8;
const PASSWORD_MAX: usize = 256;

impl Staff {
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
        let row = self.station.inner.store.person(id).await?.ok_or(Error::NotFound("person"))?;
        let mut packages = Vec::new();
        let plan = self.station.plan().await?;
        for package in self.station.inner.store.packages_of(id, PAGE).await? {
            packages.push(self.station.package_in(&plan, &package).await?);
        }
        Ok(PersonPage {
            id: id.to_string(),
            has_badge: row.has_badge,
            packages,
            form: PersonForm {
                name: row.detail.name,
                aliases: row.detail.aliases,
                email: row.detail.email,
                department: row.detail.department,
                language: if row.detail.language == "es" { LanguageName::Es } else { LanguageName::En },
                badge: None,
                role: row.role.into(),
                password: None,
                active: row.active,
            },
        })
    }

    pub async fn add_person(&self, form: PersonForm) -> Result<PersonId> {
        self.may(&form, None)?;
        let detail = self.detail(&form, None).await?;
        let id = PersonId(Uuid::now_v7());
        let mut tx = self.station.begin().await?;
        add(&mut tx, id, form.role.into(), &detail, self.by).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(id)
    }

    pub async fn change_person(&self, id: PersonId, form: PersonForm) -> Result<()> {
        let old = self.station.inner.store.person(id).await?.ok_or(Error::NotFound("person"))?;
        self.may(&form, Some(&old))?;
        let detail = self.detail(&form, Some(&old)).await?;
        let mut tx = self.station.begin().await?;
        tx.append(&Event::PersonChanged {
            person: id,
            role: form.role.into(),
            active: form.active,
            by: self.by,
        })
        .await?;
        if detail.badge_hash != old.detail.badge_hash {
            let given = detail.badge_hash.is_some();
            tx.append(&Event::BadgeSet { person: id, given, by: self.by }).await?;
        }
        tx.put_person(id, &detail).await.map_err(taken)?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(())
    }

    /// Clerks keep recipients; only an admin makes or changes staff.
    fn may(&self, form: &PersonForm, old: Option<&PersonRow>) -> Result<()> {
        let plain = form.role == RoleName::Recipient
            && form.password.is_none()
            && old.is_none_or(|p| p.role == Role::Recipient);
        if plain || self.admin { Ok(()) } else { Err(Error::NotAllowed) }
    }

    async fn detail(&self, form: &PersonForm, old: Option<&PersonRow>) -> Result<PersonDetail> {
        let secrets = self.station.inner.secrets();
        let id = old.map(|p| p.id);
        let old = old.map(|p| p.detail.clone()).unwrap_or_default();
        let badge_hash = match form.badge.as_deref().map(str::trim) {
            // Left out: as it was. Empty: taken away.
            None => old.badge_hash,
            Some("") => None,
            Some(text) => {
                let badge =
                    Badge::parse(text).ok_or_else(|| Error::invalid("badge", InvalidWhy::Malformed))?;
                // Hashed with an earlier key it looks different and is the same.
                if self.station.badge_owner(&badge).await?.is_some_and(|owner| Some(owner.id) != id) {
                    return Err(Error::invalid("badge", InvalidWhy::Taken));
                }
                Some(secrets.badge_hash(&badge))
            }
        };
        let password_hash = match form.password.as_deref().filter(|p| !p.is_empty()) {
            Some(password) => Some(hash_password(&secrets, "password", password).await?),
            None => old.password_hash,
        };
        Ok(PersonDetail {
            name: name(&form.name)?,
            aliases: limited("aliases", form.aliases.as_deref(), 200)?,
            email: email(form.email.as_deref())?,
            department: limited("department", form.department.as_deref(), 100)?,
            language: match form.language {
                LanguageName::En => "en".into(),
                LanguageName::Es => "es".into(),
            },
            needs_low_door: old.needs_low_door,
            badge_hash,
            password_hash,
        })
    }
}

async fn hash_password(secrets: &crate::Secrets, field: &str, password: &str) -> Result<String> {
    hash_password_of(secrets, field, password, PASSWORD_MIN).await
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

/// Writes a new person, in a transaction of the caller's.
pub(crate) async fn add(
    tx: &mut Tx,
    id: PersonId,
    role: Role,
    detail: &PersonDetail,
    by: Actor,
) -> Result<()> {
    tx.append(&Event::PersonAdded { person: id, role, by }).await?;
    if detail.badge_hash.is_some() {
        tx.append(&Event::BadgeSet { person: id, given: true, by }).await?;
    }
    tx.put_person(id, detail).await.map_err(taken)
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

fn hit(row: PersonRow) -> PersonHit {
    PersonHit {
        id: row.id.to_string(),
        name: row.detail.name,
        aliases: row.detail.aliases,
        department: row.detail.department,
        email: row.detail.email,
        active: row.active,
        badge: row.has_badge,
        waiting: u32::try_from(row.waiting).unwrap_or_default(),
    }
}
