//! What an identity provider keeps here: its users, found as it looks for them, and its groups.
//!
//! Never knows the protocol: a resource is a text.

use crate::row::id;
use crate::{Result, SourceRow, Store, Tx};
use domain::directory::Source;
use domain::time::Wall;
use domain::{PersonId, TeamId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};
use uuid::Uuid;

/// A group. Its members stand beside it.
#[derive(Clone, Debug, PartialEq)]
pub struct TeamRow {
    pub id: TeamId,
    pub name: String,
    /// The resource as it was sent, but for its members.
    pub raw: String,
    pub version: i64,
    pub changed: Wall,
}

impl TeamRow {
    fn read(row: &SqliteRow) -> sqlx::Result<TeamRow> {
        Ok(TeamRow {
            id: id(row, "id")?,
            name: row.try_get("name")?,
            raw: row.try_get::<Option<_>, _>("raw")?.unwrap_or_default(),
            version: row.try_get("version")?,
            changed: Wall(row.try_get("changed_ms")?),
        })
    }
}

macro_rules! users {
    ($tail:literal) => {
        concat!("select * from person_source where source = 'scim' and external_id is not null ", $tail)
    };
}

fn users(rows: &[SqliteRow]) -> Result<Vec<SourceRow>> {
    rows.iter().map(|r| SourceRow::read(r).map_err(Into::into)).collect()
}

fn count(row: &SqliteRow) -> Result<usize> {
    Ok(usize::try_from(row.try_get::<i64, _>(0)?).unwrap_or_default())
}

async fn source_of(
    db: impl SqliteExecutor<'_>,
    person: PersonId,
    source: Source,
) -> Result<Option<SourceRow>> {
    let row = sqlx::query("select * from person_source where person = ? and source = ?")
        .bind(person.0)
        .bind(source.as_str())
        .fetch_optional(db)
        .await?;
    row.map(|r| SourceRow::read(&r).map_err(Into::into)).transpose()
}

async fn teams_of(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Vec<(TeamId, String)>> {
    let rows = sqlx::query("select team.id, team.name from team_member m join team on team.id = m.team where m.person = ? order by team.id")
        .bind(person.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|r| Ok((id(r, "id")?, r.try_get("name")?))).collect()
}

async fn team(db: impl SqliteExecutor<'_>, team: TeamId) -> Result<Option<TeamRow>> {
    let row = sqlx::query("select * from team where id = ?").bind(team.0).fetch_optional(db).await?;
    row.map(|r| TeamRow::read(&r).map_err(Into::into)).transpose()
}

async fn members_of(db: impl SqliteExecutor<'_>, team: TeamId) -> Result<Vec<PersonId>> {
    let rows = sqlx::query("select person from team_member where team = ? order by person")
        .bind(team.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|r| id(r, "person").map_err(Into::into)).collect()
}

impl Store {
    pub async fn source_of(&self, person: PersonId, source: Source) -> Result<Option<SourceRow>> {
        source_of(&self.readers, person, source).await
    }

    pub async fn users_count(&self) -> Result<usize> {
        let sql = "select count(*) from person_source where source = 'scim' and external_id is not null";
        count(&sqlx::query(sql).fetch_one(&self.readers).await?)
    }

    /// The users after a name, in the order of their names.
    pub async fn users_after(&self, name: &str, limit: i64) -> Result<Vec<SourceRow>> {
        let query = sqlx::query(users!("and external_id > ? order by external_id limit ?"));
        users(&query.bind(name).bind(limit).fetch_all(&self.readers).await?)
    }

    pub async fn users_at(&self, skip: usize, limit: usize) -> Result<Vec<SourceRow>> {
        let size = |n: usize| i64::try_from(n).unwrap_or(i64::MAX);
        let query = sqlx::query(users!(
            "and person in (select person from person_source where source = 'scim' and external_id is not null order by external_id limit ? offset ?) order by external_id"
        ));
        users(&query.bind(size(limit)).bind(size(skip)).fetch_all(&self.readers).await?)
    }

    /// The users that the client names so.
    pub async fn users_by_client(&self, external_id: &str) -> Result<Vec<SourceRow>> {
        let query = sqlx::query(users!("and json_extract(raw, '$.externalId') = ? order by external_id"));
        users(&query.bind(external_id).fetch_all(&self.readers).await?)
    }

    pub async fn teams_of(&self, person: PersonId) -> Result<Vec<(TeamId, String)>> {
        teams_of(&self.readers, person).await
    }

    pub async fn teams(&self) -> Result<Vec<TeamRow>> {
        let rows = sqlx::query("select * from team order by id").fetch_all(&self.readers).await?;
        rows.iter().map(|r| TeamRow::read(r).map_err(Into::into)).collect()
    }

    pub async fn team(&self, id: TeamId) -> Result<Option<TeamRow>> {
        team(&self.readers, id).await
    }

    pub async fn members_of(&self, team: TeamId) -> Result<Vec<PersonId>> {
        members_of(&self.readers, team).await
    }

    /// The users whose word names this manager.
    pub async fn users_under(&self, manager: &str) -> Result<Vec<PersonId>> {
        let sql = "select person from person_source where source = 'scim' and json_extract(record, '$.manager') = ?";
        let rows = sqlx::query(sql).bind(manager).fetch_all(&self.readers).await?;
        rows.iter().map(|r| id(r, "person").map_err(Into::into)).collect()
    }

    /// Whether there is anybody whose word must be taken in anew.
    pub async fn has_stale_words(&self) -> Result<bool> {
        Ok(sqlx::query("select 1 from stale_word limit 1").fetch_optional(&self.readers).await?.is_some())
    }
}

/// Ids as SQLite reads them from one parameter.
fn listed(people: &[PersonId]) -> String {
    serde_json::Value::from_iter(people.iter().map(|person| person.0.simple().to_string())).to_string()
}

impl Tx {
    pub async fn source_of(&mut self, person: PersonId, source: Source) -> Result<Option<SourceRow>> {
        source_of(&mut *self.inner, person, source).await
    }

    pub async fn id_by_email(&mut self, email: &str) -> Result<Option<PersonId>> {
        let row = sqlx::query("select person from person_detail where email = ?")
            .bind(email)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.map(|r| id(&r, "person")).transpose()?)
    }

    pub async fn teams_of(&mut self, person: PersonId) -> Result<Vec<(TeamId, String)>> {
        teams_of(&mut *self.inner, person).await
    }

    pub async fn team(&mut self, id: TeamId) -> Result<Option<TeamRow>> {
        team(&mut *self.inner, id).await
    }

    pub async fn members_of(&mut self, team: TeamId) -> Result<Vec<PersonId>> {
        members_of(&mut *self.inner, team).await
    }

    /// How many of these are users.
    pub async fn users_among(&mut self, people: &[PersonId]) -> Result<usize> {
        let row = sqlx::query("select count(*) from json_each(?) where exists (select 1 from person_source where person = unhex(value) and source = 'scim' and external_id is not null)")
            .bind(listed(people))
            .fetch_one(&mut *self.inner)
            .await?;
        count(&row)
    }

    /// Keeps a group; its version goes up.
    pub async fn put_team(
        &mut self,
        team: TeamId,
        name: &str,
        external_id: Option<&str>,
        raw: &str,
    ) -> Result<()> {
        sqlx::query(
            "insert into team (id, name, external_id, raw, changed_ms) values (?, ?, ?, ?, ?)
             on conflict (id) do update set name = excluded.name, external_id = excluded.external_id, raw = excluded.raw,
               version = version + 1, changed_ms = excluded.changed_ms",
        )
        .bind(team.0)
        .bind(name)
        .bind(external_id)
        .bind(raw)
        .bind(self.stamp().wall.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    pub async fn drop_team(&mut self, team: TeamId) -> Result<()> {
        sqlx::query("delete from team_member where team = ?").bind(team.0).execute(&mut *self.inner).await?;
        sqlx::query("delete from team where id = ?").bind(team.0).execute(&mut *self.inner).await?;
        Ok(())
    }

    pub async fn add_members(&mut self, team: TeamId, people: &[PersonId]) -> Result<()> {
        sqlx::query(
            "insert or ignore into team_member (team, person) select ?, unhex(value) from json_each(?)",
        )
        .bind(team.0)
        .bind(listed(people))
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    pub async fn drop_members(&mut self, team: TeamId, people: &[PersonId]) -> Result<()> {
        sqlx::query(
            "delete from team_member where team = ? and person in (select unhex(value) from json_each(?))",
        )
        .bind(team.0)
        .bind(listed(people))
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Takes somebody out of every group.
    pub async fn leave_teams(&mut self, person: PersonId) -> Result<()> {
        sqlx::query("update team set version = version + 1, changed_ms = ? where id in (select team from team_member where person = ?)")
            .bind(self.stamp().wall.0)
            .bind(person.0)
            .execute(&mut *self.inner)
            .await?;
        sqlx::query("delete from team_member where person = ?")
            .bind(person.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Notes that what these people's word follows from has changed.
    pub async fn put_stale_words(&mut self, people: &[PersonId]) -> Result<()> {
        sqlx::query("insert or ignore into stale_word (person) select unhex(value) from json_each(?)")
            .bind(listed(people))
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// Takes some of those off the list.
    pub async fn take_stale_words(&mut self, limit: i64) -> Result<Vec<PersonId>> {
        let rows = sqlx::query(
            "delete from stale_word where person in (select person from stale_word limit ?) returning person",
        )
        .bind(limit)
        .fetch_all(&mut *self.inner)
        .await?;
        rows.iter().map(|r| Ok(PersonId(r.try_get::<Uuid, _>(0)?))).collect()
    }
}
