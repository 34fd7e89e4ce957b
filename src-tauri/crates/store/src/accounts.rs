//! How staff sign in. Hashes and sealed keys only; who may do what is the person's role, which is in the log.

use crate::{Result, Store, Tx};
use domain::PersonId;
use domain::time::Wall;
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Account {
    pub password_hash: Option<String>,
    pub pin_hash: Option<String>,
    /// The second factor's key, sealed.
    pub totp_sealed: Option<Vec<u8>>,
    /// The last time step whose code was taken: none is taken twice.
    pub totp_step: i64,
    /// Hashes of the codes for when the second factor is lost. Each is good once.
    pub recovery: Vec<String>,
    /// Who vouches for them at single sign-on, and under which name.
    pub subject: Option<(String, String)>,
    pub signed_in: Option<Wall>,
}

impl Account {
    fn read(row: &SqliteRow) -> Result<Account> {
        let issuer: Option<String> = row.try_get("issuer")?;
        Ok(Account {
            password_hash: row.try_get("password_hash")?,
            pin_hash: row.try_get("pin_hash")?,
            totp_sealed: row.try_get("totp_sealed")?,
            totp_step: row.try_get("totp_step")?,
            recovery: serde_json::from_str(row.try_get("recovery")?)?,
            subject: issuer.zip(row.try_get("subject")?),
            signed_in: row.try_get::<Option<i64>, _>("signed_in_ms")?.map(Wall),
        })
    }
}

async fn account(db: impl SqliteExecutor<'_>, person: PersonId) -> Result<Account> {
    let row = sqlx::query("select * from account where person = ?").bind(person.0).fetch_optional(db).await?;
    Ok(row.map(|r| Account::read(&r)).transpose()?.unwrap_or_default())
}

impl Store {
    /// Of who never had one: an account that nothing signs in to.
    pub async fn account(&self, person: PersonId) -> Result<Account> {
        account(&self.readers, person).await
    }

    pub async fn person_by_subject(&self, issuer: &str, subject: &str) -> Result<Option<PersonId>> {
        let row = sqlx::query("select person from account where issuer = ? and subject = ?")
            .bind(issuer)
            .bind(subject)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|r| PersonId(r.get(0))))
    }
}

impl Tx {
    pub async fn account(&mut self, person: PersonId) -> Result<Account> {
        account(&mut *self.inner, person).await
    }

    pub async fn put_account(&mut self, person: PersonId, account: &Account) -> Result<()> {
        let (issuer, subject) = account.subject.clone().unzip();
        sqlx::query(
            "insert into account (person, password_hash, pin_hash, totp_sealed, totp_step, issuer, subject, recovery, signed_in_ms)
             values (?, ?, ?, ?, ?, ?, ?, ?, ?)
             on conflict (person) do update set password_hash = excluded.password_hash, pin_hash = excluded.pin_hash,
               totp_sealed = excluded.totp_sealed, totp_step = excluded.totp_step, issuer = excluded.issuer, subject = excluded.subject,
               recovery = excluded.recovery, signed_in_ms = excluded.signed_in_ms",
        )
        .bind(person.0)
        .bind(&account.password_hash)
        .bind(&account.pin_hash)
        .bind(&account.totp_sealed)
        .bind(account.totp_step)
        .bind(issuer)
        .bind(subject)
        .bind(serde_json::to_string(&account.recovery)?)
        .bind(account.signed_in.map(|at| at.0))
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
