//! Verifying the file: is it whole, does the chain hold, do the numbers run without a
//! gap, and do the tables say what the log says?

use crate::log::{GENESIS, events, hash_of};
use crate::open::MIGRATIONS;
use crate::{Result, Store, project};
use domain::event::Event;
use futures_util::TryStreamExt;
use sha2::{Digest, Sha256};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection, SqlitePoolOptions};
use sqlx::{Row, TypeInfo, ValueRef};
use std::collections::BTreeSet;

/// What a check found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckReport {
    pub events: i64,
    /// The chain's head in hex: written down elsewhere, it also proves that nothing was cut off the end.
    pub head: String,
    pub fault: Option<ChainFault>,
}

#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChainFault {
    #[error("the database file is damaged: {0}")]
    File(String),
    #[error("event {0} is missing from the custody log")]
    Missing(i64),
    #[error("event {0} of the custody log was changed")]
    Changed(i64),
    #[error("the table {0} does not say what the custody log says")]
    Table(&'static str),
    #[error(
        "event {0} of the custody log does not follow the one before it: events were changed or put in another order"
    )]
    Unchained(i64),
}

impl Store {
    /// Checks the file as it is at one moment, also while it is written.
    pub async fn check(&self) -> Result<CheckReport> {
        // On a connection of its own: full-text search keeps what it has read of its index, and on a connection that
        // was used before it would take a merge since then for corruption.
        let own = SqlitePoolOptions::new().max_connections(1);
        let own = own.connect_with(crate::open::options(self.path()).read_only(true)).await?;
        let mut reader = own.begin().await?;
        let verdict: String = sqlx::query("pragma integrity_check(1)").fetch_one(&mut *reader).await?.get(0);
        let mut report = CheckReport { events: 0, head: hex::encode(GENESIS), fault: None };
        if verdict != "ok" {
            report.fault = Some(ChainFault::File(verdict));
            return Ok(report);
        }
        let mut previous = GENESIS.to_vec();
        // Rows whose body was erased, until a later event says so.
        let mut emptied = BTreeSet::new();
        loop {
            let batch = events(&mut reader, report.events, 1_000).await?;
            if batch.is_empty() {
                break;
            }
            for event in batch {
                let expected = report.events + 1;
                report.fault = if event.seq != expected {
                    Some(ChainFault::Missing(expected))
                } else if !event.erased() && event.hash != hash_of(&event) {
                    Some(ChainFault::Changed(event.seq))
                } else if event.prev_hash != previous {
                    Some(ChainFault::Unchained(event.seq))
                } else {
                    None
                };
                if report.fault.is_some() {
                    return Ok(report);
                }
                if event.erased() {
                    emptied.insert(event.seq);
                } else if event.kind == "record.erased"
                    && let Event::RecordErased(told) = Event::from_parts(&event.kind, &event.body)?
                {
                    for seq in &told.events {
                        emptied.remove(seq);
                    }
                }
                report.events = event.seq;
                previous = event.hash;
            }
        }
        report.head = hex::encode(&previous);
        if let Some(seq) = emptied.first() {
            report.fault = Some(ChainFault::Changed(*seq));
            return Ok(report);
        }
        report.fault = unlike_log(&mut reader).await?.map(ChainFault::Table);
        Ok(report)
    }
}

/// Folds the whole log into an empty database and names the first table that is not the same here.
async fn unlike_log(reader: &mut SqliteConnection) -> Result<Option<&'static str>> {
    let again = SqlitePoolOptions::new()
        .max_connections(1)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(SqliteConnectOptions::new().in_memory(true).foreign_keys(false))
        .await?;
    MIGRATIONS.run(&again).await?;
    let mut last = 0;
    loop {
        let batch = events(reader, last, 1_000).await?;
        let Some(newest) = batch.last().map(|e| e.seq) else { break };
        let mut tx = again.begin().await?;
        for event in batch.iter().filter(|e| !e.erased()) {
            project::fold(&mut tx, &Event::from_parts(&event.kind, &event.body)?, event.seq, event.wall)
                .await?;
        }
        tx.commit().await?;
        last = newest;
    }
    for table in FOLDED {
        if digest(reader, table.1).await? != digest(&mut *again.acquire().await?, table.1).await? {
            return Ok(Some(table.0));
        }
    }
    Ok(None)
}

/// The tables that follow from the log, each with the query that reads all of it in one order.
const FOLDED: [(&str, &str); 15] = [
    ("site", "select * from site order by id"),
    ("bank", "select * from bank order by id"),
    ("compartment", "select * from compartment order by id"),
    ("person", "select * from person order by id"),
    ("badge", "select * from badge order by id"),
    ("delegation", "select * from delegation order by id"),
    ("hold", "select * from hold order by id"),
    // Without its number, which goes by how many were there when it came: those that are gone are not counted again.
    (
        "package",
        "select id, tracking_number, carrier, recipient, size, handling, state, compartment, shelf, opening, handed_to,
           received_ms, changed_ms, deadline_ms, stored_ms, fired, story_gone from package order by id",
    ),
    ("clock_jump", "select * from clock_jump order by from_ms, until_ms"),
    ("opening", "select * from opening order by id"),
    ("code", "select * from code order by id"),
    ("task", "select * from task order by id"),
    ("notice", "select * from notice order by id"),
    ("story", "select * from story order by package, seq"),
    ("token", "select * from token order by id"),
];

/// A hash over every value of every row, so that tables of any size compare in little memory.
async fn digest(reader: &mut SqliteConnection, query: &'static str) -> Result<Vec<u8>> {
    let mut hasher = Sha256::new();
    let mut rows = sqlx::query(query).fetch(reader);
    while let Some(row) = rows.try_next().await? {
        for index in 0..row.len() {
            let value = row.try_get_raw(index)?;
            let name = value.type_info().name().to_owned();
            hasher.update(name.as_bytes());
            match name.as_str() {
                "NULL" => {}
                "BLOB" => hasher.update(row.try_get_unchecked::<Vec<u8>, _>(index)?),
                "INTEGER" => hasher.update(row.try_get_unchecked::<i64, _>(index)?.to_be_bytes()),
                _ => hasher.update(row.try_get_unchecked::<String, _>(index)?.as_bytes()),
            }
            hasher.update([0]);
        }
    }
    Ok(hasher.finalize().to_vec())
}
