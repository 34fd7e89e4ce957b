//! What staff must see to.

use crate::row::{id, maybe_id, parsed};
use crate::{Result, Store, Tx};
use domain::event::TaskKind;
use domain::time::Wall;
use domain::{BankId, CompartmentId, PackageId, PersonId, TaskId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

#[derive(Clone, Debug, PartialEq)]
pub struct TaskRow {
    pub id: TaskId,
    pub what: TaskKind,
    pub bank: Option<BankId>,
    pub compartment: Option<CompartmentId>,
    pub package: Option<PackageId>,
    pub raised: Wall,
    pub detail: Option<String>,
    /// Who sees to it.
    pub owner: Option<PersonId>,
}

impl TaskRow {
    fn read(row: &SqliteRow) -> sqlx::Result<TaskRow> {
        Ok(TaskRow {
            id: id(row, "id")?,
            what: parsed(row, "what", |text| serde_json::from_value(text.into()).ok())?,
            bank: maybe_id(row, "bank")?,
            compartment: maybe_id(row, "compartment")?,
            package: maybe_id(row, "package")?,
            raised: Wall(row.try_get("raised_ms")?),
            detail: row.try_get("detail")?,
            owner: maybe_id(row, "owner")?,
        })
    }
}

impl Store {
    pub async fn open_tasks(&self) -> Result<Vec<TaskRow>> {
        let rows = sqlx::query(
            "select task.*, d.detail from task left join task_detail d on d.task = task.id where outcome is null order by raised_ms limit 500",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|r| TaskRow::read(r).map_err(Into::into)).collect()
    }
}

impl Tx {
    /// The open task of this kind about the same thing, if there is one.
    pub async fn same_task(
        &mut self,
        what: TaskKind,
        bank: Option<BankId>,
        compartment: Option<CompartmentId>,
        package: Option<PackageId>,
    ) -> Result<Option<TaskId>> {
        let what = serde_json::to_value(what)?.as_str().unwrap_or_default().to_owned();
        let row = sqlx::query(
            "select id from task where outcome is null and what = ? and bank is ? and compartment is ? and package is ? limit 1",
        )
        .bind(what)
        .bind(bank.map(|b| b.0))
        .bind(compartment.map(|c| c.0))
        .bind(package.map(|p| p.0))
        .fetch_optional(&mut *self.inner)
        .await?;
        Ok(row.map(|r| id(&r, "id")).transpose()?)
    }

    pub async fn task(&mut self, task: TaskId) -> Result<Option<TaskRow>> {
        let row = sqlx::query(
            "select task.*, d.detail from task left join task_detail d on d.task = task.id where task.id = ? and outcome is null",
        )
        .bind(task.0)
        .fetch_optional(&mut *self.inner)
        .await?;
        row.map(|r| TaskRow::read(&r).map_err(Into::into)).transpose()
    }

    pub async fn put_task_detail(&mut self, task: TaskId, detail: &str) -> Result<()> {
        sqlx::query("insert into task_detail (task, detail) values (?, ?)")
            .bind(task.0)
            .bind(detail)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
