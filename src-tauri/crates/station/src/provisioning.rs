//! What an identity provider may do: keep its users and its groups here, by SCIM, and nothing else.
//!
//! Every change goes through [`crate::directory`], one person at a time, as what the source `scim` says. Never tells
//! the number of a badge, and keeps none.

mod find;
mod groups;
mod users;

use crate::badge_keys::Hashes;
use crate::session::{Access, Scope};
use crate::start::Station;
use crate::wire::Topic;
use crate::{Error, Result};
use domain::badge::Badge;
use domain::event::Actor;
use scim::{Base, Condition, Etag, Kind, Patch, Projection, Query, Resource, ResourceType};
use serde_json::{Map, Value};
use std::str::FromStr;

pub(crate) use users::resume;

/// What an identity provider holds.
pub struct Directory {
    station: Station,
    by: Actor,
    base: Base,
}

/// The kinds of resources that are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    User,
    Group,
}

impl Kept {
    pub fn resource_type(self) -> &'static ResourceType {
        match self {
            Kept::User => &scim::USER,
            Kept::Group => &scim::GROUP,
        }
    }
}

/// Why nothing was done: by the protocol's rules, or by the room's.
#[derive(Debug, thiserror::Error)]
pub enum Unprovisioned {
    #[error(transparent)]
    Protocol(#[from] scim::Error),
    #[error(transparent)]
    Room(#[from] Error),
}

impl From<store::StoreError> for Unprovisioned {
    fn from(error: store::StoreError) -> Self {
        Unprovisioned::Room(error.into())
    }
}

pub type Provisioned<T> = std::result::Result<T, Unprovisioned>;

/// What is written to a resource.
enum Change {
    /// A whole one in its place.
    Whole(Value),
    Patch(Patch),
}

impl Station {
    /// What a token of the scope `directory` may do. `base` is the address that the client reaches the server at.
    pub fn directory_by(&self, access: Access, base: Base) -> Result<Directory> {
        match access.scope {
            Scope::Directory => Ok(Directory { station: self.clone(), by: access.by(), base }),
            Scope::Read | Scope::Kiosk | Scope::Staff | Scope::Admin => Err(Error::NotAllowed),
        }
    }
}

impl Directory {
    pub fn base(&self) -> &Base {
        &self.base
    }

    /// One resource as it is shown, with its version.
    pub async fn show(&self, kind: Kept, id: &str, projection: &Projection) -> Provisioned<(Resource, Etag)> {
        match kind {
            Kept::User => self.show_user(parsed(id)?).await,
            Kept::Group => {
                let members = projection.wants(&scim::GROUP, "members");
                self.show_group(parsed(id)?, members).await
            }
        }
    }

    /// All that the query wants, of one kind or of all, and how many there are.
    pub async fn find(
        &self,
        kind: Option<Kept>,
        query: &Query,
    ) -> Provisioned<(usize, Vec<Map<String, Value>>)> {
        match kind {
            Some(Kept::User) => self.find_users(query, query.skip, query.count).await,
            Some(Kept::Group) => self.find_groups(query, query.skip, query.count).await,
            None => self.find_all(query).await,
        }
    }

    pub async fn add(&self, kind: Kept, body: Value) -> Provisioned<(Resource, Etag)> {
        match kind {
            Kept::User => self.add_user(body).await,
            Kept::Group => self.add_group(body).await,
        }
    }

    pub async fn replace(
        &self,
        kind: Kept,
        id: &str,
        condition: Option<&Condition>,
        body: Value,
    ) -> Provisioned<(Resource, Etag)> {
        self.change(kind, id, condition, Change::Whole(body)).await
    }

    pub async fn patch(
        &self,
        kind: Kept,
        id: &str,
        condition: Option<&Condition>,
        body: Value,
    ) -> Provisioned<(Resource, Etag)> {
        self.change(kind, id, condition, Change::Patch(Patch::parse(body)?)).await
    }

    async fn change(
        &self,
        kind: Kept,
        id: &str,
        condition: Option<&Condition>,
        change: Change,
    ) -> Provisioned<(Resource, Etag)> {
        match kind {
            Kept::User => self.change_user(parsed(id)?, condition, change).await,
            Kept::Group => self.change_group(parsed(id)?, condition, change).await,
        }
    }

    pub async fn remove(&self, kind: Kept, id: &str, condition: Option<&Condition>) -> Provisioned<()> {
        match kind {
            Kept::User => self.remove_user(parsed(id)?, condition).await,
            Kept::Group => self.remove_group(parsed(id)?, condition).await,
        }
    }

    fn told(&self) {
        self.station.inner.changed(Topic::People);
    }
}

/// A badge's number as it is kept.
fn veiled(hashes: &Hashes, number: &str) -> scim::Result<String> {
    let no_badge = || scim::Error::new(Kind::InvalidValue, "badges has what is no badge number");
    let badge = Badge::parse(number).ok_or_else(no_badge)?;
    Ok(hex::encode(hashes.of(&badge)))
}

/// What has no id of ours isn't here.
fn parsed<T: FromStr>(id: &str) -> Provisioned<T> {
    id.parse().map_err(|_| gone())
}

fn gone() -> Unprovisioned {
    scim::Error::status(404, "there is no such resource").into()
}

/// Refuses what was meant for another version.
fn met(condition: Option<&Condition>, current: &Etag) -> Provisioned<()> {
    if condition.is_none_or(|condition| condition.matches(current)) {
        return Ok(());
    }
    Err(scim::Error::status(412, "the resource has another version").into())
}

/// What was kept as a text.
fn attributes(raw: &str) -> Result<Map<String, Value>> {
    serde_json::from_str(raw).map_err(|error| Error::Internal(format!("a kept resource: {error}")))
}
