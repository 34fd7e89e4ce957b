//! Who may fetch for whom, whose deadlines pause, and the policy in force.

use crate::row::{id, maybe_id};
use crate::{Result, Store, Tx};
use domain::delegation::Delegation;
use domain::event::Event;
use domain::holds::Hold;
use domain::policy::Policy;
use domain::time::Wall;
use domain::{DelegationId, HoldId, OpeningId, PackageId, PersonId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DelegationRow {
    pub id: DelegationId,
    pub principal: PersonId,
    pub delegate: PersonId,
    /// This one only; `None` is every package within the dates.
    pub package: Option<PackageId>,
    pub from: Wall,
    pub until: Wall,
}

impl DelegationRow {
    fn read(row: &SqliteRow) -> sqlx::Result<DelegationRow> {
        Ok(DelegationRow {
            id: id(row, "id")?,
            principal: id(row, "principal")?,
            delegate: id(row, "delegate")?,
            package: maybe_id(row, "package")?,
            from: Wall(row.try_get("from_ms")?),
            until: Wall(row.try_get("until_ms")?),
        })
    }

    pub fn facts(&self) -> Delegation {
        let DelegationRow { principal, delegate, package, from, until, .. } = *self;
        Delegation { principal, delegate, package, from, until }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HoldRow {
    pub id: HoldId,
    pub person: PersonId,
    pub from: Wall,
    /// When it ends, or was ended.
    pub until: Wall,
}

impl HoldRow {
    pub fn facts(&self) -> Hold {
        Hold { from: self.from, until: self.until }
    }
}

async fn delegations(
    db: impl SqliteExecutor<'_>,
    query: &'static str,
    person: PersonId,
) -> Result<Vec<DelegationRow>> {
    let rows = sqlx::query(query).bind(person.0).fetch_all(db).await?;
    rows.iter().map(|r| DelegationRow::read(r).map_err(Into::into)).collect()
}

const BY_PRINCIPAL: &str = "select * from delegation where principal = ? and ended = 0 order by from_ms, id";
const BY_DELEGATE: &str = "select * from delegation where delegate = ? and ended = 0 order by from_ms, id";

fn read_hold(row: &SqliteRow) -> sqlx::Result<HoldRow> {
    Ok(HoldRow {
        id: id(row, "id")?,
        person: id(row, "person")?,
        from: Wall(row.try_get("from_ms")?),
        until: Wall(row.try_get("until_ms")?),
    })
}

async fn holds_of(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Vec<HoldRow>> {
    let rows =
        sqlx::query("select id, person, from_ms, min(until_ms, coalesce(ended_ms, until_ms)) as until_ms from hold where person = ? order by from_ms, id")
            .bind(person.0)
            .fetch_all(db)
            .await?;
    rows.iter().map(|r| read_hold(r).map_err(Into::into)).collect()
}

async fn delegation_by_id(
    db: impl SqliteExecutor<'_>,
    delegation: DelegationId,
) -> Result<Option<DelegationRow>> {
    let row = sqlx::query("select * from delegation where id = ? and ended = 0")
        .bind(delegation.0)
        .fetch_optional(db)
        .await?;
    row.map(|r| DelegationRow::read(&r).map_err(Into::into)).transpose()
}

async fn policy(db: impl SqliteExecutor<'_>) -> Result<Policy> {
    let row = sqlx::query("select body from event where kind = 'policy.set' order by seq desc limit 1")
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(Policy::default()) };
    match Event::from_parts("policy.set", row.get(0))? {
        Event::PolicySet { policy, .. } => Ok(policy),
        _ => Ok(Policy::default()),
    }
}

async fn is_active(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<bool> {
    let row = sqlx::query("select active from person where id = ?").bind(person.0).fetch_optional(db).await?;
    Ok(row.is_some_and(|r| r.get(0)))
}

impl Store {
    /// Those who may fetch for this person, now or later.
    pub async fn delegations_by(&self, principal: PersonId) -> Result<Vec<DelegationRow>> {
        delegations(&self.readers, BY_PRINCIPAL, principal).await
    }

    /// Those for whom this person may fetch, now or later.
    pub async fn delegations_to(&self, delegate: PersonId) -> Result<Vec<DelegationRow>> {
        delegations(&self.readers, BY_DELEGATE, delegate).await
    }

    /// One that was not ended.
    pub async fn delegation(&self, delegation: DelegationId) -> Result<Option<DelegationRow>> {
        delegation_by_id(&self.readers, delegation).await
    }

    /// Every time in which this person's deadlines pause or paused.
    pub async fn holds_of(&self, person: PersonId) -> Result<Vec<HoldRow>> {
        holds_of(&self.readers, person).await
    }

    pub async fn policy(&self) -> Result<Policy> {
        policy(&self.readers).await
    }

    pub async fn is_active(&self, person: PersonId) -> Result<bool> {
        is_active(&self.readers, person).await
    }
}

impl Tx {
    pub async fn delegations_by(&mut self, principal: PersonId) -> Result<Vec<DelegationRow>> {
        delegations(&mut *self.inner, BY_PRINCIPAL, principal).await
    }

    pub async fn delegations_to(&mut self, delegate: PersonId) -> Result<Vec<DelegationRow>> {
        delegations(&mut *self.inner, BY_DELEGATE, delegate).await
    }

    pub async fn holds_of(&mut self, person: PersonId) -> Result<Vec<HoldRow>> {
        holds_of(&mut *self.inner, person).await
    }

    pub async fn delegation(&mut self, delegation: DelegationId) -> Result<Option<DelegationRow>> {
        delegation_by_id(&mut *self.inner, delegation).await
    }

    /// One that was not ended; when it ends, or was ended, is told.
    pub async fn hold(&mut self, hold: HoldId) -> Result<Option<HoldRow>> {
        let row = sqlx::query(
            "select id, person, from_ms, min(until_ms, coalesce(ended_ms, until_ms)) as until_ms from hold where id = ?",
        )
        .bind(hold.0)
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|r| read_hold(&r)).transpose()?)
    }

    pub async fn policy(&mut self) -> Result<Policy> {
        policy(&mut *self.inner).await
    }

    pub async fn is_active(&mut self, person: PersonId) -> Result<bool> {
        is_active(&mut *self.inner, person).await
    }

    /// Those of these people from whose leaving or coming back something follows: who fetch or are fetched for, or have
    /// a package behind a door.
    pub async fn of_consequence(&mut self, people: &[PersonId]) -> Result<Vec<PersonId>> {
        if people.is_empty() {
            return Ok(vec![]);
        }
        let rows = sqlx::query(
            "select person.id from json_each(?) join person on person.id = unhex(value, '-')
             where exists (select 1 from delegation where principal = person.id and ended = 0)
               or exists (select 1 from delegation where delegate = person.id and ended = 0)
               or exists (select 1 from package where recipient = person.id and state in ('stored', 'disputed'))",
        )
        .bind(serde_json::to_string(people)?)
        .fetch_all(&mut *self.inner)
        .await?;
        Ok(rows.iter().map(|r| id(r, "id")).collect::<sqlx::Result<_>>()?)
    }

    /// What staff noted when they opened for somebody. It can be erased.
    pub async fn put_override_note(&mut self, opening: OpeningId, note: &str) -> Result<()> {
        sqlx::query("insert into override_note (opening, note) values (?, ?)")
            .bind(opening.0)
            .bind(note)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
