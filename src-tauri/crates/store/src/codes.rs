//! The hashes of active codes, and of tokens. Never the digits.

use crate::row::{holds, id, maybe_id};
use crate::{Result, Store, Tx};
use domain::time::Wall;
use domain::{CodeId, DelegationId, PackageId, PersonId, TokenId};
use sqlx::Row;
use sqlx::sqlite::{SqliteExecutor, SqliteRow};
use std::collections::HashSet;

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

async fn tagged(db: impl SqliteExecutor<'_>, tags: &[u8]) -> Result<Vec<CodeSecret>> {
    let rows = sqlx::query(
        "select s.code, s.hash, c.package, c.delegation, c.expires_ms, p.stored_ms, coalesce(g.delegate, p.recipient) as holder, g.until_ms,
           (select json_group_array(json_array(from_ms, until_ms)) from (select from_ms, min(until_ms, coalesce(ended_ms, until_ms)) as until_ms from hold where person = p.recipient union all select from_ms, until_ms from clock_jump)) as holds
         from code_secret s join code c on c.id = s.code join package p on p.id = c.package left join delegation g on g.id = c.delegation
         where s.tag in (select value from json_each(?)) and c.state = 'active' and (c.delegation is null or g.ended = 0)",
    )
    .bind(serde_json::to_string(tags)?)
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

async fn of_earlier_keys(db: impl SqliteExecutor<'_>, name: [u8; 4]) -> Result<HashSet<Vec<u8>>> {
    // Those of this key lie side by side in the index: only the others are read.
    let after = u32::from_be_bytes(name).checked_add(1).map(u32::to_be_bytes);
    let rows = sqlx::query(
        "select hash from badge_secret where hash < ?1 union all select hash from badge_secret where hash >= ?2",
    )
    .bind(name.as_slice())
    .bind(after.as_ref().map(<[u8; 4]>::as_slice))
    .fetch_all(db)
    .await?;
    rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
}

impl Store {
    /// Active codes whose tag is one of these.
    pub async fn codes_tagged(&self, tags: &[u8]) -> Result<Vec<CodeSecret>> {
        tagged(&self.readers, tags).await
    }

    /// Every hash that was made with a pepper: of codes that are not spent, of passwords, PINs and recovery codes.
    pub async fn peppered(&self) -> Result<Vec<String>> {
        let rows = sqlx::query(
            "select hash from code_secret union all select password_hash from account where password_hash is not null
             union all select pin_hash from account where pin_hash is not null
             union all select value from account, json_each(account.recovery)",
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

    /// The hashes of badges that another key than the one of this name made.
    pub async fn badges_of_earlier_keys(&self, name: [u8; 4]) -> Result<HashSet<Vec<u8>>> {
        of_earlier_keys(&self.readers, name).await
    }

    /// Every token that is not revoked, oldest first: its id holds when it was made.
    pub async fn tokens(&self) -> Result<Vec<(TokenId, String)>> {
        let rows = sqlx::query("select id, scope from token order by id").fetch_all(&self.readers).await?;
        rows.iter().map(|r| Ok((id(r, "id")?, r.try_get("scope")?))).collect()
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

    pub async fn codes_tagged(&mut self, tags: &[u8]) -> Result<Vec<CodeSecret>> {
        tagged(&mut *self.inner, tags).await
    }

    pub async fn badges_of_earlier_keys(&mut self, name: [u8; 4]) -> Result<HashSet<Vec<u8>>> {
        of_earlier_keys(&mut *self.inner, name).await
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
