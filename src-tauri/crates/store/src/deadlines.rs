//! The rules of deadlines in force, and what of them concerns a package.

use crate::row::id;
use crate::{Result, Store, Tx};
use domain::deadlines::Deadlines;
use domain::event::{Event, TaskKind};
use domain::{PackageId, TaskId};
use sqlx::Row;
use sqlx::sqlite::SqliteExecutor;

/// `None` as long as nobody has set any.
async fn deadlines(db: impl SqliteExecutor<'_>) -> Result<Option<Deadlines>> {
    let row = sqlx::query("select body from event where kind = 'deadlines.set' order by seq desc limit 1")
        .fetch_optional(db)
        .await?;
    let Some(row) = row else { return Ok(None) };
    match Event::from_parts("deadlines.set", row.get(0))? {
        Event::DeadlinesSet { deadlines, .. } => Ok(Some(deadlines)),
        _ => Ok(None),
    }
}

impl Store {
    pub async fn deadlines(&self) -> Result<Option<Deadlines>> {
        deadlines(&self.readers).await
    }
}

impl Tx {
    pub async fn deadlines(&mut self) -> Result<Option<Deadlines>> {
        deadlines(&mut *self.inner).await
    }

    /// The open task of this kind about a package, wherever it was then.
    pub async fn task_about(&mut self, what: TaskKind, package: PackageId) -> Result<Option<TaskId>> {
        let what = serde_json::to_value(what)?.as_str().unwrap_or_default().to_owned();
        let row =
            sqlx::query("select id from task where package = ? and what = ? and outcome is null limit 1")
                .bind(package.0)
                .bind(what)
                .fetch_optional(&mut *self.inner)
                .await?;
        Ok(row.map(|r| id(&r, "id")).transpose()?)
    }

    /// Does one of its doors move, or stand open?
    pub async fn door_moves(&mut self, package: PackageId) -> Result<bool> {
        let row = sqlx::query(
            "select 1 from opening where package = ? and state in ('journaled', 'sent', 'acknowledged', 'open') limit 1",
        )
        .bind(package.0)
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.is_some())
    }
}
