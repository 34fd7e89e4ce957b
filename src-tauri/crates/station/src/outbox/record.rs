//! What becomes of a message that was handed to its channel, or was not: gone, to be tried again, by another way, or
//! never, and then staff are told.
//!
//! Several answers are recorded in one transaction, and it must never be a long one: a door may wait behind it.

use super::verdict::{Next, next};
use super::{kind_of, still_there};
use crate::Result;
use crate::custody::{Told, raise};
use crate::start::Station;
use crate::wire::Topic;
use domain::event::{Channel, Event, TaskKind};
use notify::{Answer, Reason, Why};
use store::Waiting;

/// What became of a try.
pub(super) enum Sent {
    Asked(Answer),
    /// Whatever the channel would have said.
    NotAsked(Reason),
    /// It was never tried, and its reader would now rather hear of it by that channel.
    Rather(Channel),
}

impl Station {
    /// Records what became of several, all or none.
    pub(super) async fn record(&self, tried: Vec<(Waiting, Sent)>) -> Result<()> {
        let mut nexts = Vec::new();
        for (waiting, sent) in tried {
            let answer = match sent {
                Sent::Asked(answer) => answer,
                Sent::NotAsked(reason) => refused(reason),
                Sent::Rather(channel) => {
                    nexts.push((waiting, Next::By { channel, tried: vec![] }, None));
                    continue;
                }
            };
            let next = self.next(&waiting, &answer).await?;
            let why = answer.why().map(serde_json::to_string).transpose().map_err(store::StoreError::from)?;
            nexts.push((waiting, next, why));
        }
        // One channel at a time: a door finds one of them before it at most.
        let _turn = self.inner.recording.lock().await;
        let mut tx = self.begin().await?;
        for (waiting, next, why) in &nexts {
            // It may have been erased, or have gone another way, while it was under way.
            if let Some(row) = tx.waiting(waiting.notice).await?.filter(|row| row.channel == waiting.channel)
            {
                self.settle(&mut tx, &row, next, why.as_deref()).await?;
            }
        }
        self.commit(tx).await?;
        if nexts.iter().any(|(_, next, _)| matches!(next, Next::By { .. })) {
            self.inner.mail_is_due.send_replace(());
        }
        self.inner.changed(Topic::Packages);
        if nexts.iter().any(|(_, next, _)| *next == Next::Never) {
            self.inner.changed(Topic::Tasks);
        }
        Ok(())
    }

    async fn settle(&self, tx: &mut store::Tx, row: &Waiting, next: &Next, why: Option<&str>) -> Result<()> {
        let (notice, person, kind) = (row.notice, row.person, kind_of(row));
        match next {
            Next::Gone => {
                tx.append(&Event::NoticeSent { notice }).await?;
                tx.clear_outbox(notice).await?;
            }
            Next::By { channel, tried } => {
                tx.append(&Event::NoticeRedirected { notice, channel: *channel }).await?;
                let at = crate::quiet::not_before(tx, person, kind, self.now()).await?;
                tx.redirect_outbox(notice, tried, why, at).await?;
            }
            Next::Never => give_up(tx, row, why).await?,
            Next::Later(at) => {
                let (channel, attempts) = (row.channel.as_str(), row.attempts + 1);
                tracing::info!(%notice, channel, attempts, "a notice waits: the channel did not take it");
                let at = crate::quiet::not_before(tx, person, kind, *at).await?;
                tx.delay_outbox(notice, at, why).await?;
            }
        }
        Ok(())
    }

    async fn next(&self, waiting: &Waiting, answer: &Answer) -> Result<Next> {
        let others = match answer {
            Answer::Gone => vec![],
            _ if !self.still_waits(waiting).await? => return Ok(Next::Never),
            _ => self.other_ways(waiting).await?,
        };
        Ok(next(answer, waiting, &others, self.now(), rand::random()))
    }

    /// The ways beside the one it waits for, and whether each answers.
    pub(super) async fn other_ways(&self, waiting: &Waiting) -> Result<Vec<(Channel, bool)>> {
        let Some(reader) = self.inner.store.person(waiting.person).await? else { return Ok(vec![]) };
        let ways = self.channels().ways(&reader, waiting.sealed_code.is_some());
        let breakers = self.breakers();
        let ways = ways.into_iter().filter(|channel| *channel != waiting.channel);
        Ok(ways.map(|channel| (channel, breakers.down(channel).is_none())).collect())
    }
}

fn refused(reason: Reason) -> Answer {
    Answer::Permanent { why: Why::new(reason, ""), whose: reason.whose() }
}

/// It never went. Staff are told, as long as there is something to tell.
async fn give_up(tx: &mut store::Tx, waiting: &Waiting, why: Option<&str>) -> Result<()> {
    tx.append(&Event::NoticeFailed { notice: waiting.notice }).await?;
    let there = tx.package(waiting.package).await?.is_some_and(|row| still_there(&row.state));
    if !there {
        tx.clear_outbox(waiting.notice).await?;
        return Ok(());
    }
    tx.fail_outbox(waiting.notice, why).await?;
    let what = TaskKind::CouldNotBeTold;
    raise(tx, what, None, None, Some(waiting.package), &mut Told::default()).await
}
