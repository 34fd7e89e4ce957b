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

async fn tagged(db: impl SqliteExecutor<'_>, tags: &[u8]) -> Result<Vec<CodeSecret>> {
    let rows = sqlx::query(
        "select s.code, s.hash, c.package, c.expires_ms, p.recipient from code_secret s
         join code c on c.id = s.code join package p on p.id = c.package
         where s.tag in (select value from json_each(?)) and c.state = 'active'",
    )
    .bind(serde_json::to_string(tags)?)
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
    /// Active codes whose tag is one of these.
    pub async fn codes_tagged(&self, tags: &[u8]) -> Result<Vec<CodeSecret>> {
        tagged(&self.readers, tags).await
    }

    /// Every hash that was made with a pepper: of codes that are not spent, of passwords and PINs.
    pub async fn peppered(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "select hash from code_secret union all select password_hash from account where password_hash is not null
             union all select pin_hash from account where pin_hash is not null",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
    }

    /// The name of the key that each badge's hash was made with, each once; a hash of before keys had names is bare.
    pub async fn badge_key_names(&self) -> Result<Vec<Vec<u8>>> {
        let rows =
            sqlx::query("select distinct iif(length(hash) = 32, x'', substr(hash, 1, 4)) from badge_secret")
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
    }

    /// Every token that is not revoked, oldest first: its id holds when it was made.
    pub async fn tokens(&self) -> Result<Vec<(TokenId, String)>> {
        let rows = sqlx::query("select id, scope from token order by id").fetch_all(&self.readers).await?;
        rows.iter().map(|r| Ok((id(r, "id")?, r.try_get("scope")?))).collect()
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

    pub async fn codes_tagged(&mut self, tags: &[u8]) -> Result<Vec<CodeSecret>> {
        tagged(&mut *self.inner, tags).await
    }

    /// The same badge, hashed with another key; also in what the sources say of its person.
    pub async fn rehash_badge(&mut self, from: &[u8], to: &[u8]) -> Result<()> {
        sqlx::query(
            "update person_source set record = replace(record, lower(hex(?1)), lower(hex(?2)))
             where person = (select person from badge_secret join badge on badge.id = badge where hash = ?1)",
        )
        .bind(from)
        .bind(to)
        .execute(&mut *self.inner)
        .await?;
        sqlx::query("update badge_secret set hash = ? where hash = ?")
            .bind(to)
            .bind(from)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
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
