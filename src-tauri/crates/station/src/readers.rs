//! Badge readers and scanners: what they read goes to the kiosk's visit or to the mailroom's scan field.

use crate::site::{READERS, ReaderPlan};
use crate::start::Station;
use crate::wire::{DeviceWhy, Topic};
use crate::{Error, Result};
use domain::time::Wall;
use hardware::{Reader, ReaderEvent, ReaderSettings};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use tokio::sync::mpsc;

/// The readers of this node, running.
#[derive(Default)]
pub(crate) struct Readers {
    running: Mutex<Vec<Reader>>,
    states: Mutex<BTreeMap<String, ReaderState>>,
}

#[derive(Clone, Debug)]
pub(crate) struct ReaderState {
    pub why: Option<DeviceWhy>,
    pub up: bool,
    pub since: Wall,
}

impl Readers {
    pub fn any_up(&self) -> bool {
        self.states().values().any(|s| s.up)
    }

    pub fn states(&self) -> BTreeMap<String, ReaderState> {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Lets go of the devices.
    pub fn stop(&self) {
        self.running.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn note(&self, name: &str, state: ReaderState) {
        self.states.lock().unwrap_or_else(PoisonError::into_inner).insert(name.to_owned(), state);
    }
}

/// The keypad name of what this node's own kiosk and readers do.
pub const KIOSK: &str = "kiosk";

impl Station {
    pub(crate) async fn start_readers(&self) -> Result<()> {
        let plans: Vec<ReaderPlan> = self
            .inner
            .store
            .setting(READERS)
            .await?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let (send, mut receive) = mpsc::channel::<(ReaderPlan, ReaderEvent)>(64);
        let mut running = Vec::new();
        for plan in plans {
            let kind =
                plan.kind.parse().map_err(|_| Error::Internal(format!("reader kind {:?}", plan.kind)))?;
            let settings = ReaderSettings {
                name: plan.name.clone(),
                kind,
                device: plan.device.clone(),
                baud: plan.baud,
            };
            self.inner.readers.note(&plan.name, ReaderState { why: None, up: false, since: self.now() });
            let send = send.clone();
            running.push(Reader::start(settings, move |event| {
                // A full queue means nobody reads any more: a badge shown again is better than one kept for later.
                let _ = send.try_send((plan.clone(), event));
            }));
        }
        *self.inner.readers.running.lock().unwrap_or_else(PoisonError::into_inner) = running;
        let station = self.clone();
        self.spawn(async move {
            while let Some((plan, event)) = receive.recv().await {
                station.reader_event(&plan, event).await;
            }
        });
        Ok(())
    }

    async fn reader_event(&self, plan: &ReaderPlan, event: ReaderEvent) {
        let since = self.now();
        match event {
            ReaderEvent::Up => {
                self.inner.readers.note(&plan.name, ReaderState { why: None, up: true, since });
            }
            ReaderEvent::Down { why } => {
                tracing::warn!(reader = plan.name, %why, "reader is down");
                let why = Some(why.into());
                self.inner.readers.note(&plan.name, ReaderState { why, up: false, since });
            }
            ReaderEvent::Read { text } if plan.place == "mailroom" => {
                // Nobody listening: the scan is made again.
                let _ = self.inner.scans.send(text);
                return;
            }
            ReaderEvent::Read { text } => {
                if let Err(error) = self.as_visitor(KIOSK).scan(&text).await {
                    tracing::info!(reader = plan.name, %error, "a badge or code was refused");
                    self.inner.refusals.send_modify(|n| *n += 1);
                }
            }
        }
        self.inner.changed(Topic::Kiosk);
        self.inner.changed(Topic::Health);
    }
}
