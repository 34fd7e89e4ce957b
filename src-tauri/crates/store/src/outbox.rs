//! Messages waiting to go. Written in the transaction of what they tell; kept until they have gone.

use crate::row::{id, parsed};
use crate::{Result, Store, Tx};
use domain::event::Channel;
use domain::time::Wall;
use domain::{NoticeId, PackageId, PersonId};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

#[derive(Clone, Debug)]
pub struct Waiting {
    /// In the order they were written.
    pub n: i64,
    pub notice: NoticeId,
    pub package: PackageId,
    /// Who reads it.
    pub person: PersonId,
    pub channel: Channel,
    /// The facts to be told, as JSON.
    pub body: String,
    pub sealed_code: Option<Vec<u8>>,
    /// How often staff had it sent again.
    pub round: u32,
    pub attempts: u32,
    /// The channels that said no for good.
    pub tried: Vec<Channel>,
    /// Since when it waits for its channel.
    pub since: Wall,
    pub next: Wall,
    /// Why it has not gone yet, as JSON.
    pub why: Option<String>,
}

impl Waiting {
    fn read(row: &SqliteRow) -> Result<Waiting> {
        Ok(Waiting {
            n: row.try_get("n")?,
            notice: id(row, "notice")?,
            package: id(row, "package")?,
            person: id(row, "person")?,
            channel: parsed(row, "channel", Channel::parse)?,
            body: row.try_get("body")?,
            sealed_code: row.try_get("sealed_code")?,
            round: row.try_get("round")?,
            attempts: row.try_get("attempts")?,
            tried: serde_json::from_str(row.try_get("tried")?)?,
            since: Wall(row.try_get("since_ms")?),
            next: Wall(row.try_get("next_ms")?),
            why: row.try_get("why")?,
        })
    }
}

/// A notice that was written to somebody.
#[derive(Clone, Debug)]
pub struct NoticeRow {
    pub id: NoticeId,
    pub package: PackageId,
    pub person: PersonId,
    pub channel: Channel,
    /// `waiting`, `sent` or `failed`.
    pub state: String,
    pub changed: Wall,
}

impl NoticeRow {
    fn read(row: &SqliteRow) -> Result<NoticeRow> {
        Ok(NoticeRow {
            id: id(row, "id")?,
            package: id(row, "package")?,
            person: id(row, "person")?,
            channel: parsed(row, "channel", Channel::parse)?,
            state: row.try_get("state")?,
            changed: Wall(row.try_get("changed_ms")?),
        })
    }
}

/// One that has not gone, as a list shows it.
#[derive(Clone, Debug)]
pub struct Unsent {
    pub waiting: Waiting,
    /// When it was written, or could not be told.
    pub changed: Wall,
    pub reader: String,
    pub tracking_number: String,
}

/// A message and its notice, of those that follow.
macro_rules! waiting {
    ($which:literal) => {
        concat!(
            "select o.*, n.package, n.channel, n.person from outbox o join notice n on n.id = o.notice ",
            $which
        )
    };
}

/// The same with what a list shows beside it.
macro_rules! unsent {
    ($which:literal) => {
        concat!(
            "select o.*, n.package, n.channel, n.person, n.changed_ms, d.name as reader, p.tracking_number from notice n
             join outbox o on o.notice = n.id join package p on p.id = n.package
             left join person_detail d on d.person = n.person where ",
            $which
        )
    };
}

impl Store {
    /// Every notice to this person, oldest first.
    pub async fn notices_to(&self, person: PersonId) -> Result<Vec<NoticeRow>> {
        let rows = sqlx::query("select * from notice where person = ? order by changed_ms, id")
            .bind(person.0)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(NoticeRow::read).collect()
    }

    /// What is due by a channel, oldest first, and to each person only their oldest: they hear things in order.
    /// After that number.
    pub async fn outbox_due(
        &self,
        channel: Channel,
        now: Wall,
        after: i64,
        limit: i64,
    ) -> Result<Vec<Waiting>> {
        let rows = sqlx::query(waiting!(
            "where o.next_ms <= ? and n.state = 'waiting' and n.channel = ? and o.n > ? and not exists
               (select 1 from notice e join outbox p on p.notice = e.id where e.person = n.person and e.state = 'waiting' and p.n < o.n)
             order by o.n limit ?"
        ))
            .bind(now.0)
            .bind(channel.as_str())
            .bind(after)
            .bind(limit)
            .fetch_all(&self.readers)
            .await?;
        rows.iter().map(Waiting::read).collect()
    }

    /// How many wait for each channel.
    pub async fn outbox_waiting(&self) -> Result<Vec<(Channel, i64)>> {
        let rows =
            sqlx::query("select channel, count(*) as n from notice where state = 'waiting' group by 1")
                .fetch_all(&self.readers)
                .await?;
        rows.iter().map(|r| Ok((parsed(r, "channel", Channel::parse)?, r.try_get("n")?))).collect()
    }

    /// Those that wait, the oldest first, or those that could not be told, the newest first; after that number.
    pub async fn unsent(&self, failed: bool, after: Option<i64>, limit: i64) -> Result<Vec<Unsent>> {
        let (query, first) = if failed {
            (unsent!("n.state = 'failed' and o.n < ? order by o.n desc limit ?"), i64::MAX)
        } else {
            (unsent!("n.state = 'waiting' and o.n > ? order by o.n limit ?"), 0)
        };
        let rows =
            sqlx::query(query).bind(after.unwrap_or(first)).bind(limit).fetch_all(&self.readers).await?;
        let read = |r: &SqliteRow| -> Result<Unsent> {
            Ok(Unsent {
                waiting: Waiting::read(r)?,
                changed: Wall(r.try_get("changed_ms")?),
                reader: r.try_get::<Option<String>, _>("reader")?.unwrap_or_default(),
                tracking_number: r.try_get("tracking_number")?,
            })
        };
        rows.iter().map(read).collect()
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
            "select o.why from outbox o join notice n on n.id = o.notice where n.package = ? and o.why is not null order by o.n desc limit 1",
        )
        .bind(package.0)
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.and_then(|r| r.get(0)))
    }
}

impl Tx {
    /// Waits to go from `next` on: what was held back until then has not waited for its channel.
    pub async fn put_outbox(
        &mut self,
        notice: NoticeId,
        body: &str,
        sealed_code: Option<&[u8]>,
        next: Wall,
    ) -> Result<()> {
        sqlx::query(
            "insert into outbox (notice, body, sealed_code, since_ms, next_ms) values (?, ?, ?, ?, ?)",
        )
        .bind(notice.0)
        .bind(body)
        .bind(sealed_code)
        .bind(next.0)
        .bind(next.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// What waits for this person need not wait longer than until then.
    pub async fn hurry_outbox(&mut self, person: PersonId, next: Wall) -> Result<()> {
        sqlx::query(
            "update outbox set next_ms = min(next_ms, ?) where notice in (select id from notice where person = ? and state = 'waiting')",
        )
        .bind(next.0)
        .bind(person.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// One that has not gone.
    pub async fn waiting(&mut self, notice: NoticeId) -> Result<Option<Waiting>> {
        let row = sqlx::query(waiting!("where o.notice = ?"))
            .bind(notice.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        row.as_ref().map(Waiting::read).transpose()
    }

    pub async fn notice(&mut self, notice: NoticeId) -> Result<Option<NoticeRow>> {
        let row = sqlx::query("select * from notice where id = ?")
            .bind(notice.0)
            .fetch_optional(&mut *self.inner)
            .await?;
        row.as_ref().map(NoticeRow::read).transpose()
    }

    /// Not this time: try again then.
    pub async fn delay_outbox(&mut self, notice: NoticeId, next: Wall, why: Option<&str>) -> Result<()> {
        sqlx::query("update outbox set attempts = attempts + 1, next_ms = ?, why = ? where notice = ?")
            .bind(next.0)
            .bind(why)
            .bind(notice.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }

    /// It goes another way from now on.
    pub async fn redirect_outbox(
        &mut self,
        notice: NoticeId,
        tried: &[Channel],
        why: Option<&str>,
        next: Wall,
    ) -> Result<()> {
        sqlx::query(
            "update outbox set tried = ?, why = ?, attempts = 0, since_ms = ?, next_ms = ? where notice = ?",
        )
        .bind(serde_json::to_string(tried)?)
        .bind(why)
        .bind(next.0)
        .bind(next.0)
        .bind(notice.0)
        .execute(&mut *self.inner)
        .await?;
        Ok(())
    }

    /// Staff want it sent after all: anew, with these facts.
    pub async fn renew_outbox(
        &mut self,
        notice: NoticeId,
        body: &str,
        sealed_code: Option<&[u8]>,
    ) -> Result<()> {
        let now = self.stamp().wall.0;
        sqlx::query(
            "update outbox set body = ?, sealed_code = ?, round = round + 1, attempts = 0, tried = '[]', why = null, since_ms = ?, next_ms = ? where notice = ?",
        )
        .bind(body)
        .bind(sealed_code)
        .bind(now)
        .bind(now)
        .bind(notice.0)
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
    pub async fn fail_outbox(&mut self, notice: NoticeId, why: Option<&str>) -> Result<()> {
        sqlx::query("update outbox set sealed_code = null, why = ? where notice = ?")
            .bind(why)
            .bind(notice.0)
            .execute(&mut *self.inner)
            .await?;
        Ok(())
    }
}
