//! Messages waiting to go. Written in the transaction of what they tell; kept until they have gone.

use crate::row::{id, parsed};
use crate::{Result, Store, Tx};
use domain::event::Channel;
use domain::time::Wall;
use domain::{NoticeId, PackageId, PersonId};
use sqlx::Row;

#[derive(Clone, Debug)]
pub struct Waiting {
    pub notice: NoticeId,
    pub package: PackageId,
    pub channel: Channel,
    pub address: Option<String>,
    /// The facts to be told, as JSON.
    pub body: String,
    pub sealed_code: Option<Vec<u8>>,
    pub attempts: u32,
    pub next: Wall,
    pub why: Option<String>,
}

fn channel(text: &str) -> Option<Channel> {
    [Channel::Email, Channel::Desktop].into_iter().find(|c| c.as_str() == text)
}

/// A notice that was written to somebody.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    pub package: PackageId,
    pub channel: Channel,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    pub changed: Wall,
    /// Where it is to go; unknown once it has gone.
    pub address: Option<String>,
}

impl Store {
    /// Every notice to this person, oldest first.
    pub async fn notices_to(&self, person: PersonId) -> Result<Vec<NoticeRow>> {
        let rows = sqlx::query(
            "select n.package, n.channel, n.state, n.changed_ms, o.address from notice n left join outbox o on o.notice = n.id
             where n.person = ? order by n.changed_ms, n.id",
        )
        .bind(person.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|r| {
                Ok(NoticeRow {
                    package: id(r, "package")?,
                    channel: parsed(r, "channel", channel)?,
                    state: r.try_get("state")?,
                    changed: Wall(r.try_get("changed_ms")?),
                    address: r.try_get("address")?,
                })
            })
            .collect()
    }

    /// What is due, oldest first.
    pub async fn outbox_due(&self, now: Wall, limit: i64) -> Result<Vec<Waiting>> {
        let rows = sqlx::query(
            "select o.*, n.package, n.channel from outbox o join notice n on n.id = o.notice
             where o.next_ms <= ? and n.state = 'waiting' order by o.next_ms limit ?",
        )
        .bind(now.0)
        .bind(limit)
        .fetch_all(&self.readers)
        .await?;
        rows.iter()
            .map(|r| {
                Ok(Waiting {
                    notice: id(r, "notice")?,
                    package: id(r, "package")?,
                    channel: parsed(r, "channel", channel)?,
                    address: r.try_get("address")?,
                    body: r.try_get("body")?,
                    sealed_code: r.try_get("sealed_code")?,
                    attempts: r.try_get("attempts")?,
                    next: Wall(r.try_get("next_ms")?),
                    why: r.try_get("why")?,
                })
            })
            .collect()
    }

    pub async fn outbox_waiting(&self) -> Result<i64> {
        Ok(sqlx::query(
            "select count(*) from outbox o join notice n on n.id = o.notice where n.state = 'waiting'",
        )
        .fetch_one(&self.readers)
        .await?
        .get(0))
    }

    /// Everything that is sealed: codes that wait to be sent, and second factors.
    pub async fn sealed(&self) -> Result<Vec<Vec<u8>>> {
        let rows = sqlx::query(
            "select sealed_code from outbox where sealed_code is not null union all select totp_sealed from account where totp_sealed is not null",
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|r| Ok(r.try_get(0)?)).collect()
    }

    /// Why a package's newest notice has not gone, if it was tried.
    pub async fn outbox_why(&self, package: PackageId) -> Result<Option<String>> {
        let row = sqlx::query(
            "select o.why from outbox o join notice n on n.id = o.notice where n.package = ? and o.why is not null order by n.changed_ms desc limit 1",
        )
        .bind(package.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.and_then(|r| r.get(0)))
    }

    /// Not this time: try again then.
    pub async fn outbox_later(&self, notice: NoticeId, next: Wall, why: &str) -> Result<()> {
        let query =
            sqlx::query("update outbox set attempts = attempts + 1, next_ms = ?, why = ? where notice = ?");
        self.write(query.bind(next.0).bind(why).bind(notice.0)).await
    }
}

impl Tx {
    pub async fn put_outbox(
        &mut self,
        notice: NoticeId,
        address: Option<&str>,
        body: &str,
        sealed_code: Option<&[u8]>,
    ) -> Result<()> {
        let now = self.stamp().wall.0;
        sqlx::query(
            "insert into outbox (notice, address, body, sealed_code, next_ms) values (?, ?, ?, ?, ?)",
        )
        .bind(notice.0)
        .bind(address)
        .bind(body)
        .bind(sealed_code)
        .bind(now)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// It has gone: nothing of it stays.
    pub async fn clear_outbox(&mut self, notice: NoticeId) -> Result<()> {
        sqlx::query("delete from outbox where notice = ?").bind(notice.0).execute(&mut *self.inner).await?;
        Ok(())
    }

    /// It never will: why is kept for staff, the code is not.
    pub async fn fail_outbox(&mut self, notice: NoticeId, why: &str) -> Result<()> {
        sqlx::query("update outbox set sealed_code = null, why = ? where notice = ?")
            .bind(why)
            .bind(notice.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
