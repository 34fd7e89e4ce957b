//! Writing a notice: what it says, with which code, and by which channel it goes first. And those that have not gone.
//!
//! Written in the transaction of what it tells; sending it is the outbox's. A code only goes where its reader alone reads.

use crate::channels::Channels;
use crate::clock::{rfc3339, rfc3339_local};
use crate::custody::{Custody, Told, raise};
use crate::outbox::{kind_of, still_there};
use crate::picture::Plan;
use crate::quiet::{not_before, urgent};
use crate::session::{Reader, Staff};
use crate::wire::{NoticeItem, NoticeProgress, Page, Said, Topic};
use crate::{Error, Result};
use domain::event::{Actor, Channel, Event, Outcome, TaskKind};
use domain::package::Package;
use domain::place::Height;
use domain::policy::WaysIn;
use domain::{CompartmentId, DelegationId, NoticeId, PackageId, Refusal};
use notify::{Notice, NoticeKind};
use store::{PackageRow, PersonRow, Tx};
use uuid::Uuid;

const PAGE: i64 = 50;

/// Where a door hangs, as the notice says it.
async fn notice_place(tx: &mut Tx, compartment: CompartmentId) -> Result<notify::Place> {
    let plan = Plan::new(tx.banks().await?, tx.compartments().await?);
    let row = plan.compartment(compartment);
    Ok(notify::Place::Compartment {
        bank: row.and_then(|c| plan.bank(c.bank)).map(|b| b.name.clone()).unwrap_or_default(),
        label: row.map(|c| c.label.clone()).unwrap_or_default(),
        height: match plan.height(compartment) {
            Height::Top => notify::Height::Top,
            Height::Upper => notify::Height::Upper,
            Height::Lower => notify::Height::Lower,
            Height::Bottom => notify::Height::Bottom,
        },
        accessible: row.is_some_and(|c| c.accessible),
    })
}

pub(crate) async fn place_of(tx: &mut Tx, package: &PackageRow) -> Result<notify::Place> {
    Ok(match &package.state {
        Package::Stored { compartment } | Package::Disputed { compartment } => {
            notice_place(tx, *compartment).await?
        }
        Package::Shelved { place } => notify::Place::Counter { shelf: Some(place.clone()) },
        _ => notify::Place::Counter { shelf: None },
    })
}

pub(crate) fn language(reader: &PersonRow) -> notify::Language {
    if reader.detail.language == "es" { notify::Language::Es } else { notify::Language::En }
}

/// The ways in as the notice says them.
fn how(ways: WaysIn, has_badge: bool, code: bool) -> notify::How {
    match ways {
        WaysIn::Either => notify::How { badge: has_badge, code, both: false },
        WaysIn::Badge => notify::How { badge: has_badge, code: false, both: false },
        WaysIn::Code => notify::How { badge: false, code, both: false },
        // Without the code it can't be both: the parcel room opens.
        WaysIn::Both => notify::How { badge: code, code, both: code },
    }
}

/// What is to be told, and how.
struct Composed {
    body: Notice,
    sealed: Option<Vec<u8>>,
    /// The desktop, if there is no way to reach them.
    channel: Channel,
}

impl Custody {
    /// Writes the notice of where a package is now, with a fresh code if it is behind a door and the recipient can
    /// be sent one. Who can't be told becomes a task, never silence. Delegates who have no code yet get theirs.
    pub async fn tell(&self, tx: &mut Tx, id: PackageId, kind: notify::NoticeKind) -> Result<bool> {
        let Some(package) = tx.package(id).await? else { return Ok(false) };
        let Some(person) = tx.person(package.recipient).await? else { return Ok(false) };
        let behind_a_door = matches!(package.state, Package::Stored { .. });
        for code in tx.codes_of(id).await? {
            if !behind_a_door || code.delegation.is_none() {
                tx.append(&Event::CodeRevoked { code: code.code, package: id }).await?;
            }
        }
        if behind_a_door && !person.active {
            crate::leavers::inside(tx, &package).await?;
            return Ok(false);
        }
        let ways = tx.policy().await?.ways_in_for(&package.handling);
        self.write(tx, &package, &person, kind, ways, None).await?;
        if behind_a_door {
            self.tell_delegates(tx, &package).await?;
        }
        Ok(true)
    }

    /// Each who may fetch it now and was not told yet, with a code of their own.
    pub async fn tell_delegates(&self, tx: &mut Tx, package: &PackageRow) -> Result<()> {
        let now = tx.stamp().wall;
        let policy = tx.policy().await?;
        let Some(ways) = policy.ways_in_for_delegate(&package.handling) else { return Ok(()) };
        for delegation in tx.delegations_by(package.recipient).await? {
            let covers = delegation.facts().covers(package.id, package.recipient, now);
            let has_code = tx.codes_by(delegation.id).await?.iter().any(|c| c.package == package.id);
            if !covers || has_code {
                continue;
            }
            if let Some(delegate) = tx.person(delegation.delegate).await?.filter(|d| d.active) {
                let kind = notify::NoticeKind::Stored;
                self.write(tx, package, &delegate, kind, ways, Some(delegation.id)).await?;
            }
        }
        Ok(())
    }

    /// One notice to one reader: the recipient, or a delegate by their delegation.
    async fn write(
        &self,
        tx: &mut Tx,
        package: &PackageRow,
        reader: &PersonRow,
        kind: NoticeKind,
        ways: WaysIn,
        delegation: Option<DelegationId>,
    ) -> Result<()> {
        let composed = self.compose(tx, package, reader, kind, ways, delegation).await?;
        let unreachable = composed.channel == Channel::Desktop;
        put(tx, package, reader, composed).await?;
        if unreachable {
            raise(tx, TaskKind::CouldNotBeTold, None, None, Some(package.id), &mut Told::default()).await?;
        }
        Ok(())
    }

    async fn compose(
        &self,
        tx: &mut Tx,
        package: &PackageRow,
        reader: &PersonRow,
        kind: NoticeKind,
        ways: WaysIn,
        delegation: Option<DelegationId>,
    ) -> Result<Composed> {
        let needs_code = matches!(package.state, Package::Stored { .. }) && ways != WaysIn::Badge;
        let with_code = if needs_code { self.channels.ways(reader, true) } else { vec![] };
        let without = self.channels.ways(reader, false);
        let sealed = match with_code.is_empty() {
            false => Some(self.issue(tx, package, delegation).await?),
            true => None,
        };
        let now = tx.stamp().wall;
        let away = tx.holds_of(package.recipient).await?.iter().any(|h| h.facts().covers(now));
        let body = Notice {
            until: package.deadline.filter(|due| *due > now).map(rfc3339_local),
            how: how(ways, reader.has_badge, sealed.is_some()),
            about: delegation.map(|_| package.recipient_name.clone()),
            paused: away && delegation.is_none() && package.deadline.is_some(),
            ..facts(tx, package, reader, kind).await?
        };
        let channel = with_code.first().or(without.first()).copied().unwrap_or(Channel::Desktop);
        Ok(Composed { body, sealed, channel })
    }

    /// One that failed, made anew for who was to read it: with a code of its own, for the last one was erased.
    async fn compose_again(
        &self,
        tx: &mut Tx,
        package: &PackageRow,
        reader: &PersonRow,
        kind: NoticeKind,
    ) -> Result<Composed> {
        if matches!(kind, NoticeKind::Leaver | NoticeKind::Escalation) {
            return about(tx, &self.channels, package, reader, kind).await;
        }
        let policy = tx.policy().await?;
        if reader.id == package.recipient {
            let ways = policy.ways_in_for(&package.handling);
            self.revoke(tx, package.id, None).await?;
            return self.compose(tx, package, reader, kind, ways, None).await;
        }
        let now = tx.stamp().wall;
        let delegations = tx.delegations_by(package.recipient).await?;
        let delegation = delegations
            .into_iter()
            .find(|d| d.delegate == reader.id && d.facts().covers(package.id, package.recipient, now));
        let (Some(delegation), Some(ways)) = (delegation, policy.ways_in_for_delegate(&package.handling))
        else {
            return Err(Refusal::WrongState.into());
        };
        self.revoke(tx, package.id, Some(delegation.id)).await?;
        self.compose(tx, package, reader, kind, ways, Some(delegation.id)).await
    }

    async fn revoke(&self, tx: &mut Tx, package: PackageId, delegation: Option<DelegationId>) -> Result<()> {
        for code in tx.codes_of(package).await?.into_iter().filter(|code| code.delegation == delegation) {
            tx.append(&Event::CodeRevoked { code: code.code, package }).await?;
        }
        Ok(())
    }
}

/// Writes of somebody's package to somebody else, without a code.
pub(crate) async fn tell_about(
    tx: &mut Tx,
    package: &PackageRow,
    reader: &PersonRow,
    kind: NoticeKind,
) -> Result<()> {
    // By which channel is found out when it goes.
    let body =
        Notice { about: Some(package.recipient_name.clone()), ..facts(tx, package, reader, kind).await? };
    put(tx, package, reader, Composed { body, sealed: None, channel: Channel::Email }).await
}

async fn about(
    tx: &mut Tx,
    channels: &Channels,
    package: &PackageRow,
    reader: &PersonRow,
    kind: NoticeKind,
) -> Result<Composed> {
    let body =
        Notice { about: Some(package.recipient_name.clone()), ..facts(tx, package, reader, kind).await? };
    let channel = channels.ways(reader, false).first().copied().unwrap_or(Channel::Desktop);
    Ok(Composed { body, sealed: None, channel })
}

/// What every notice says.
async fn facts(tx: &mut Tx, package: &PackageRow, reader: &PersonRow, kind: NoticeKind) -> Result<Notice> {
    Ok(Notice {
        kind,
        language: language(reader),
        site: tx.site_name().await?.unwrap_or_default(),
        recipient_name: reader.detail.name.clone(),
        carrier: package.carrier.clone(),
        tracking_number: package.tracking_number.clone(),
        place: place_of(tx, package).await?,
        until: None,
        how: notify::How { badge: false, code: false, both: false },
        about: None,
        paused: false,
    })
}

async fn put(tx: &mut Tx, package: &PackageRow, reader: &PersonRow, composed: Composed) -> Result<()> {
    let Composed { body, sealed, channel } = composed;
    let notice = NoticeId(Uuid::now_v7());
    tx.append(&Event::NoticeWritten { notice, package: package.id, person: reader.id, channel }).await?;
    let now = tx.stamp().wall;
    if urgent(body.kind) {
        tx.hurry_outbox(reader.id, now).await?;
    }
    let next = not_before(tx, reader.id, Some(body.kind), now).await?;
    let body = serde_json::to_string(&body).map_err(store::StoreError::from)?;
    Ok(tx.put_outbox(notice, &body, sealed.as_deref(), next).await?)
}

/// What a notice that is not there any more would say now, as the outbox keeps it.
pub(crate) async fn body_of(tx: &mut Tx, package: &PackageRow, reader: &PersonRow) -> Result<String> {
    let kind = match &package.state {
        Package::Stored { .. } => crate::deadlines::stored_kind(package),
        _ => NoticeKind::Shelved,
    };
    let notice = Notice {
        about: (reader.id != package.recipient).then(|| package.recipient_name.clone()),
        ..facts(tx, package, reader, kind).await?
    };
    Ok(serde_json::to_string(&notice).map_err(store::StoreError::from)?)
}

/// Why one has not gone, as it was written down.
pub(crate) fn said(why: &str) -> Option<Said> {
    serde_json::from_str::<notify::Why>(why).ok().as_ref().map(Said::from)
}

impl Reader {
    /// Those that wait, the oldest first, or could not be told, the newest first.
    pub async fn notices(&self, state: NoticeProgress, after: Option<String>) -> Result<Page<NoticeItem>> {
        let failed = match state {
            NoticeProgress::Waiting => false,
            NoticeProgress::Failed => true,
            // Nothing is kept of what has gone.
            NoticeProgress::Sent => {
                return Err(Error::invalid("state", crate::error::InvalidWhy::OutOfRange));
            }
        };
        let malformed = |_| Error::invalid("after", crate::error::InvalidWhy::Malformed);
        let after = after.map(|text| text.parse::<i64>().map_err(malformed)).transpose()?;
        let mut rows = self.station.inner.store.unsent(failed, after, PAGE + 1).await?;
        let page = usize::try_from(PAGE).unwrap_or_default();
        let more = rows.len() > page;
        rows.truncate(page);
        let next = rows.last().filter(|_| more).map(|row| row.waiting.n.to_string());
        let items = rows.into_iter().map(|row| {
            let waiting = row.waiting;
            NoticeItem {
                kind: kind_of(&waiting).map(Into::into),
                id: waiting.notice.to_string(),
                state,
                channel: waiting.channel.into(),
                reader: row.reader,
                reader_id: waiting.person.to_string(),
                package_id: waiting.package.to_string(),
                tracking_number: row.tracking_number,
                since: rfc3339(row.changed),
                attempts: waiting.attempts,
                next_at: (!failed).then(|| rfc3339(waiting.next)),
                why: waiting.why.as_deref().and_then(said),
            }
        });
        Ok(Page { rows: items.collect(), next })
    }
}

impl Staff {
    /// Once more, by the channels and addresses there are now.
    pub async fn send_again(&self, notice: NoticeId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let known = tx.notice(notice).await?.ok_or(Error::NotFound("notice"))?;
        let waiting = tx.waiting(notice).await?.filter(|_| known.state == "failed");
        let waiting = waiting.ok_or(Refusal::WrongState)?;
        let package = tx.package(known.package).await?.filter(|row| still_there(&row.state));
        let package = package.ok_or(Refusal::WrongState)?;
        let reader = tx.person(known.person).await?.ok_or(Error::NotFound("person"))?;
        let kind = kind_of(&waiting).ok_or(Refusal::WrongState)?;
        let composed = self.station.inner.custody().compose_again(&mut tx, &package, &reader, kind).await?;
        if composed.channel == Channel::Desktop {
            return Err(Refusal::NoWayToTell.into());
        }
        tx.append(&Event::NoticeAgain { notice, channel: composed.channel, by: self.by }).await?;
        let body = serde_json::to_string(&composed.body).map_err(store::StoreError::from)?;
        tx.renew_outbox(notice, &body, composed.sealed.as_deref()).await?;
        if let Some(task) = tx.task_about(TaskKind::CouldNotBeTold, package.id).await? {
            let (outcome, by) = (Outcome::Done, Actor::System);
            tx.append(&Event::TaskSettled { task, outcome, by }).await?;
        }
        self.station.commit(tx).await?;
        self.station.inner.mail_is_due.send_replace(());
        for topic in [Topic::Packages, Topic::Tasks] {
            self.station.inner.changed(topic);
        }
        Ok(())
    }
}
