//! Mails that were taken and came back: read from their mailbox now and then, and shown to staff as "could not be told".
//!
//! Anybody can write such a report: it counts only if it names a mail of ours, and only as long as the package waits.

use crate::Result;
use crate::outbox::still_there;
use crate::start::Station;
use crate::wire::Topic;
use domain::NoticeId;
use domain::event::{Channel, Event, TaskKind};
use notify::{Mailbox, Report};
use std::time::Duration;

const LOOK: Duration = Duration::from_secs(5 * 60);

pub(crate) async fn run(station: Station) {
    let mut set_anew = station.inner.mail_is_due.subscribe();
    loop {
        if let Err(error) = station.read_bounces().await {
            tracing::warn!(%error, "the mailbox of returned mails could not be read");
        }
        // Also soon after a mailbox was set.
        let before = station.inner.secrets().channels().bounces.clone();
        let wait = tokio::time::sleep(LOOK);
        tokio::pin!(wait);
        loop {
            tokio::select! {
                () = &mut wait => break,
                changed = set_anew.changed() => {
                    if changed.is_err() || station.inner.secrets().channels().bounces != before {
                        break;
                    }
                }
            }
        }
    }
}

impl Station {
    /// Looks once into the mailbox, if there is one.
    pub(crate) async fn read_bounces(&self) -> Result<()> {
        let Some(settings) = self.inner.secrets().channels().bounces.clone() else { return Ok(()) };
        if self.inner.store.broken().borrow().is_some() {
            return Ok(());
        }
        let mailbox = Mailbox::new(&settings)?;
        let unseen = match mailbox.unseen().await {
            Ok(unseen) => unseen,
            Err(why) => {
                tracing::warn!(%why, "the mailbox of returned mails does not answer");
                return Ok(());
            }
        };
        for report in unseen.mails.iter().filter_map(|mail| mail.report.as_ref()) {
            self.came_back(report).await?;
        }
        // Only what is on record is marked: after a stop in between they are read again, and change nothing.
        if let Err(why) = mailbox.mark_seen(&unseen).await {
            tracing::warn!(%why, "returned mails could not be marked as seen");
        }
        Ok(())
    }

    async fn came_back(&self, report: &Report) -> Result<()> {
        let Some(failure) = report.failures.iter().find(|failure| failure.permanent) else { return Ok(()) };
        let Some(notice) = report.message_id.as_deref().and_then(notice_of) else { return Ok(()) };
        let mut tx = self.begin().await?;
        let Some(row) = tx.notice(notice).await? else { return Ok(()) };
        if row.state != "sent" || row.channel != Channel::Email {
            return Ok(());
        }
        let Some(package) = tx.package(row.package).await?.filter(|p| still_there(&p.state)) else {
            return Ok(());
        };
        let Some(reader) = tx.person(row.person).await? else { return Ok(()) };
        let why = serde_json::to_string(&failure.why).map_err(store::StoreError::from)?;
        tx.append(&Event::NoticeFailed { notice }).await?;
        let body = crate::notices::body_of(&mut tx, &package, &reader).await?;
        let now = tx.stamp().wall;
        tx.put_outbox(notice, &body, None, now).await?;
        tx.fail_outbox(notice, Some(&why)).await?;
        let (what, mut told) = (TaskKind::CouldNotBeTold, crate::custody::Told::default());
        crate::custody::raise(&mut tx, what, None, None, Some(package.id), &mut told).await?;
        self.commit(tx).await?;
        for topic in [Topic::Packages, Topic::Tasks] {
            self.inner.changed(topic);
        }
        Ok(())
    }
}

/// Which notice a mail was, by the id it went under.
fn notice_of(message_id: &str) -> Option<NoticeId> {
    let (name, ours) = message_id.split_once('@')?;
    let (notice, _) = name.split_once('.')?;
    (ours == "cubby").then(|| notice.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_ids_of_ours_name_a_notice() {
        let id = "0192f3a1-7c1e-7000-8000-0123456789ab";
        assert_eq!(notice_of(&format!("{id}.0@cubby")).map(|n| n.to_string()).as_deref(), Some(id));
        for other in ["", "x@cubby", "x.0@cubby", &format!("{id}@cubby"), &format!("{id}.0@example.com")] {
            assert_eq!(notice_of(other), None, "{other}");
        }
    }
}
