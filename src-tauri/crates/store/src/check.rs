//! Verifying the file: is it whole, does the chain hold, do the numbers run without a gap?

use crate::log::{GENESIS, hash_of};
use crate::{Result, Store};
use sqlx::Row;

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
    #[error("event {0} of the custody log does not follow the one before it: events were changed or put in another order")]
    Unchained(i64),
}

impl Store {
    pub async fn check(&self) -> Result<CheckReport> {
        let verdict: String = sqlx::query("pragma integrity_check(1)").fetch_one(&self.readers).await?.get(0);
        let mut report = CheckReport { events: 0, head: hex(&GENESIS), fault: None };
        if verdict != "ok" {
            report.fault = Some(ChainFault::File(verdict));
            return Ok(report);
        }
        let mut previous = GENESIS.to_vec();
        loop {
            let batch = self.events(report.events, 1_000).await?;
            if batch.is_empty() {
                break;
            }
            for event in batch {
                let expected = report.events + 1;
                report.fault = if event.seq != expected {
                    Some(ChainFault::Missing(expected))
                } else if event.hash != hash_of(&event) {
                    Some(ChainFault::Changed(event.seq))
                } else if event.prev_hash != previous {
                    Some(ChainFault::Unchained(event.seq))
                } else {
                    None
                };
                if report.fault.is_some() {
                    return Ok(report);
                }
                report.events = event.seq;
                previous = event.hash;
            }
        }
        report.head = hex(&previous);
        Ok(report)
    }
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}
