//! When people do not want to hear of packages. Not in the log: it is theirs, and goes with them.

use crate::{Result, Store, Tx};
use domain::PersonId;
use domain::quiet::QuietHours;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

const OF: &str = "select from_minute, until_minute from person_quiet where person = ?";

fn read(row: &SqliteRow) -> sqlx::Result<QuietHours> {
    Ok(QuietHours { from: row.try_get(0)?, until: row.try_get(1)? })
}

impl Store {
    pub async fn quiet_of(&self, person: PersonId) -> Result<Option<QuietHours>> {
        let row = sqlx::query(OF).bind(person.0).fetch_optional(&self.readers).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }
}

impl Tx {
    pub async fn quiet_of(&mut self, person: PersonId) -> Result<Option<QuietHours>> {
        let row = sqlx::query(OF).bind(person.0).fetch_optional(&mut *self.inner).await?;
        Ok(row.as_ref().map(read).transpose()?)
    }

    pub async fn put_quiet(&mut self, person: PersonId, quiet: Option<QuietHours>) -> Result<()> {
        sqlx::query("delete from person_quiet where person = ?")
            .bind(person.0)
            .execute(&mut *self.inner)
            .await?;
        if let Some(QuietHours { from, until }) = quiet {
            sqlx::query("insert into person_quiet (person, from_minute, until_minute) values (?, ?, ?)")
                .bind(person.0)
                .bind(from)
                .bind(until)
                .execute(&mut *self.inner)
                .await?;
        }
        Ok(())
    }
}
