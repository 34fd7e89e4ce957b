//! Sending what waits in the outbox: at least once, to each person in order, by their next channel when one fails, and
//! holding nothing that a door needs while a provider is waited for.
//!
//! One worker a channel, so that one that is slow holds up no other. Only a channel's yes ends a message; what is cut
//! off before that is sent again under the same id.

mod breaker;
mod pace;
mod rate;
mod record;
mod toast;
mod verdict;

use crate::Result;
use crate::channels::address;
use crate::start::Station;
use crate::wire::{Topic, VirtualMail};
use domain::NoticeId;
use domain::event::{Channel, TaskKind};
use domain::package::Package;
use domain::time::{MINUTE, Mono, Wall};
use futures_util::{StreamExt, stream};
use notify::{Answer, Notice, NoticeKind, Reason, Sender, Whose, Why};
use record::Sent;
use std::collections::{BTreeMap, HashSet};
use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;
use store::{PersonRow, Waiting};
use verdict::{ANOTHER_WAY, Next, next};

pub(crate) use breaker::{Breaker, Down};

/// How often it is looked for what has become due.
const LOOK: Duration = Duration::from_secs(2);
/// At most so many are handed to a channel together.
const BATCH: i64 = 25;
/// Answers are recorded together, so that a door seldom meets one being recorded: but not so many that it would have to
/// wait for long, and none longer than this for a slow one beside it.
const TOGETHER: usize = 10;
const SOON: Duration = Duration::from_millis(250);
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
    fn mono(&self) -> Mono {
        self.inner.clock.mono()
    }

    pub(crate) fn breakers(&self) -> MutexGuard<'_, Breakers> {
        self.inner.breakers.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How long until the channel is looked at again.
    fn look(&self, channel: Channel) -> Duration {
        let wait = self.breakers().by.get(&channel).map_or(0, |breaker| breaker.wait(self.mono()));
        match u64::try_from(wait) {
            Ok(ms @ 1..) => Duration::from_millis(ms).min(LOOK),
            _ => LOOK,
        }
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
            let now = self.mono();
            let (lets, down) = {
                let mut breakers = self.breakers();
                let breaker = breakers.by.entry(channel).or_default();
                (breaker.lets(now, BATCH), breaker.down().map(|down| down.since))
            };
            let due = match lets {
                // What can't wait for the next try goes around it; trying comes first, or it would never be well.
                0 if down.is_some_and(|since| now.since(since) >= ANOTHER_WAY) => {
                    return self.go_around(channel).await;
                }
                0 => return Ok(()),
                lets => self.inner.store.outbox_due(channel, self.now(), 0, lets).await?,
            };
            if due.is_empty() {
                return Ok(());
            }
            let apart = self.breakers().by.entry(channel).or_default().sends(now, due.len());
            self.send_together(channel, due, apart, gone).await?;
        }
    }

    /// Sends several, a few at a time, and records what became of them.
    async fn send_together(
        &self,
        channel: Channel,
        due: Vec<Waiting>,
        apart: Duration,
        gone: &mut HashSet<NoticeId>,
    ) -> Result<()> {
        let already = gone.clone();
        let only = due.len() == 1;
        let well = || self.breakers().by.get(&channel).is_none_or(|b| b.down().is_none());
        let (done, mut answers) = tokio::sync::mpsc::unbounded_channel();
        let sending = async move {
            let mut sent = std::pin::pin!(
                stream::iter(due.into_iter().enumerate())
                    .then(|(n, waiting)| async move {
                        if n > 0 && !apart.is_zero() {
                            tokio::time::sleep(apart).await;
                        }
                        waiting
                    })
                    .take_while(|_| std::future::ready(only || well()))
                    .map(|waiting| async {
                        let known = already.contains(&waiting.notice);
                        let sent =
                            if known { Sent::Asked(Answer::Gone) } else { self.attempt(&waiting).await };
                        (waiting, sent)
                    })
                    .buffer_unordered(AT_ONCE)
            );
            while let Some(one) = sent.next().await {
                // Whoever records hears all of them out.
                let _ = done.send(one);
            }
        };
        let recording = async {
            let mut recorded = Ok(());
            while let Some(first) = answers.recv().await {
                let mut tried = vec![first];
                let until = tokio::time::Instant::now() + SOON;
                while tried.len() < TOGETHER
                    && let Ok(Some(another)) = tokio::time::timeout_at(until, answers.recv()).await
                {
                    tried.push(another);
                }
                let yes = tried.iter().filter(|(_, sent)| matches!(sent, Sent::Asked(Answer::Gone)));
                let yes: Vec<_> = yes.map(|(waiting, _)| waiting.notice).collect();
                let kept = self.record(tried).await;
                // A yes must not be forgotten.
                match kept {
                    Ok(()) => gone.retain(|notice| !yes.contains(notice)),
                    Err(_) => gone.extend(yes),
                }
                recorded = recorded.and(kept);
            }
            recorded
        };
        // Beside each other: one that is being sent may hold what recording another waits for.
        tokio::join!(sending, recording).1
    }

    /// Tries once, and tells the channel's breaker how it went.
    async fn attempt(&self, waiting: &Waiting) -> Sent {
        let sent = self.send(waiting).await.unwrap_or_else(|error| {
            tracing::warn!(%error, notice = %waiting.notice, "a notice could not be made");
            Sent::NotAsked(Reason::Refused)
        });
        let Sent::Asked(answer) = &sent else { return sent };
        let now = self.mono();
        let mut breakers = self.breakers();
        let breaker = breakers.by.entry(waiting.channel).or_default();
        match answer {
            Answer::Temporary { why, retry_after } if answer.blames_channel() => {
                breaker.failed(now, why, false, *retry_after, rand::random());
            }
            Answer::Permanent { why, .. } if answer.blames_channel() => {
                breaker.failed(now, why, true, None, rand::random());
            }
            _ if breaker.answered(now) => self.inner.changed(Topic::Health),
            _ => {}
        }
        sent
    }

    async fn send(&self, waiting: &Waiting) -> Result<Sent> {
        if !self.still_waits(waiting).await? {
            return Ok(Sent::NotAsked(Reason::Refused));
        }
        let notice: Notice = serde_json::from_str(&waiting.body).map_err(store::StoreError::from)?;
        let Some(reader) = self.inner.store.person(waiting.person).await? else {
            return Ok(Sent::NotAsked(Reason::NoAddress));
        };
        if let Some(channel) = self.rather(waiting, &reader) {
            return Ok(Sent::Rather(channel));
        }
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

    /// The best way there is now, for what no channel was asked to take yet. What tries whether a channel is well again
    /// goes nowhere else, or none would ever be well.
    fn rather(&self, waiting: &Waiting, reader: &PersonRow) -> Option<Channel> {
        let tries = self.breakers().down(waiting.channel).is_some();
        if tries || waiting.attempts > 0 || waiting.why.is_some() {
            return None;
        }
        let ways = self.channels().ways(reader, waiting.sealed_code.is_some());
        let best = ways.into_iter().find(|channel| self.breakers().down(*channel).is_none());
        best.filter(|channel| *channel != waiting.channel)
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

    /// What waits for a channel that is down goes another way, if there is one that answers. All of it once between two
    /// tries, and else what is new.
    async fn go_around(&self, channel: Channel) -> Result<()> {
        loop {
            let after = self.breakers().by.get(&channel).map_or(0, Breaker::went_around);
            let due = self.inner.store.outbox_due(channel, self.now(), after, BATCH).await?;
            let Some(last) = due.last() else { return Ok(()) };
            self.breakers().by.entry(channel).or_default().goes_around(last.n);
            let Some(why) = self.breakers().down(channel).map(|down| down.why.clone()) else {
                return Ok(());
            };
            let away = Answer::Temporary { why, retry_after: None };
            let mut around = Vec::new();
            for waiting in due {
                let others = self.other_ways(&waiting).await?;
                let patient = Waiting { since: Wall(self.now().0 - ANOTHER_WAY), ..waiting };
                if let Next::By { .. } = next(&away, &patient, &others, self.now(), 0.0) {
                    around.push((patient, Sent::Asked(away.clone())));
                }
            }
            if !around.is_empty() {
                self.record(around).await?;
            }
        }
    }

    /// Staff hear of a channel that is down for long, and it is off their list when all are well.
    async fn tell_of_channels(&self) -> Result<()> {
        let now = self.mono();
        let (long, all_well, told) = {
            let breakers = self.breakers();
            let long = breakers.by.values().filter_map(Breaker::down);
            let long = long.filter(|d| d.broken || now.since(d.since) >= TELL_STAFF).count() > 0;
            (long, breakers.by.values().all(|b| b.down().is_none()), breakers.told)
        };
        if long && told != Some(true) {
            self.raise(TaskKind::ChannelDown, None, None, None).await?;
            self.breakers().told = Some(true);
            self.inner.changed(Topic::Health);
        } else if all_well && told != Some(false) {
            self.settled(TaskKind::ChannelDown).await?;
            self.breakers().told = Some(false);
        }
        Ok(())
    }
}

pub(crate) fn kind_of(waiting: &Waiting) -> Option<NoticeKind> {
    serde_json::from_str::<Notice>(&waiting.body).ok().map(|notice| notice.kind)
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
