//! Watches whether the wall clock can be believed, and tells staff when it can't. What to go by meanwhile is
//! [`domain::calendar`]'s; this keeps it over a restart.

use crate::Result;
use crate::clock::{Clock, SystemClock};
use crate::start::Station;
use domain::BootId;
use domain::calendar::Calendar;
use domain::event::{Actor, Event, TaskKind};
use std::sync::PoisonError;
use std::time::Duration;
use store::{Stamp, Store};
use uuid::Uuid;

/// By how much the clock was ahead, while it is not believed.
const KEPT: &str = "clock_ahead_ms";
const LOOK: Duration = Duration::from_secs(5);

pub(crate) async fn kept(store: &Store) -> Result<Option<i64>> {
    Ok(store.setting(KEPT).await?.and_then(|text| text.parse().ok()))
}

pub(crate) async fn watch(station: Station) {
    loop {
        if let Err(error) = station.look_at_calendar().await {
            tracing::warn!(%error, "the clock could not be looked at");
        }
        tokio::time::sleep(LOOK).await;
    }
}

/// For whoever writes without a running node: by the same calendar, so that a clock that is years ahead does not get
/// into the log.
pub async fn stamp(store: &Store) -> Result<Stamp> {
    let clock = SystemClock::new();
    let (wall, mono) = (clock.wall(), clock.mono());
    let (_, newest) = store.head().await?;
    let wall = Calendar::start(wall, mono, newest, kept(store).await?).now(wall, mono);
    Ok(Stamp { wall, mono, boot: BootId(Uuid::new_v4()) })
}

impl Station {
    pub(crate) async fn look_at_calendar(&self) -> Result<()> {
        let ahead = {
            let (wall, mono) = (self.inner.clock.wall(), self.inner.clock.mono());
            let mut calendar = self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner);
            calendar.now(wall, mono);
            calendar.ahead(wall, mono)
        };
        let before = kept(&self.inner.store).await?;
        if ahead.is_some() == before.is_some() {
            return Ok(());
        }
        match ahead {
            Some(ms) => {
                tracing::warn!(ms, "the wall clock jumped: deadlines go by the monotonic clock");
                self.inner.store.put_setting(KEPT, &ms.to_string()).await?;
                self.raise(TaskKind::ClockDoubted, None, None, None).await
            }
            None => {
                tracing::info!("the wall clock agrees again");
                Ok(self.inner.store.put_setting(KEPT, "").await?)
            }
        }
    }

    /// Staff have looked at the clock, and it is right: what it went past at once is time no deadline counts. Durable
    /// before the clock is believed.
    pub(crate) async fn clock_accepted(&self, tx: &mut store::Tx, by: Actor) -> Result<()> {
        let (from, until) = (self.now(), self.inner.clock.wall());
        if from < until {
            tx.append(&Event::ClockAccepted { from, until, by }).await?;
        }
        Ok(())
    }

    pub(crate) fn accept_clock(&self) {
        let (wall, mono) = (self.inner.clock.wall(), self.inner.clock.mono());
        self.inner.calendar.lock().unwrap_or_else(PoisonError::into_inner).accept(wall, mono);
        self.inner.deadlines_moved.notify_one();
    }
}
