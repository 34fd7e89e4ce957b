//! What each source says of a person, and the badges people were given. A badge's number is here as a keyed hash.

use crate::row::{id, parsed};
use crate::{Result, Store, Tx};
use domain::directory::{Record, Source};
use domain::time::Wall;
use domain::{BadgeId, PersonId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

/// One source's word of one person.
#[derive(Clone, Debug, PartialEq)]
pub struct SourceRow {
    pub person: PersonId,
    pub source: Source,
    pub external_id: Option<String>,
    /// Its badges are keyed hashes in hex.
    pub record: Record,
    /// The resource as it was sent.
    pub raw: Option<String>,
    pub version: i64,
    pub changed: Wall,
}

impl SourceRow {
    pub(crate) fn read(row: &SqliteRow) -> sqlx::Result<SourceRow> {
        let record: String = row.try_get("record")?;
        Ok(SourceRow {
            person: id(row, "person")?,
            source: parsed(row, "source", Source::parse)?,
            external_id: row.try_get("external_id")?,
            record: serde_json::from_str(&record).map_err(|e| sqlx::Error::Decode(e.into()))?,
            raw: row.try_get("raw")?,
            version: row.try_get("version")?,
            changed: Wall(row.try_get("changed_ms")?),
        })
    }
}

/// A badge that was given to somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BadgeRow {
    pub id: BadgeId,
    pub person: PersonId,
    /// Lost: it opens nothing.
    pub blocked: bool,
    pub changed: Wall,
}

impl BadgeRow {
    fn read(row: &SqliteRow) -> sqlx::Result<BadgeRow> {
        Ok(BadgeRow {
            id: id(row, "id")?,
            person: id(row, "person")?,
            blocked: row.try_get::<String, _>("state")? == "blocked",
            changed: Wall(row.try_get("changed_ms")?),
        })
    }
}

async fn sources_of(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Vec<SourceRow>> {
    let rows =
        sqlx::query("select * from person_source where person = ?").bind(person.0).fetch_all(db).await?;
    rows.iter().map(|r| SourceRow::read(r).map_err(Into::into)).collect()
}

async fn source_by_external(
    db: impl SqliteExecutor<'_>,
    source: Source,
    external_id: &str,
) -> Result<Option<SourceRow>> {
    let row = sqlx::query("select * from person_source where source = ? and external_id = ?")
        .bind(source.as_str())
        .bind(external_id)
        .fetch_optional(db)
        .await?;
    row.map(|r| SourceRow::read(&r).map_err(Into::into)).transpose()
}

async fn badge_by_hash(db: impl SqliteExecutor<'_>, hash: &[u8]) -> Result<Option<BadgeRow>> {
    let row = sqlx::query("select badge.* from badge_secret join badge on badge.id = badge where hash = ?")
        .bind(hash)
        .fetch_optional(db)
        .await?;
    row.map(|r| BadgeRow::read(&r).map_err(Into::into)).transpose()
}

async fn badges_of(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Vec<BadgeRow>> {
    let rows = sqlx::query("select * from badge where person = ? order by changed_ms, id")
        .bind(person.0)
        .fetch_all(db)
        .await?;
    rows.iter().map(|r| BadgeRow::read(r).map_err(Into::into)).collect()
}

impl Store {
    pub async fn sources_of(&self, person: PersonId) -> Result<Vec<SourceRow>> {
        sources_of(&self.readers, person).await
    }

    pub async fn source_by_external(&self, source: Source, external_id: &str) -> Result<Option<SourceRow>> {
        source_by_external(&self.readers, source, external_id).await
    }

    /// Whose badge this is, also when it is blocked.
    pub async fn badge_by_hash(&self, hash: &[u8]) -> Result<Option<BadgeRow>> {
        badge_by_hash(&self.readers, hash).await
    }

    pub async fn badges_of(&self, person: PersonId) -> Result<Vec<BadgeRow>> {
        badges_of(&self.readers, person).await
    }
}

impl Tx {
    pub async fn sources_of(&mut self, person: PersonId) -> Result<Vec<SourceRow>> {
        sources_of(&mut *self.inner, person).await
    }

    pub async fn source_by_external(
        &mut self,
        source: Source,
        external_id: &str,
    ) -> Result<Option<SourceRow>> {
        source_by_external(&mut *self.inner, source, external_id).await
    }

    /// Keeps what a source says now; its version goes up when that is not what it said before.
    pub async fn put_source(
        &mut self,
        person: PersonId,
        source: Source,
        external_id: Option<&str>,
        record: &Record,
        raw: Option<&str>,
    ) -> Result<()> {
        sqlx::query(
            "insert into person_source (person, source, external_id, record, raw, changed_ms) values (?, ?, ?, ?, ?, ?)
             on conflict (person, source) do update set external_id = excluded.external_id, record = excluded.record,
               raw = excluded.raw, version = version + 1, changed_ms = excluded.changed_ms
             where external_id is not excluded.external_id or record <> excluded.record or raw is not excluded.raw",
        )
        .bind(person.0)
        .bind(source.as_str())
        .bind(external_id)
        .bind(serde_json::to_string(record)?)
        .bind(raw)
        .bind(self.stamp().wall.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// A source has nothing to say of this person any more.
    pub async fn drop_source(&mut self, person: PersonId, source: Source) -> Result<()> {
        sqlx::query("delete from person_source where person = ? and source = ?")
            .bind(person.0)
            .bind(source.as_str())
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    pub async fn badge_by_hash(&mut self, hash: &[u8]) -> Result<Option<BadgeRow>> {
        badge_by_hash(&mut *self.inner, hash).await
    }

    pub async fn badges_of(&mut self, person: PersonId) -> Result<Vec<BadgeRow>> {
        badges_of(&mut *self.inner, person).await
    }

    pub async fn badge(&mut self, badge: BadgeId) -> Result<Option<BadgeRow>> {
        let row = sqlx::query("select * from badge where id = ?")
            .bind(badge.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        row.map(|r| BadgeRow::read(&r).map_err(Into::into)).transpose()
    }

    /// The hash of a badge's number, in hex as a source's record carries it.
    pub async fn badge_hash(&mut self, badge: BadgeId) -> Result<Option<Vec<u8>>> {
        let row = sqlx::query("select hash from badge_secret where badge = ?")
            .bind(badge.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.map(|r| r.get(0)))
    }

    /// By what a badge that is in the log already is recognised. A hash that somebody has is a conflict.
    pub async fn put_badge_secret(&mut self, badge: BadgeId, hash: &[u8]) -> Result<()> {
        sqlx::query("insert into badge_secret (badge, hash) values (?, ?) on conflict (badge) do update set hash = excluded.hash")
            .bind(badge.0)
            .bind(hash)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
