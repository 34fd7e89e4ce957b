//! Openings: what came of each attempt to open a door.

use crate::row::{id, maybe_id, parsed};
use crate::{Result, Store, Tx};
use domain::event::{Actor, Event, NotOpened, Purpose};
use domain::time::Wall;
use domain::{CompartmentId, OpeningId, PackageId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Debug, PartialEq)]
pub struct OpeningRow {
    pub id: OpeningId,
    pub compartment: CompartmentId,
    pub package: Option<PackageId>,
    pub purpose: Purpose,
    pub by: Actor,
    /// `journaled`, `sent`, `acknowledged`, `open`, `closed`, `not_opened` or `unknown`.
    pub state: String,
    pub why: Option<String>,
    pub recovered: bool,
    pub answered: Option<bool>,
    pub decided: Wall,
    pub changed: Wall,
}

impl OpeningRow {
    fn read(row: &SqliteRow) -> sqlx::Result<OpeningRow> {
        Ok(OpeningRow {
            id: id(row, "id")?,
            compartment: id(row, "compartment")?,
            package: maybe_id(row, "package")?,
            purpose: parsed(row, "purpose", Purpose::parse)?,
            by: parsed(row, "by", |text| serde_json::from_str(text).ok())?,
            state: row.try_get("state")?,
            why: row.try_get("why")?,
            recovered: row.try_get("recovered")?,
            answered: row.try_get("answered")?,
            decided: Wall(row.try_get("decided_ms")?),
            changed: Wall(row.try_get("changed_ms")?),
        })
    }
}

async fn by_id(db: impl SqliteExecutor<'_>, opening: OpeningId) -> Result<Option<OpeningRow>> {
    let row = sqlx::query("select * from opening where id = ?").bind(opening.0).fetch_optional(db).await?;
    row.map(|r| OpeningRow::read(&r).map_err(Into::into)).transpose()
}

impl Store {
    pub async fn opening(&self, opening: OpeningId) -> Result<Option<OpeningRow>> {
        by_id(&self.readers, opening).await
    }

    /// Openings that the last run left in the air.
    pub async fn unsettled_openings(&self) -> Result<Vec<OpeningRow>> {
        let rows =
            sqlx::query("select * from opening where state in ('journaled', 'sent', 'acknowledged', 'open')")
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|r| OpeningRow::read(r).map_err(Into::into)).collect()
    }

    /// Openings that were told to have failed after their frame, less than `within` ms before the run that told it wrote
    /// its last: nobody was there to see whether the door gave way after all. Each is given until a later run has
    /// raised or settled a task.
    pub async fn perhaps_late(&self, within: i64) -> Result<Vec<OpeningRow>> {
        let rows = sqlx::query(
            "select kind, body from event e
             where e.seq > (select max(seq) from event) - 1000 and e.kind = 'opening.not_opened' and not exists (
               select 1 from event l where l.seq > e.seq and (
                 (l.boot_id = e.boot_id and l.mono_ms >= e.mono_ms + ?)
                 or (l.boot_id <> e.boot_id and l.kind in ('task.raised', 'task.settled'))))",
        )
        .bind(within)
        .fetch_all(&self.readers)
        .await?;
        let mut found = Vec::new();
        for row in rows {
            let event = Event::from_parts(row.try_get("kind")?, row.try_get("body")?)?;
            let Event::OpeningNotOpened { opening, why: NotOpened::Jammed | NotOpened::NoAnswer } = event
            else {
                continue;
            };
            let Some(row) = self.opening(opening).await?.filter(|o| o.state == "not_opened") else {
                continue;
            };
            let seen_later = match row.package {
                Some(package) => self.openings_of(package).await?.into_iter().any(|o| {
                    o.compartment == row.compartment
                        && o.decided > row.decided
                        && matches!(o.state.as_str(), "open" | "closed")
                }),
                None => false,
            };
            if !seen_later {
                found.push(row);
            }
        }
        Ok(found)
    }

    /// A package's openings, newest first.
    pub async fn openings_of(&self, package: PackageId) -> Result<Vec<OpeningRow>> {
        let rows = sqlx::query("select * from opening where package = ? order by decided_ms desc limit 50")
            .bind(package.0)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(|r| OpeningRow::read(r).map_err(Into::into)).collect()
    }
}

impl Tx {
    /// How often in a row this package's door has not opened.
    pub async fn failed_tries(&mut self, package: PackageId, compartment: CompartmentId) -> Result<i64> {
        let row = sqlx::query(
            "select count(*) from opening where package = ?1 and compartment = ?2 and state in ('not_opened', 'unknown')
             and decided_ms > coalesce((select max(decided_ms) from opening where package = ?1 and compartment = ?2 and state in ('open', 'closed')), 0)",
        )
        .bind(package.0)
        .bind(compartment.0)
        .fetch_one(&mut *self.inner)
        .await?;
        Ok(row.get(0))
    }

    pub async fn opening(&mut self, opening: OpeningId) -> Result<Option<OpeningRow>> {
        by_id(&mut *self.inner, opening).await
    }
}
