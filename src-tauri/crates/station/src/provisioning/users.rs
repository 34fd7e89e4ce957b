//! Users: people, as the identity provider says they are.

use super::{Change, Directory, Provisioned, Unprovisioned, attributes, gone, met, veiled};
use crate::badge_keys::Hashes;
use crate::directory::{Word, cleaned, take_in};
use crate::start::Station;
use crate::{Result, Secrets};
use domain::directory::{Merged, Record, Source};
use domain::event::Actor;
use domain::person::clean_name;
use domain::time::Wall;
use domain::{PersonId, TeamId};
use scim::{Condition, Etag, Kind, Meta, Resource, USER};
use serde_json::Value;
use store::{SourceRow, Tx};
use uuid::Uuid;

/// People whose word is taken in anew in one transaction.
const AT_ONCE: i64 = 10;
/// Managers above one another.
const LEVELS_MAX: usize = 50;

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
    pub(super) fn shown(&self, row: &SourceRow, groups: Vec<(TeamId, String)>) -> Result<Resource> {
        let mut user = kept(row)?;
        user.set_groups(&self.base, groups.into_iter().map(|(id, name)| (id.to_string(), name)));
        let meta = Meta {
            id: row.person.to_string(),
            created: created(row.person.0),
            modified: row.changed,
            version: etag(row),
        };
        Ok(user.shown(&self.base, &meta))
    }

    pub(super) async fn show_user(&self, id: PersonId) -> Provisioned<(Resource, Etag)> {
        let row = user(self.station.inner.store.source_of(id, Source::Scim).await?)?;
        let groups = self.station.inner.store.teams_of(id).await?;
        Ok((self.shown(&row, groups)?, etag(&row)))
    }

    pub(super) async fn add_user(&self, body: Value) -> Provisioned<(Resource, Etag)> {
        let mut tx = self.station.begin().await?;
        let hashes = Hashes::read(&mut tx, self.station.inner.secrets()).await?;
        let mut new = Resource::read(&USER, body)?.veiled(&|number| veiled(&hashes, number))?;
        if new.active().is_none() {
            new.set_active(true);
        }
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
        let hashes = Hashes::read(&mut tx, self.station.inner.secrets()).await?;
        let veil = |number: &str| veiled(&hashes, number);
        let new = match change {
            Change::Whole(body) => old.replaced(body, &veil)?,
            Change::Patch(patch) => patch.apply(old, &id.to_string(), &veil)?,
        };
        self.keep(&mut tx, Some(id), new).await?;
        self.station.commit(tx).await?;
        self.renamed(id, &row).await?;
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
        let record = said(tx, &self.station.inner.secrets(), id, &new).await?;
        new.take_badges();
        let who = match (id, &record.email) {
            (None, Some(email)) => known_by(tx, email).await?,
            (id, _) => id,
        };
        let raw = Value::Object(new.into_attributes()).to_string();
        let word = Word { source: Source::Scim, external_id: Some(key), record, raw: Some(raw) };
        Ok(take_in(tx, who, word, self.by).await?)
    }

    /// Whose manager this is says so by the user's name.
    async fn renamed(&self, id: PersonId, before: &SourceRow) -> Provisioned<()> {
        let store = &self.station.inner.store;
        let now = store.source_of(id, Source::Scim).await?.and_then(|row| row.external_id);
        let Some(old) = before.external_id.as_deref().filter(|old| now.as_deref() != Some(old)) else {
            return Ok(());
        };
        let under = store.users_under(old).await?;
        let mut tx = self.station.begin().await?;
        tx.put_stale_words(&under).await?;
        self.station.commit(tx).await?;
        self.refresh().await
    }

    pub(super) async fn refresh(&self) -> Provisioned<()> {
        refresh(&self.station, self.by).await
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

/// Ends what a stop of the node left undone.
pub(crate) async fn resume(station: Station) {
    if let Err(error) = refresh(&station, Actor::System).await {
        tracing::error!(%error, "what has changed around some users is not taken in");
    }
}

/// Takes the word of those in anew whose groups or manager have changed: a few at a time, so that no door waits.
async fn refresh(station: &Station, by: Actor) -> Provisioned<()> {
    while station.inner.store.has_stale_words().await? {
        let mut tx = station.begin().await?;
        for person in tx.take_stale_words(AT_ONCE).await? {
            let Some(row) = tx.source_of(person, Source::Scim).await? else { continue };
            let record = match said(&mut tx, &station.inner.secrets(), Some(person), &kept(&row)?).await {
                Ok(record) => record,
                Err(Unprovisioned::Protocol(error)) => {
                    tracing::warn!(%person, %error, "a user is no longer as it may be, and stays as it was");
                    continue;
                }
                Err(error) => return Err(error),
            };
            let word = Word { source: Source::Scim, external_id: row.external_id, record, raw: row.raw };
            take_in(&mut tx, Some(person), word, by).await?;
        }
        station.commit(tx).await?;
    }
    Ok(())
}

/// What a user is to the room, in the form that it is kept in.
async fn said(tx: &mut Tx, secrets: &Secrets, id: Option<PersonId>, user: &Resource) -> Provisioned<Record> {
    let mut record = scim::record(user, Vec::new())?;
    // The badges are hashes already.
    let badges = record.badges.take();
    let groups = match id {
        Some(id) => group_names(tx, id).await?,
        None => Vec::new(),
    };
    let key = key(user.text("userName").unwrap_or_default());
    if let Some(manager) = record.manager.take() {
        record.manager = manager_of(tx, &key, manager).await?;
    }
    Ok(Record { badges, groups: Some(groups), ..cleaned(secrets, Record { groups: None, ..record })? })
}

/// A manager by the name of the user who that is; as they were sent if that is nobody here. Nobody is above themselves.
async fn manager_of(tx: &mut Tx, user: &str, sent: String) -> Result<Option<String>> {
    let Ok(id) = sent.parse::<PersonId>() else { return Ok(Some(sent)) };
    let mut above = tx.source_of(id, Source::Scim).await?;
    let name = above.as_ref().and_then(|row| row.external_id.clone());
    for _ in 0..LEVELS_MAX {
        let Some(row) = above else { break };
        if row.external_id.as_deref() == Some(user) {
            return Ok(None);
        }
        let Some(next) = row.record.manager else { break };
        above = tx.source_by_external(Source::Scim, &next).await?;
    }
    Ok(name.or(Some(sent)))
}

/// The names of somebody's groups, as a record has them.
async fn group_names(tx: &mut Tx, person: PersonId) -> Result<Vec<String>> {
    let mut names: Vec<String> =
        tx.teams_of(person).await?.iter().filter_map(|(_, name)| clean_name(name)).collect();
    names.sort();
    names.dedup();
    Ok(names)
}
