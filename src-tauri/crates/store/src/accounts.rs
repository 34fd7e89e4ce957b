//! How staff sign in. Hashes and sealed keys only; who may do what is the person's role, which is in the log.

use crate::{Result, Store, Tx};
use domain::PersonId;
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
    /// Who vouches for them at single sign-on, and under which name.
    pub subject: Option<(String, String)>,
}

impl Account {
    fn read(row: &SqliteRow) -> sqlx::Result<Account> {
        let issuer: Option<String> = row.try_get("issuer")?;
        Ok(Account {
            password_hash: row.try_get("password_hash")?,
            pin_hash: row.try_get("pin_hash")?,
            totp_sealed: row.try_get("totp_sealed")?,
            totp_step: row.try_get("totp_step")?,
            subject: issuer.zip(row.try_get("subject")?),
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
            "insert into account (person, password_hash, pin_hash, totp_sealed, totp_step, issuer, subject) values (?, ?, ?, ?, ?, ?, ?)
             on conflict (person) do update set password_hash = excluded.password_hash, pin_hash = excluded.pin_hash,
               totp_sealed = excluded.totp_sealed, totp_step = excluded.totp_step, issuer = excluded.issuer, subject = excluded.subject",
        )
        .bind(person.0)
        .bind(&account.password_hash)
        .bind(&account.pin_hash)
        .bind(&account.totp_sealed)
        .bind(account.totp_step)
        .bind(issuer)
        .bind(subject)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }
}
