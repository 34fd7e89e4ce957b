//! Sending what waits in the outbox: at least once, to each person in order, by their next channel when one fails, and
//! never in a door's way.
//!
//! One worker a channel, so that one that is slow holds up no other. Only a channel's yes ends a message; what is cut
//! off before that is sent again under the same id.

mod pace;
mod toast;
mod verdict;

use crate::Result;
use crate::channels::address;
use crate::custody::{Told, raise};
use crate::start::Station;
use crate::wire::{Topic, VirtualMail};
use domain::NoticeId;
use domain::event::{Actor, Channel, Event, Outcome, TaskKind};
use domain::package::Package;
use domain::time::{MINUTE, Wall};
use futures_util::{StreamExt, stream};
use notify::{Answer, Notice, NoticeKind, Reason, Sender, Whose, Why};
use std::collections::{BTreeMap, HashSet};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use store::{PersonRow, Waiting};
use verdict::{ANOTHER_WAY, Next, next};

pub(crate) use pace::{Breaker, Down};

/// How often it is looked for what has become due.
const LOOK: Duration = Duration::from_secs(2);
const BATCH: i64 = 20;
/// Messages a channel has under way at a time.
const AT_ONCE: usize = 4;
/// A channel that is down for longer is told to staff.
const TELL_STAFF: i64 = 10 * MINUTE;

/// How each channel is, and whether staff were told that one is down.
#[derive(Default)]
pub(crate) struct Breakers {
    by: BTreeMap<Channel, Breaker>,
    /// Unknown after a start.
    told: Option<bool>,
}

impl Breakers {
    pub fn down(&self, channel: Channel) -> Option<&Down> {
        self.by.get(&channel)?.down()
    }

    /// The channels were set anew: none is known to be down.
    pub fn clear(&mut self) {
        self.by.clear();
    }
}

/// What became of a try.
enum Sent {
    Asked(Answer),
    /// Whatever the channel would have said.
    NotAsked(Reason),
}

/// Works for one channel.
pub(crate) async fn run(station: Station, channel: Channel) {
    // Gone, and the disk did not take it: not to be sent again, only recorded.
    let mut gone = HashSet::new();
    let mut due = station.inner.mail_is_due.subscribe();
    loop {
        // A notice just written goes at once; a wait that ended is found soon, a pause's end at once.
        let _ = tokio::time::timeout(station.look(channel), due.changed()).await;
        if station.inner.store.broken().borrow().is_some() {
            continue;
        }
        if let Err(error) = station.send_due(channel, &mut gone).await {
            tracing::warn!(%error, channel = channel.as_str(), "the outbox could not be worked through");
        }
    }
}

impl Station {
    pub(crate) fn breakers(&self) -> MutexGuard<'_, Breakers> {
        self.inner.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until the channel is looked at again.
    fn look(&self, channel: Channel) -> Duration {
        let until = self.breakers().down(channel).map(|down| down.until);
        let left = until.and_then(|until| u64::try_from(until.0 - self.now().0).ok());
        left.map_or(LOOK, |ms| Duration::from_millis(ms.max(20)).min(LOOK))
    }

    /// Works through what is due, whatever the channel.
    pub(crate) async fn send_all_due(&self) -> Result<()> {
        for channel in Channel::ALL {
            self.send_due(channel, &mut HashSet::new()).await?;
        }
        Ok(())
    }

    /// Works through what is due by one channel.
    pub(crate) async fn send_due(&self, channel: Channel, gone: &mut HashSet<NoticeId>) -> Result<()> {
        let worked = self.work_through(channel, gone).await;
        self.tell_of_channels().await?;
        worked
    }

    async fn work_through(&self, channel: Channel, gone: &mut HashSet<NoticeId>) -> Result<()> {
        loop {
            let now = self.now();
            let (lets, down) = {
                let mut breakers = self.breakers();
                let breaker = breakers.by.entry(channel).or_default();
                (breaker.lets(now, BATCH), breaker.down().map(|down| down.since))
            };
            let due = match lets {
                // What can't wait for the next try goes around it; trying comes first, or it would never be well.
                0 if down.is_some_and(|since| now.0 - since.0 >= ANOTHER_WAY) => {
                    return self.go_around(channel).await;
                }
                0 => return Ok(()),
                lets => self.inner.store.outbox_due(channel, now, 0, lets).await?,
            };
            if due.is_empty() {
                return Ok(());
            }
            let mut recorded = Ok(());
            let mut ended = Vec::new();
            {
                let already = &*gone;
                let lets_more = || self.breakers().by.get(&channel).is_none_or(|b| b.lets(now, 2) > 0);
                let mut answers = std::pin::pin!(
                    stream::iter(due)
                        .take_while(|_| std::future::ready(lets == 1 || lets_more()))
                        .map(|waiting| async move {
                            let known = already.contains(&waiting.notice);
                            (if known { Answer::Gone } else { self.attempt(&waiting).await }, waiting)
                        })
                        .buffer_unordered(AT_ONCE)
                );
                // All that were under way are heard out: a yes must not be forgotten.
                while let Some((answer, waiting)) = answers.next().await {
                    let (notice, yes) = (waiting.notice, answer == Answer::Gone);
                    let kept = self.record(waiting, answer).await;
                    ended.extend(yes.then_some((notice, kept.is_ok())));
                    recorded = recorded.and(kept);
                }
            }
            for (notice, kept) in ended {
                if kept {
                    gone.remove(&notice);
                } else {
                    gone.insert(notice);
                }
            }
            recorded?;
        }
    }

    /// Tries once, and tells the channel's breaker how it went.
    async fn attempt(&self, waiting: &Waiting) -> Answer {
        let sent = self.send(waiting).await.unwrap_or_else(|error| {
            tracing::warn!(%error, notice = %waiting.notice, "a notice could not be made");
            Sent::NotAsked(Reason::Refused)
        });
        let answer = match sent {
            Sent::NotAsked(reason) => return refused(reason),
            Sent::Asked(answer) => answer,
        };
        let now = self.now();
        let mut breakers = self.breakers();
        let breaker = breakers.by.entry(waiting.channel).or_default();
        match &answer {
            Answer::Temporary { why, retry_after } if answer.blames_channel() => {
                breaker.failed(now, why, false, *retry_after, rand::random());
            }
            Answer::Permanent { why, .. } if answer.blames_channel() => {
                breaker.failed(now, why, true, None, rand::random());
            }
            _ if breaker.answered() => self.inner.changed(Topic::Health),
            _ => {}
        }
        answer
    }

    async fn send(&self, waiting: &Waiting) -> Result<Sent> {
        if !self.still_waits(waiting).await? {
            return Ok(Sent::NotAsked(Reason::Refused));
        }
        let notice: Notice = serde_json::from_str(&waiting.body).map_err(store::StoreError::from)?;
        let Some(reader) = self.inner.store.person(waiting.person).await? else {
            return Ok(Sent::NotAsked(Reason::NoAddress));
        };
        if waiting.channel == Channel::Desktop {
            return self.send_desktop(&notice).await;
        }
        let code = waiting.sealed_code.as_deref().and_then(|sealed| self.inner.secrets().unseal(sealed));
        let channels = self.channels();
        let at = crate::clock::utc(self.now());
        let id = format!("{}.{}@cubby", waiting.notice, waiting.round);
        Ok(match channels.senders.get(&waiting.channel) {
            Some(Ok(sender)) => {
                let rendered = sender.message(&channels.templates, &notice, code.as_deref(), at);
                Sent::Asked(sender.send(&address(&reader), &rendered.message, &id).await)
            }
            Some(Err(error)) => {
                let why = Why::new(Reason::Setting, error.key());
                Sent::Asked(Answer::Permanent { why, whose: Whose::Channel })
            }
            None if channels.virtual_mail && waiting.channel == Channel::Email => {
                self.deliver_virtually(&channels, &reader, &notice, code.as_deref())
            }
            // It was set up when this was written. There may be another way now.
            None => Sent::NotAsked(Reason::NoAddress),
        })
    }

    /// What was fetched meanwhile is not told any more.
    async fn still_waits(&self, waiting: &Waiting) -> Result<bool> {
        Ok(self.inner.store.package(waiting.package).await?.is_some_and(|row| still_there(&row.state)))
    }

    fn deliver_virtually(
        &self,
        channels: &crate::channels::Channels,
        reader: &PersonRow,
        notice: &Notice,
        code: Option<&str>,
    ) -> Sent {
        let Some(to) = reader.detail.email.clone() else { return Sent::NotAsked(Reason::NoAddress) };
        let at = crate::clock::utc(self.now());
        let rendered = channels.templates.render(notify::Channel::Email, notice, code, at);
        let (subject, text) = rendered.message.words();
        let at = crate::clock::rfc3339(self.now());
        self.inner.mailbox.deliver(VirtualMail { to, subject: subject.unwrap_or_default(), text, at });
        Sent::Asked(Answer::Gone)
    }

    /// To the mailroom's desktop, for who can't be written to: staff tell them.
    async fn send_desktop(&self, notice: &Notice) -> Result<Sent> {
        if !self.inner.desktop {
            return Ok(Sent::NotAsked(Reason::NoAddress));
        }
        let templates = self.channels().templates.clone();
        let at = crate::clock::utc(self.now());
        let message = Sender::Desktop.message(&templates, notice, None, at).message;
        Ok(match Sender::Desktop.send(&notify::Address::default(), &message, "desktop").await {
            Answer::Gone => Sent::Asked(Answer::Gone),
            // It is the last way: what it can't show, staff read in their list.
            _ => Sent::NotAsked(Reason::NoAddress),
        })
    }

    async fn record(&self, waiting: Waiting, answer: Answer) -> Result<()> {
        let next = self.next(&waiting, &answer).await?;
        let why = answer.why().map(serde_json::to_string).transpose().map_err(store::StoreError::from)?;
        let why = why.unwrap_or_default();
        let mut tx = self.begin().await?;
        // It may have been erased, or have gone another way, while it was under way.
        let Some(row) = tx.waiting(waiting.notice).await?.filter(|row| row.channel == waiting.channel) else {
            return Ok(());
        };
        let kind = kind_of(&row);
        match next {
            Next::Gone => {
                tx.append(&Event::NoticeSent { notice: row.notice }).await?;
                tx.clear_outbox(row.notice).await?;
            }
            Next::By { channel, ref tried } => {
                tx.append(&Event::NoticeRedirected { notice: row.notice, channel }).await?;
                let at = crate::quiet::not_before(&mut tx, row.person, kind, self.now()).await?;
                tx.redirect_outbox(row.notice, tried, &why, at).await?;
            }
            Next::Never => give_up(&mut tx, &row, &why).await?,
            Next::Later(at) => {
                let at = crate::quiet::not_before(&mut tx, row.person, kind, at).await?;
                drop(tx);
                tracing::info!(notice = %row.notice, channel = row.channel.as_str(), attempts = row.attempts + 1, "a notice waits: the channel did not take it");
                self.inner.store.outbox_later(row.notice, at, &why).await?;
                self.inner.changed(Topic::Packages);
                return Ok(());
            }
        }
        self.commit(tx).await?;
        if let Next::By { .. } = next {
            self.inner.mail_is_due.send_replace(());
        }
        for topic in [Topic::Packages, Topic::Tasks] {
            self.inner.changed(topic);
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
    async fn other_ways(&self, waiting: &Waiting) -> Result<Vec<(Channel, bool)>> {
        let Some(reader) = self.inner.store.person(waiting.person).await? else { return Ok(vec![]) };
        let ways = self.channels().ways(&reader, waiting.sealed_code.is_some());
        let breakers = self.breakers();
        let ways = ways.into_iter().filter(|channel| *channel != waiting.channel);
        Ok(ways.map(|channel| (channel, breakers.down(channel).is_none())).collect())
    }

    /// What waits for a channel that is down goes another way, if there is one that answers. All of it once between two
    /// tries, and else what is new.
    async fn go_around(&self, channel: Channel) -> Result<()> {
        loop {
            let after = self.breakers().by.get(&channel).map_or(0, Breaker::went_around);
            let due = self.inner.store.outbox_due(channel, self.now(), after, BATCH).await?;
            let Some(last) = due.last() else { return Ok(()) };
            self.breakers().by.entry(channel).or_default().goes_around(last.n);
            for waiting in due {
                let others = self.other_ways(&waiting).await?;
                let Some(why) = self.breakers().down(channel).map(|down| down.why.clone()) else {
                    return Ok(());
                };
                let away = Answer::Temporary { why, retry_after: None };
                let patient = Waiting { since: Wall(self.now().0 - ANOTHER_WAY), ..waiting };
                if let Next::By { .. } = next(&away, &patient, &others, self.now(), 0.0) {
                    self.record(patient, away).await?;
                }
            }
        }
    }

    /// Staff hear of a channel that is down for long, and it is off their list when all are well.
    async fn tell_of_channels(&self) -> Result<()> {
        let now = self.now();
        let (long, all_well, told) = {
            let breakers = self.breakers();
            let long = breakers.by.values().filter_map(Breaker::down);
            let long = long.filter(|d| d.broken || now.0 - d.since.0 >= TELL_STAFF).count() > 0;
            (long, breakers.by.values().all(|b| b.down().is_none()), breakers.told)
        };
        if long && told != Some(true) {
            self.raise(TaskKind::ChannelDown, None, None, None).await?;
            self.breakers().told = Some(true);
            self.inner.changed(Topic::Health);
        } else if all_well && told != Some(false) {
            let mut tx = self.begin().await?;
            if let Some(task) = tx.same_task(TaskKind::ChannelDown, None, None, None).await? {
                let (outcome, by) = (Outcome::Done, Actor::System);
                tx.append(&Event::TaskSettled { task, outcome, by }).await?;
                self.commit(tx).await?;
                self.inner.changed(Topic::Tasks);
            }
            self.breakers().told = Some(false);
        }
        Ok(())
    }
}

pub(crate) fn kind_of(waiting: &Waiting) -> Option<NoticeKind> {
    serde_json::from_str::<Notice>(&waiting.body).ok().map(|notice| notice.kind)
}

fn refused(reason: Reason) -> Answer {
    Answer::Permanent { why: Why::new(reason, ""), whose: reason.whose() }
}

/// It never went. Staff are told, as long as there is something to tell.
pub(crate) async fn give_up(tx: &mut store::Tx, waiting: &Waiting, why: &str) -> Result<()> {
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

/// Is there still something that waits for somebody?
pub(crate) fn still_there(package: &Package) -> bool {
    matches!(
        package,
        Package::Received | Package::Stored { .. } | Package::Shelved { .. } | Package::Disputed { .. }
    )
}

impl From<notify::ConfigError> for crate::Error {
    fn from(error: notify::ConfigError) -> Self {
        crate::Error::Internal(error.to_string())
    }
}
