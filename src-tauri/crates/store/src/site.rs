//! Banks and compartments, as declared and as they are used.

use crate::row::{id, maybe_id, parsed};
use crate::{Result, Store, Tx};
use domain::package::Size;
use domain::{BankId, CompartmentId, PackageId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Debug, PartialEq)]
pub struct BankRow {
    pub id: BankId,
    pub name: String,
    pub driver: String,
    pub port: String,
    pub baud: u32,
    pub board: u8,
    pub closed_bit: u8,
    pub status_order: Option<String>,
    pub screen: Option<(u16, u16)>,
    pub position: u16,
    /// A wrong door opened here: staff must look before anyone is let in.
    pub locked: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub struct CompartmentRow {
    pub id: CompartmentId,
    pub bank: BankId,
    pub label: String,
    pub channel: u8,
    pub size: Size,
    pub column: u16,
    pub row: u16,
    pub accessible: bool,
    pub refrigerated: bool,
    pub in_service: bool,
    pub reason: Option<String>,
    pub suspect: bool,
    pub occupancy: String,
    pub package: Option<PackageId>,
    pub used: i64,
    pub freed_ms: i64,
}

impl BankRow {
    fn read(row: &SqliteRow) -> sqlx::Result<BankRow> {
        let screen: (Option<u16>, Option<u16>) = (row.try_get("screen_column")?, row.try_get("screen_row")?);
        Ok(BankRow {
            id: id(row, "id")?,
            name: row.try_get("name")?,
            driver: row.try_get("driver")?,
            port: row.try_get("port")?,
            baud: row.try_get("baud")?,
            board: row.try_get("board")?,
            closed_bit: row.try_get("closed_bit")?,
            status_order: row.try_get("status_order")?,
            screen: screen.0.zip(screen.1),
            position: row.try_get("position")?,
            locked: row.try_get("locked")?,
        })
    }
}

impl CompartmentRow {
    fn read(row: &SqliteRow) -> sqlx::Result<CompartmentRow> {
        Ok(CompartmentRow {
            id: id(row, "id")?,
            bank: id(row, "bank")?,
            label: row.try_get("label")?,
            channel: row.try_get("channel")?,
            size: parsed(row, "size", Size::parse)?,
            column: row.try_get("place_column")?,
            row: row.try_get("place_row")?,
            accessible: row.try_get("accessible")?,
            refrigerated: row.try_get("refrigerated")?,
            in_service: row.try_get("in_service")?,
            reason: row.try_get("reason")?,
            suspect: row.try_get("suspect")?,
            occupancy: row.try_get("occupancy")?,
            package: maybe_id(row, "package")?,
            used: row.try_get("used")?,
            freed_ms: row.try_get("freed_ms")?,
        })
    }
}

const COMPARTMENTS: &str = "select c.*, r.reason from compartment c left join compartment_reason r on r.compartment = c.id \
     where c.retired = 0 order by c.place_column, c.place_row";

async fn compartments(db: impl SqliteExecutor<'_>) -> Result<Vec<CompartmentRow>> {
    let rows = sqlx::query(COMPARTMENTS).fetch_all(db).await?;
    rows.iter().map(|r| CompartmentRow::read(r).map_err(Into::into)).collect()
}

async fn compartment(
    db: impl SqliteExecutor<'_>,
    compartment: CompartmentId,
) -> Result<Option<CompartmentRow>> {
    let row = sqlx::query(
        "select c.*, r.reason from compartment c left join compartment_reason r on r.compartment = c.id where c.id = ? and c.retired = 0",
    )
    .bind(compartment.0)
    .fetch_optional(db)
    .await?;
    row.map(|r| CompartmentRow::read(&r).map_err(Into::into)).transpose()
}

impl Store {
    pub async fn site_name(&self) -> Result<Option<String>> {
        let row = sqlx::query("select name from site").fetch_optional(&self.readers).await?;
        Ok(row.map(|r| r.get(0)))
    }

    pub async fn banks(&self) -> Result<Vec<BankRow>> {
        let rows = sqlx::query("select * from bank order by position, name").fetch_all(&self.readers).await?;
        rows.iter().map(|r| BankRow::read(r).map_err(Into::into)).collect()
    }

    pub async fn compartments(&self) -> Result<Vec<CompartmentRow>> {
        compartments(&self.readers).await
    }

    pub async fn compartment(&self, id: CompartmentId) -> Result<Option<CompartmentRow>> {
        compartment(&self.readers, id).await
    }
}

impl Tx {
    pub async fn compartments(&mut self) -> Result<Vec<CompartmentRow>> {
        compartments(&mut *self.inner).await
    }

    pub async fn compartment(&mut self, id: CompartmentId) -> Result<Option<CompartmentRow>> {
        compartment(&mut *self.inner, id).await
    }

    pub async fn site_name(&mut self) -> Result<Option<String>> {
        let row = sqlx::query("select name from site").fetch_optional(&mut *self.inner).await?;
        Ok(row.map(|r| r.get(0)))
    }

    pub async fn banks(&mut self) -> Result<Vec<BankRow>> {
        let rows =
            sqlx::query("select * from bank order by position, name").fetch_all(&mut *self.inner).await?;
        rows.iter().map(|r| BankRow::read(r).map_err(Into::into)).collect()
    }

    pub async fn bank_locked(&mut self, bank: BankId) -> Result<bool> {
        let row = sqlx::query("select locked from bank where id = ?")
            .bind(bank.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.is_some_and(|r| r.get(0)))
    }

    /// Why it is out of service, in staff's words: beside the log, for it may name people.
    pub async fn put_reason(&mut self, compartment: CompartmentId, reason: Option<&str>) -> Result<()> {
        sqlx::query("delete from compartment_reason where compartment = ?")
            .bind(compartment.0)
            .execute(&mut *self.inner)
            .await?;
        if let Some(reason) = reason {
            sqlx::query("insert into compartment_reason (compartment, reason) values (?, ?)")
                .bind(compartment.0)
                .bind(reason)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }
}
