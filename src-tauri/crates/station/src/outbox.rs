//! Sending what waits in the outbox: at least once, again later when a server is away, never in a door's way.

use crate::start::Station;
use crate::wire::{Topic, VirtualMail};
use crate::{Error, Result};
use domain::NoticeId;
use domain::event::{Channel, Event, TaskKind};
use domain::time::{HOUR, SECOND, Wall};
use notify::{Email, Mail, Notice, SendError};
use std::collections::HashSet;
use std::time::Duration;
use store::Waiting;

/// How often it is looked for what has become due.
const LOOK: Duration = Duration::from_secs(2);
const BATCH: i64 = 20;

pub(crate) async fn run(station: Station) {
    // Gone, and the disk did not take it: not to be sent again, only recorded.
    let mut gone = HashSet::new();
    loop {
        // A notice just written goes at once; a wait that ended is found soon.
        let _ = tokio::time::timeout(LOOK, station.inner.mail_is_due.notified()).await;
        if station.inner.store.broken().borrow().is_some() {
            continue;
        }
        if let Err(error) = station.send_due(&mut gone).await {
            tracing::warn!(%error, "the outbox could not be worked through");
        }
    }
}

enum Sent {
    Gone,
    Later(String),
    Never(String),
}

impl Station {
    /// Works through what is due.
    pub(crate) async fn send_due(&self, gone: &mut HashSet<NoticeId>) -> Result<()> {
        loop {
            let due = self.inner.store.outbox_due(self.now(), BATCH).await?;
            if due.is_empty() {
                return Ok(());
            }
            for waiting in due {
                self.send_one(waiting, gone).await?;
            }
        }
    }

    async fn send_one(&self, waiting: Waiting, gone: &mut HashSet<NoticeId>) -> Result<()> {
        let notice: Notice = serde_json::from_str(&waiting.body).map_err(store::StoreError::from)?;
        let sent = match waiting.channel {
            _ if gone.contains(&waiting.notice) => Sent::Gone,
            Channel::Email => self.send_email(&waiting, &notice).await,
            Channel::Desktop => self.send_desktop(&notice).await,
        };
        if matches!(sent, Sent::Gone) {
            gone.insert(waiting.notice);
        }
        let mut tx = self.begin().await?;
        match sent {
            Sent::Gone => {
                tx.append(&Event::NoticeSent { notice: waiting.notice }).await?;
                tx.clear_outbox(waiting.notice).await?;
            }
            Sent::Never(why) => {
                tx.append(&Event::NoticeFailed { notice: waiting.notice }).await?;
                tx.fail_outbox(waiting.notice, &why).await?;
                let mut told = crate::custody::Told::default();
                let what = TaskKind::CouldNotBeTold;
                crate::custody::raise(&mut tx, what, None, None, Some(waiting.package), &mut told).await?;
            }
            Sent::Later(why) => {
                drop(tx);
                tracing::info!(notice = %waiting.notice, attempts = waiting.attempts + 1, "a notice waits: the channel did not take it");
                let next = Wall(self.now().0 + backoff(waiting.attempts));
                self.inner.store.outbox_later(waiting.notice, next, &why).await?;
                self.inner.changed(Topic::Packages);
                return Ok(());
            }
        }
        self.commit(tx).await?;
        gone.remove(&waiting.notice);
        self.inner.changed(Topic::Packages);
        self.inner.changed(Topic::Tasks);
        Ok(())
    }

    async fn send_email(&self, waiting: &Waiting, notice: &Notice) -> Sent {
        let secrets = self.inner.secrets();
        let Some(address) = &waiting.address else { return Sent::Never("no mail address".into()) };
        let code = waiting.sealed_code.as_deref().and_then(|sealed| secrets.unseal(sealed));
        let mail: Mail = notify::render(notice, code.as_deref());
        let Some(settings) = secrets.email() else {
            if !self.is_demo().await.unwrap_or(false) {
                return Sent::Later("no mail server is set".into());
            }
            let (to, at) = (address.clone(), crate::clock::rfc3339(self.now()));
            self.inner.mailbox.deliver(VirtualMail { to, subject: mail.subject, text: mail.text, at });
            return Sent::Gone;
        };
        let email = match Email::new(settings) {
            Ok(email) => email,
            Err(error) => return Sent::Later(error.to_string()),
        };
        // The same notice has the same id however often it is sent: a repeat is known for one.
        let message_id = format!("{}@cubby", waiting.notice);
        match email.send(address, &message_id, &mail).await {
            Ok(()) => Sent::Gone,
            Err(SendError::Permanent { why }) => Sent::Never(why),
            Err(SendError::Temporary { why, .. } | SendError::Config { why }) => Sent::Later(why),
        }
    }

    /// To the mailroom's desktop, for who can't be written to: staff tell them.
    async fn send_desktop(&self, notice: &Notice) -> Sent {
        if !self.inner.desktop {
            return Sent::Never("no way to reach this person: no mail address or no mail server".into());
        }
        let mail = notify::render(notice, None);
        match notify::desktop::show(&notice.recipient_name, &mail.subject, false).await {
            Ok(()) => Sent::Gone,
            Err(error) => Sent::Never(error.to_string()),
        }
    }

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

/// 5 s, doubling to 1 h. Spread by the attempt alone: one node sends to one server.
fn backoff(attempts: u32) -> i64 {
    (5 * SECOND).saturating_mul(1 << attempts.min(12)).min(HOUR)
}

impl From<notify::ConfigError> for Error {
    fn from(error: notify::ConfigError) -> Self {
        Error::Internal(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_an_hour() {
        assert_eq!(backoff(0), 5 * SECOND);
        assert_eq!(backoff(1), 10 * SECOND);
        assert_eq!(backoff(40), HOUR);
    }
}
