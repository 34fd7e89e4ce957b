//! From the station's changes to the windows: coalesced, so that a busy hour costs four events a second and no more.

use crate::ipc::{BadgeRefused, Changed, Scanned};
use station::Station;
use station::wire::Topic;
use std::collections::BTreeSet;
use std::time::Duration;
use tauri::AppHandle;
use tauri_specta::Event;
use tokio::sync::broadcast::error::RecvError;

const BREATH: Duration = Duration::from_millis(250);

pub(crate) fn start(app: &AppHandle, station: &Station) {
    let (app, station) = (app.clone(), station.clone());
    tokio::spawn(changes(app.clone(), station.clone()));
    tokio::spawn(scans(app.clone(), station.clone()));
    tokio::spawn(refusals(app, station));
}

async fn changes(app: AppHandle, station: Station) {
    let mut topics = station.topics();
    loop {
        let mut due: BTreeSet<Topic> = BTreeSet::new();
        match topics.recv().await {
            Ok(topic) => {
                due.insert(topic);
            }
            // Missed some: everything may have changed.
            Err(RecvError::Lagged(_)) => {
                due.extend([
                    Topic::Kiosk,
                    Topic::Banks,
                    Topic::Packages,
                    Topic::Tasks,
                    Topic::Health,
                    Topic::People,
                    Topic::Import,
                ]);
            }
            Err(RecvError::Closed) => return,
        }
        while let Ok(topic) = topics.try_recv() {
            due.insert(topic);
        }
        // A window that is gone needs no news.
        let _ = Changed { topics: due.into_iter().collect() }.emit(&app);
        tokio::time::sleep(BREATH).await;
    }
}

async fn scans(app: AppHandle, station: Station) {
    let mut scans = station.scans();
    loop {
        match scans.recv().await {
            Ok(text) => {
                let _ = Scanned { text }.emit_to(&app, "mailroom");
            }
            Err(RecvError::Lagged(_)) => {}
            Err(RecvError::Closed) => return,
        }
    }
}

async fn refusals(app: AppHandle, station: Station) {
    let mut refusals = station.refusals();
    while refusals.changed().await.is_ok() {
        let _ = BadgeRefused {}.emit_to(&app, "kiosk");
    }
}
