//! The hashes of active codes, and of tokens. Never the digits.

use crate::row::{holds, id, maybe_id};
use crate::{Result, Store, Tx};
use domain::time::Wall;
use domain::{CodeId, DelegationId, PackageId, PersonId, TokenId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};

#[derive(Clone, Debug)]
pub struct CodeSecret {
    pub code: CodeId,
    pub package: PackageId,
    /// Who was sent it: the recipient or a delegate.
    pub holder: PersonId,
    pub delegated: bool,
    /// Until when it is good; a hold of the recipient does not let it expire, the end of a delegation does.
    pub expires: Wall,
    /// In PHC form.
    pub hash: String,
}

/// A code that opens, and whose it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ActiveCode {
    pub code: CodeId,
    pub package: PackageId,
    pub holder: PersonId,
    pub delegation: Option<DelegationId>,
}

impl ActiveCode {
    fn read(row: &SqliteRow) -> sqlx::Result<ActiveCode> {
        Ok(ActiveCode {
            code: id(row, "id")?,
            package: id(row, "package")?,
            holder: id(row, "holder")?,
            delegation: maybe_id(row, "delegation")?,
        })
    }
}

macro_rules! active_codes {
    ($tail:literal) => {
        concat!(
            "select c.id, c.package, c.delegation, coalesce(g.delegate, p.recipient) as holder from code c ",
            "join package p on p.id = c.package left join delegation g on g.id = c.delegation where c.state = 'active' and ",
            $tail
        )
    };
}

async fn tagged(db: impl SqliteExecutor<'_>, tag: u8) -> Result<Vec<CodeSecret>> {
    let rows = sqlx::query(
        "select s.code, s.hash, c.package, c.delegation, c.expires_ms, p.stored_ms, coalesce(g.delegate, p.recipient) as holder, g.until_ms,
           (select json_group_array(json_array(from_ms, until_ms)) from (select from_ms, min(until_ms, coalesce(ended_ms, until_ms)) as until_ms from hold where person = p.recipient union all select from_ms, until_ms from clock_jump)) as holds
         from code_secret s join code c on c.id = s.code join package p on p.id = c.package left join delegation g on g.id = c.delegation
         where s.tag = ? and c.state = 'active' and (c.delegation is null or g.ended = 0)",
    )
    .bind(tag)
    .fetch_all(db)
    .await?;
    rows.iter()
        .map(|r| {
            let set = Wall(r.try_get("expires_ms")?);
            let stored = r.try_get::<Option<i64>, _>("stored_ms")?.map_or(set, Wall);
            let paused = domain::holds::paused(stored, set, &holds(r)?);
            Ok(CodeSecret {
                code: id(r, "code")?,
                package: id(r, "package")?,
                holder: id(r, "holder")?,
                delegated: r.try_get::<Option<Vec<u8>>, _>("delegation")?.is_some(),
                expires: r
                    .try_get::<Option<i64>, _>("until_ms")?
                    .map_or(paused, |end| paused.min(Wall(end - 1))),
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

    /// Is there a code that opens it?
    pub async fn has_code(&self, package: PackageId) -> Result<bool> {
        let row = sqlx::query("select 1 from code where package = ? and state = 'active' limit 1")
            .bind(package.0)
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.is_some())
    }

    /// How many codes open something now.
    pub async fn active_codes(&self) -> Result<i64> {
        let row =
            sqlx::query("select count(*) from code where state = 'active'").fetch_one(&self.readers).await?;
        Ok(row.get(0))
    }

    /// When a new code was asked for with what names this person, since then.
    pub async fn codes_asked(&self, person: PersonId, since: Wall) -> Result<Vec<Wall>> {
        let rows = sqlx::query(
            "select wall_utc_ms from event where kind = 'credential.asked' and wall_utc_ms > ? and body <> '' and json_extract(body, '$.person') = ?",
        )
        .bind(since.0)
        .bind(person.to_string())
        .fetch_all(&self.readers)
        .await?;
        Ok(rows.iter().map(|r| Wall(r.get(0))).collect())
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
    /// The codes that open this package.
    pub async fn codes_of(&mut self, package: PackageId) -> Result<Vec<ActiveCode>> {
        let rows = sqlx::query(active_codes!("c.package = ? order by c.id"))
            .bind(package.0)
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(|r| ActiveCode::read(r).map_err(Into::into)).collect()
    }

    /// The codes that somebody has by this delegation.
    pub async fn codes_by(&mut self, delegation: DelegationId) -> Result<Vec<ActiveCode>> {
        let rows = sqlx::query(active_codes!("c.delegation = ? order by c.id"))
            .bind(delegation.0)
            .fetch_all(&mut *self.inner)
            .await?;
        rows.iter().map(|r| ActiveCode::read(r).map_err(Into::into)).collect()
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
