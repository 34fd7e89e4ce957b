//! Users: people, as the identity provider says they are.

use super::{Change, Directory, Provisioned, attributes, gone, met};
use crate::Result;
use crate::directory::{Word, cleaned, take_in};
use domain::PersonId;
use domain::directory::{Merged, Record, Source};
use domain::person::clean_name;
use domain::time::Wall;
use scim::{Condition, Etag, Kind, Meta, Resource, USER};
use serde_json::Value;
use store::{SourceRow, Tx};
use uuid::Uuid;

/// By what a user's name is found: it has no case.
pub(super) fn key(user_name: &str) -> String {
    user_name.to_lowercase()
}

/// An id carries the time at which it was made.
pub(super) fn created(id: Uuid) -> Wall {
    let (seconds, nanoseconds) = id.get_timestamp().map(|time| time.to_unix()).unwrap_or_default();
    let seconds = i64::try_from(seconds).unwrap_or_default();
    Wall(seconds.saturating_mul(1_000).saturating_add(i64::from(nanoseconds / 1_000_000)))
}

pub(super) fn etag(row: &SourceRow) -> Etag {
    Etag::of(row.version, row.changed)
}

/// A word without a resource is no user: it was deleted, or never was one.
fn user(row: Option<SourceRow>) -> Provisioned<SourceRow> {
    row.filter(|row| row.external_id.is_some()).ok_or_else(gone)
}

/// A user as the client left it, with the badges.
fn kept(row: &SourceRow) -> Result<Resource> {
    let mut user = Resource::kept(&USER, attributes(row.raw.as_deref().unwrap_or("{}"))?);
    user.set_badges(row.record.badges.clone().unwrap_or_default());
    Ok(user)
}

impl Directory {
    pub(super) fn shown(&self, row: &SourceRow, groups: Vec<(String, String)>) -> Result<Resource> {
        let mut user = kept(row)?;
        user.set_groups(&self.base, groups);
        let meta = Meta {
            id: row.person.to_string(),
            created: created(row.person.0),
            modified: row.changed,
            version: etag(row),
        };
        Ok(user.shown(&self.base, &meta))
    }

    pub(super) async fn groups(&self, person: PersonId) -> Result<Vec<(String, String)>> {
        let teams = self.station.inner.store.teams_of(person).await?;
        Ok(teams.into_iter().map(|(id, name)| (id.to_string(), name)).collect())
    }

    pub(super) async fn show_user(&self, id: PersonId) -> Provisioned<(Resource, Etag)> {
        let row = user(self.station.inner.store.source_of(id, Source::Scim).await?)?;
        let groups = self.groups(id).await?;
        Ok((self.shown(&row, groups)?, etag(&row)))
    }

    pub(super) async fn add_user(&self, body: Value) -> Provisioned<(Resource, Etag)> {
        let mut new = Resource::read(&USER, body)?.veiled(&|number| self.veiled(number))?;
        if new.active().is_none() {
            new.set_active(true);
        }
        let mut tx = self.station.begin().await?;
        let id = self.keep(&mut tx, None, new).await?;
        self.station.commit(tx).await?;
        self.told();
        self.show_user(id).await
    }

    pub(super) async fn change_user(
        &self,
        id: PersonId,
        condition: Option<&Condition>,
        change: Change,
    ) -> Provisioned<(Resource, Etag)> {
        let mut tx = self.station.begin().await?;
        let row = user(tx.source_of(id, Source::Scim).await?)?;
        met(condition, &etag(&row))?;
        let old = kept(&row)?;
        let veil = |number: &str| self.veiled(number);
        let new = match change {
            Change::Whole(body) => old.replaced(body, &veil)?,
            Change::Patch(patch) => patch.apply(old, &id.to_string(), &veil)?,
        };
        self.keep(&mut tx, Some(id), new).await?;
        self.station.commit(tx).await?;
        self.told();
        self.show_user(id).await
    }

    /// Takes in what the user now is. One without an id is new here, and may be somebody whom another source knows.
    async fn keep(&self, tx: &mut Tx, id: Option<PersonId>, mut new: Resource) -> Provisioned<PersonId> {
        let key = key(new.text("userName").unwrap_or_default());
        if let Some(other) = tx.source_by_external(Source::Scim, &key).await?
            && Some(other.person) != id
        {
            return Err(scim::Error::new(Kind::Uniqueness, "userName is another user's").into());
        }
        let known = match id {
            Some(id) => group_names(tx, id).await?,
            None => Vec::new(),
        };
        let said = scim::record(&new, known)?;
        let badges = new.take_badges();
        // The badges and the groups are in the form that they are kept in.
        let record = Record { badges: None, groups: None, ..said.clone() };
        let record =
            Record { badges, groups: said.groups, ..cleaned(&self.station.inner.secrets(), record)? };
        let who = match (id, &record.email) {
            (None, Some(email)) => known_by(tx, email).await?,
            (id, _) => id,
        };
        let raw = Value::Object(new.into_attributes()).to_string();
        let word = Word { source: Source::Scim, external_id: Some(key), record, raw: Some(raw) };
        Ok(take_in(tx, who, word, self.by).await?)
    }

    /// The client doesn't know the user any more: they have left. What other sources say of them stays, and with none
    /// left, a name and an address for what is still waiting.
    pub(super) async fn remove_user(&self, id: PersonId, condition: Option<&Condition>) -> Provisioned<()> {
        let mut tx = self.station.begin().await?;
        let row = user(tx.source_of(id, Source::Scim).await?)?;
        met(condition, &etag(&row))?;
        let before = tx.person(id).await?.ok_or_else(gone)?;
        tx.leave_teams(id).await?;
        tx.drop_source(id, Source::Scim).await?;
        let words = tx.sources_of(id).await?;
        let others = Merged::of(words.iter().map(|word| (word.source, &word.record))).record;
        let (external_id, mut hand) = match words.into_iter().find(|word| word.source == Source::Hand) {
            Some(word) => (word.external_id, word.record),
            None => (None, Record::default()),
        };
        if others.name.is_none() {
            hand.name = Some(before.detail.formal_name.unwrap_or(before.detail.name));
        }
        if others.email.is_none() {
            hand.email = before.detail.email;
        }
        hand.active = Some(false);
        let word = Word { source: Source::Hand, external_id, record: hand, raw: None };
        take_in(&mut tx, Some(id), word, self.by).await?;
        self.station.commit(tx).await?;
        self.told();
        Ok(())
    }
}

/// Somebody with this mail address whom the client doesn't keep yet.
async fn known_by(tx: &mut Tx, email: &str) -> Provisioned<Option<PersonId>> {
    let Some(person) = tx.id_by_email(email).await? else { return Ok(None) };
    match tx.source_of(person, Source::Scim).await? {
        Some(_) => Err(scim::Error::new(Kind::Uniqueness, "emails has another user's address").into()),
        None => Ok(Some(person)),
    }
}

/// The names of somebody's groups, as a record has them.
pub(super) async fn group_names(tx: &mut Tx, person: PersonId) -> Result<Vec<String>> {
    let mut names: Vec<String> =
        tx.teams_of(person).await?.iter().filter_map(|(_, name)| clean_name(name)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}
