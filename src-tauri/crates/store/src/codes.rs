//! The hashes of active codes, and of tokens. Never the digits.

use crate::row::id;
use crate::{Result, Store, Tx};
use domain::time::Wall;
use domain::{CodeId, PackageId, PersonId, TokenId};
use sqlx::Row;
use sqlx::sqlite::SqliteExecutor;

#[derive(Clone, Debug)]
pub struct CodeSecret {
    pub code: CodeId,
    pub package: PackageId,
    pub recipient: PersonId,
    pub expires: Wall,
    /// In PHC form.
    pub hash: String,
}

async fn tagged(db: impl SqliteExecutor<'_>, tag: u8) -> Result<Vec<CodeSecret>> {
    let rows = sqlx::query(
        "select s.code, s.hash, c.package, c.expires_ms, p.recipient from code_secret s
         join code c on c.id = s.code join package p on p.id = c.package where s.tag = ? and c.state = 'active'",
    )
    .bind(tag)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|r| {
            Ok(CodeSecret {
                code: id(r, "code")?,
                package: id(r, "package")?,
                recipient: id(r, "recipient")?,
                expires: Wall(r.try_get("expires_ms")?),
                hash: r.try_get("hash")?,
            })
        })
        .collect()
}

impl Store {
    /// Active codes whose tag is this one.
    pub async fn codes_tagged(&self, tag: u8) -> Result<Vec<CodeSecret>> {
        tagged(&self.readers, tag).await
    }

    pub async fn active_code(&self, package: PackageId) -> Result<Option<CodeId>> {
        let row = sqlx::query("select id from code where package = ? and state = 'active'")
            .bind(package.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map(|r| id(&r, "id")).transpose()?)
    }

    /// The scope of the token with this hash.
    pub async fn token(&self, hash: &[u8]) -> Result<Option<(TokenId, String)>> {
        let row = sqlx::query(
            "select t.id, t.scope from token_secret s join token t on t.id = s.token where s.hash = ?",
        )
        .bind(hash)
        .fetch_optional(&self.readers)
        .await?;
        row.map(|r| Ok((id(&r, "id")?, r.try_get("scope")?))).transpose()
    }
}

impl Tx {
    pub async fn active_code(&mut self, package: PackageId) -> Result<Option<CodeId>> {
        let row = sqlx::query("select id from code where package = ? and state = 'active'")
            .bind(package.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        Ok(row.map(|r| id(&r, "id")).transpose()?)
    }

    pub async fn codes_tagged(&mut self, tag: u8) -> Result<Vec<CodeSecret>> {
        tagged(&mut *self.inner, tag).await
    }

    pub async fn put_code(&mut self, code: CodeId, tag: u8, hash: &str) -> Result<()> {
        sqlx::query("insert into code_secret (code, tag, hash) values (?, ?, ?)")
            .bind(code.0)
            .bind(tag)
            .bind(hash)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    pub async fn put_token(&mut self, token: TokenId, hash: &[u8]) -> Result<()> {
        sqlx::query("insert into token_secret (token, hash) values (?, ?)")
            .bind(token.0)
            .bind(hash)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
