//! Groups: which people the identity provider puts together.
//!
//! A group is written at once, however many are in it; what that says of each of its people is taken in afterwards, a
//! few at a time, so that no door waits for it. Who is still to be told is in the file, and told after a restart.

use super::users::created;
use super::{Change, Directory, Provisioned, attributes, gone, met};
use crate::Result;
use domain::{PersonId, TeamId};
use scim::{Condition, Etag, GROUP, Kind, Meta, Resource};
use serde_json::Value;
use std::collections::BTreeSet;
use store::{TeamRow, Tx};
use uuid::Uuid;

fn etag(row: &TeamRow) -> Etag {
    Etag::of(row.version, row.changed)
}

impl Directory {
    pub(super) fn shown_group(&self, row: &TeamRow, members: &[PersonId]) -> Result<Resource> {
        let mut group = Resource::kept(&GROUP, attributes(&row.raw)?);
        group.set_members(members.iter().map(ToString::to_string));
        let meta = Meta {
            id: row.id.to_string(),
            created: created(row.id.0),
            modified: row.changed,
            version: etag(row),
        };
        Ok(group.shown(&self.base, &meta))
    }

    pub(super) async fn show_group(&self, id: TeamId, members: bool) -> Provisioned<(Resource, Etag)> {
        let store = &self.station.inner.store;
        let row = store.team(id).await?.ok_or_else(gone)?;
        let members = if members { store.members_of(id).await? } else { Vec::new() };
        Ok((self.shown_group(&row, &members)?, etag(&row)))
    }

    pub(super) async fn add_group(&self, body: Value) -> Provisioned<(Resource, Etag)> {
        let new = Resource::read(&GROUP, body)?;
        let id = TeamId(Uuid::now_v7());
        let mut tx = self.station.begin().await?;
        keep(&mut tx, id, None, new).await?;
        self.finish(tx).await?;
        self.show_group(id, true).await
    }

    pub(super) async fn change_group(
        &self,
        id: TeamId,
        condition: Option<&Condition>,
        change: Change,
    ) -> Provisioned<(Resource, Etag)> {
        let mut tx = self.station.begin().await?;
        let row = tx.team(id).await?.ok_or_else(gone)?;
        met(condition, &etag(&row))?;
        let members = tx.members_of(id).await?;
        let mut old = Resource::kept(&GROUP, attributes(&row.raw)?);
        old.set_members(members.iter().map(ToString::to_string));
        let before = old.clone();
        let new = match change {
            Change::Whole(body) => Resource::read(&GROUP, body)?,
            Change::Patch(patch) => patch.apply(old, &id.to_string(), &|text| Ok(text.to_owned()))?,
        };
        if new != before {
            keep(&mut tx, id, Some((&row.name, members)), new).await?;
            self.finish(tx).await?;
        }
        self.show_group(id, true).await
    }

    pub(super) async fn remove_group(&self, id: TeamId, condition: Option<&Condition>) -> Provisioned<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.team(id).await?.ok_or_else(gone)?;
        met(condition, &etag(&row))?;
        let members = tx.members_of(id).await?;
        tx.put_stale_words(&members).await?;
        tx.drop_team(id).await?;
        self.finish(tx).await
    }

    async fn finish(&self, tx: Tx) -> Provisioned<()> {
        self.station.commit(tx).await?;
        self.refresh().await?;
        self.told();
        Ok(())
    }
}

/// Writes what the group now is, and notes whom that is news to. `old` are its name and its members until now.
async fn keep(
    tx: &mut Tx,
    id: TeamId,
    old: Option<(&str, Vec<PersonId>)>,
    mut new: Resource,
) -> Provisioned<()> {
    let no_user = || scim::Error::new(Kind::InvalidValue, "members names who is no user here");
    let mut members = BTreeSet::new();
    for member in new.members() {
        members.insert(member.parse::<PersonId>().map_err(|_| no_user())?);
    }
    new.set_members([]);
    let name = new.text("displayName").unwrap_or_default().to_owned();
    let external_id = new.text("externalId").map(ToOwned::to_owned);
    let raw = Value::Object(new.into_attributes()).to_string();

    let (renamed, before) = match old {
        Some((known, before)) => (known != name, before.into_iter().collect()),
        None => (false, BTreeSet::new()),
    };
    let come: Vec<PersonId> = members.difference(&before).copied().collect();
    let gone: Vec<PersonId> = before.difference(&members).copied().collect();
    if tx.users_among(&come).await? != come.len() {
        return Err(no_user().into());
    }
    tx.put_team(id, &name, external_id.as_deref(), &raw).await?;
    tx.drop_members(id, &gone).await?;
    tx.add_members(id, &come).await?;
    tx.put_stale_words(&come).await?;
    tx.put_stale_words(&gone).await?;
    if renamed {
        tx.put_stale_words(&members.into_iter().collect::<Vec<_>>()).await?;
    }
    Ok(())
}
