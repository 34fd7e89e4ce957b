//! The custody log: appending to it, and reading it.

use crate::gate::Gate;
use crate::{Result, Store, project};
use domain::event::Event;
use domain::time::{Mono, Wall};
use domain::{BootId, ids};
use sha2::{Digest, Sha256};
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteConnection, SqliteRow};
use sqlx::{Row, Transaction};
use tokio::sync::watch;
use uuid::Uuid;

/// When something happened, on both clocks.
#[derive(Clone, Copy, Debug)]
pub struct Stamp {
    pub wall: Wall,
    pub mono: Mono,
    pub boot: BootId,
}

/// One change: events and whatever belongs to them, durable together or not at all.
pub struct Tx {
    pub(crate) inner: Transaction<'static, Sqlite>,
    stamp: Stamp,
    head: Option<(i64, Vec<u8>)>,
    /// The events appended, with their numbers, for whoever listens after the commit.
    appended: Vec<i64>,
    gate: Gate,
}

/// A row of the log.
#[derive(Clone, Debug)]
pub struct LoggedEvent {
    pub seq: i64,
    pub id: Uuid,
    pub kind: String,
    pub body: String,
    pub wall: Wall,
    pub boot: Uuid,
    pub mono: i64,
    pub prev_hash: Vec<u8>,
    pub hash: Vec<u8>,
}

impl LoggedEvent {
    /// Its time was over: number, hash and place in the chain are left, and a later event says that it was emptied.
    pub fn erased(&self) -> bool {
        self.body.is_empty()
    }
}

pub(crate) const GENESIS: [u8; 32] = [0; 32];

/// SHA-256 over the fields in the order of the table, lengths before texts, numbers big-endian.
pub(crate) fn hash_of(event: &LoggedEvent) -> Vec<u8> {
    let mut hasher = Sha256::new();
    hasher.update(&event.prev_hash);
    hasher.update(event.seq.to_be_bytes());
    hasher.update(event.id.as_bytes());
    for text in [&event.kind, &event.body] {
        hasher.update(u64::try_from(text.len()).unwrap_or(u64::MAX).to_be_bytes());
        hasher.update(text.as_bytes());
    }
    hasher.update(event.wall.0.to_be_bytes());
    hasher.update(event.boot.as_bytes());
    hasher.update(event.mono.to_be_bytes());
    hasher.finalize().to_vec()
}

impl Store {
    /// Begins the only kind of write there is. `begin immediate`: a read that turns into a write can't be refused.
    pub async fn begin(&self, stamp: Stamp) -> Result<Tx> {
        self.gate.open()?;
        let begun = match self.writer.begin_with("begin immediate").await {
            // SQLite rolled a failed commit back by itself, and sqlx still counts it: that connection is of no use.
            Err(sqlx::Error::InvalidSavePointStatement) => {
                self.writer.acquire().await?.close().await?;
                self.writer.begin_with("begin immediate").await
            }
            begun => begun,
        };
        let inner = self.gate.after(begun)?;
        Ok(Tx { inner, stamp, head: None, appended: Vec::new(), gate: self.gate.clone() })
    }

    /// Writes one row that is not in the log.
    pub(crate) async fn write(&self, query: Query<'_, Sqlite, SqliteArguments>) -> Result<()> {
        self.gate.open()?;
        self.gate.after(query.execute(&self.writer).await)?;
        Ok(())
    }

    /// Says why, once nothing is written any more.
    pub fn broken(&self) -> watch::Receiver<Option<String>> {
        self.gate.watch()
    }

    /// From now on nothing is written: what is in the file can't be relied on.
    pub fn break_off(&self, why: &str) {
        self.gate.shut(why);
    }

    /// The log after `seq`, at most `limit` rows.
    pub async fn events(&self, after: i64, limit: i64) -> Result<Vec<LoggedEvent>> {
        let mut reader = self.readers.acquire().await?;
        events(&mut reader, after, limit).await
    }

    /// The number and the wall time of the newest event.
    pub async fn head(&self) -> Result<(i64, Option<Wall>)> {
        let row = sqlx::query("select seq, wall_utc_ms from event order by seq desc limit 1")
            .fetch_optional(&self.readers)
            .await?;
        Ok(row.map_or((0, None), |r| (r.get(0), Some(Wall(r.get(1))))))
    }

    /// Everything the log says of one package: its own events and those of its openings, notices and codes.
    pub async fn story(&self, package: ids::PackageId) -> Result<Vec<LoggedEvent>> {
        let rows = sqlx::query(
            "select event.* from story join event using (seq) where story.package = ? and event.body <> '' order by seq limit 500",
        )
        .bind(package.0)
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|row| read(row).map_err(Into::into)).collect()
    }
}

/// The log after `after` as one connection sees it.
pub(crate) async fn events(
    reader: &mut SqliteConnection,
    after: i64,
    limit: i64,
) -> Result<Vec<LoggedEvent>> {
    let rows = sqlx::query("select * from event where seq > ? order by seq limit ?")
        .bind(after)
        .bind(limit)
        .fetch_all(reader)
        .await?;
    rows.iter().map(|row| read(row).map_err(Into::into)).collect()
}

pub(crate) fn read(row: &SqliteRow) -> sqlx::Result<LoggedEvent> {
    Ok(LoggedEvent {
        seq: row.try_get("seq")?,
        id: row.try_get("id")?,
        kind: row.try_get("kind")?,
        body: row.try_get("body")?,
        wall: Wall(row.try_get("wall_utc_ms")?),
        boot: row.try_get("boot_id")?,
        mono: row.try_get("mono_ms")?,
        prev_hash: row.try_get("prev_hash")?,
        hash: row.try_get("hash")?,
    })
}

impl Tx {
    pub fn stamp(&self) -> Stamp {
        self.stamp
    }

    /// Appends an event and folds it into the tables.
    pub async fn append(&mut self, event: &Event) -> Result<i64> {
        let appended = self.appended(event).await;
        self.gate.clone().after(appended)
    }

    async fn appended(&mut self, event: &Event) -> Result<i64> {
        let (seq, prev_hash) = match self.head.take() {
            Some(head) => head,
            None => {
                let row = sqlx::query("select seq, hash from event order by seq desc limit 1")
                    .fetch_optional(&mut *self.inner)
                    .await?;
                row.map_or((0, GENESIS.to_vec()), |r| (r.get(0), r.get(1)))
            }
        };
        let (kind, body) = event.parts()?;
        let mut row = LoggedEvent {
            seq: seq + 1,
            id: Uuid::new_v4(),
            kind,
            body,
            wall: self.stamp.wall,
            boot: self.stamp.boot.0,
            mono: self.stamp.mono.0,
            prev_hash,
            hash: Vec::new(),
        };
        row.hash = hash_of(&row);
        sqlx::query(
            "insert into event (seq, id, kind, body, wall_utc_ms, boot_id, mono_ms, prev_hash, hash) values (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        )
        .bind(row.seq)
        .bind(row.id)
        .bind(&row.kind)
        .bind(&row.body)
        .bind(row.wall.0)
        .bind(row.boot)
        .bind(row.mono)
        .bind(&row.prev_hash)
        .bind(&row.hash)
        .execute(&mut *self.inner)
        .await?;
        project::fold(&mut self.inner, event, row.seq, row.wall).await?;
        self.head = Some((row.seq, row.hash));
        self.appended.push(row.seq);
        Ok(row.seq)
    }

    /// Makes it durable. What was appended is on disk when this returns.
    pub async fn commit(self) -> Result<Vec<i64>> {
        self.gate.open()?;
        self.gate.after(self.inner.commit().await)?;
        Ok(self.appended)
    }
}
