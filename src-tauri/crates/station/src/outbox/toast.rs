//! Urgent tasks on the mailroom's desktop.

use crate::start::Station;
use domain::event::TaskKind;

impl Station {
    /// Shows an urgent task on the mailroom's desktop, without waiting for it.
    pub(crate) async fn toast(&self, what: TaskKind) {
        let body = match what {
            TaskKind::Help => "Someone at the kiosk calls for help",
            TaskKind::Forced => "A door was opened that nobody was let into",
            TaskKind::WrongDoor => "Another door than the one asked for opened: the bank is locked",
            TaskKind::Ajar => "A door has stood open for five minutes",
            TaskKind::WrongBoard => "Another board answers than the one set up: its bank is out of service",
            TaskKind::DiskLow => "The disk is almost full: nothing is taken in until there is space",
            _ => "A bank needs you",
        };
        self.toast_words(body).await;
    }

    pub(crate) async fn toast_words(&self, body: &'static str) {
        if !self.inner.desktop {
            return;
        }
        let site = self.site_name().await.unwrap_or_default();
        tokio::spawn(async move {
            if let Err(error) = notify::desktop::show(&site, body, true).await {
                tracing::info!(%error, "no desktop notice");
            }
        });
    }
}
