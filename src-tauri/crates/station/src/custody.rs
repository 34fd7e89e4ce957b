//! What follows from a fact about a door: which events are written with it, in the same transaction.
//!
//! Only here does a seen door become custody: stored and collected are written when a door was seen open and then
//! shut, and at no other time.

use crate::picture::Plan;
use crate::secrets::Secrets;
use crate::{Result, credential};
use domain::code::AccessCode;
use domain::doors::Fact;
use domain::event::{Actor, AlarmKind, Channel, Event, NotOpened, Purpose, TaskKind};
use domain::package::Package;
use domain::place::Height;
use domain::time::{DAY, HOUR, Wall};
use domain::{BankId, CodeId, CompartmentId, NoticeId, OpeningId, PackageId, TaskId};
use std::sync::Arc;
use store::{OpeningRow, PackageRow, Tx};
use uuid::Uuid;

/// How long a package may stay in its compartment.
pub(crate) const HOLD: i64 = 72 * HOUR;
/// How long a code lives beyond that: removal is staff's work, and until then the recipient is served.
const CODE_GRACE: i64 = 4 * DAY;

/// What was written beside the fact.
#[derive(Default)]
pub(crate) struct Told {
    pub notice: bool,
    pub urgent: Vec<TaskKind>,
}

pub(crate) struct Custody {
    pub secrets: Secrets,
    pub codes: Arc<Codes>,
}

/// Codes made and hashed ahead, so that the slow hash keeps neither a door nor the one writer waiting.
pub(crate) struct Codes(tokio::sync::Mutex<tokio::sync::mpsc::Receiver<Prepared>>);

pub(crate) struct Prepared {
    digits: AccessCode,
    tag: u8,
    hash: String,
}

impl Codes {
    pub fn start(secrets: Secrets) -> Codes {
        let (send, receive) = tokio::sync::mpsc::channel(4);
        tokio::spawn(async move {
            loop {
                match prepare(&secrets).await {
                    Ok(prepared) => {
                        if send.send(prepared).await.is_err() {
                            return;
                        }
                    }
                    Err(error) => {
                        tracing::error!(%error, "no code could be made");
                        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
                    }
                }
            }
        });
        Codes(tokio::sync::Mutex::new(receive))
    }

    async fn next(&self) -> Result<Prepared> {
        self.0.lock().await.recv().await.ok_or_else(|| crate::Error::Internal("no code could be made".into()))
    }
}

async fn prepare(secrets: &Secrets) -> Result<Prepared> {
    let digits = credential::new_code()?;
    let hash = credential::hash(secrets, digits.digits()).await?;
    Ok(Prepared { tag: secrets.code_tag(digits.digits()), digits, hash })
}

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

impl Custody {
    pub async fn enact(&self, tx: &mut Tx, fact: &Fact) -> Result<Told> {
        let mut told = Told::default();
        match fact {
            Fact::Sent { opening, attempt } => {
                tx.append(&Event::OpeningSent { opening: *opening, attempt: *attempt }).await?;
            }
            Fact::Acknowledged { opening } => {
                tx.append(&Event::OpeningAcknowledged { opening: *opening }).await?;
            }
            Fact::Opened { opening, recovered } => {
                tx.append(&Event::OpeningOpened { opening: *opening, recovered: *recovered }).await?;
                self.opened(tx, *opening).await?;
            }
            Fact::Closed { opening } => {
                tx.append(&Event::OpeningClosed { opening: *opening }).await?;
                told.notice = self.closed(tx, *opening).await?;
            }
            Fact::NotOpened { opening, why } => {
                tx.append(&Event::OpeningNotOpened { opening: *opening, why: *why }).await?;
                self.not_opened(tx, *opening, *why, &mut told).await?;
            }
            Fact::Unknown { opening, why } => {
                tx.append(&Event::OpeningUnknown { opening: *opening, why: *why }).await?;
                if let Some(row) = tx.opening(*opening).await? {
                    raise(tx, TaskKind::VerifyDoor, None, Some(row.compartment), row.package, &mut told)
                        .await?;
                }
            }
            Fact::Suspect { compartment, suspect } => {
                tx.append(&Event::CompartmentSuspected { compartment: *compartment, suspect: *suspect })
                    .await?;
                if *suspect {
                    raise(tx, TaskKind::SuspectDoor, None, Some(*compartment), None, &mut told).await?;
                }
            }
            Fact::Alarm { alarm, bank, compartment } => {
                self.alarm(tx, *alarm, *bank, *compartment, &mut told).await?;
            }
            Fact::BankOffline { .. } => {}
        }
        Ok(told)
    }

    /// A pickup's code is spent when the door is seen open, not before.
    async fn opened(&self, tx: &mut Tx, opening: OpeningId) -> Result<()> {
        let Some(OpeningRow { purpose: Purpose::Pickup, package: Some(package), .. }) =
            tx.opening(opening).await?
        else {
            return Ok(());
        };
        if let Some(code) = tx.active_code(package).await? {
            tx.append(&Event::CodeConsumed { code, package, opening }).await?;
        }
        Ok(())
    }

    /// Seen open, then shut: custody changes hands.
    async fn closed(&self, tx: &mut Tx, opening: OpeningId) -> Result<bool> {
        let Some(row) = tx.opening(opening).await? else { return Ok(false) };
        let Some(id) = row.package else { return Ok(false) };
        let Some(package) = tx.package(id).await? else { return Ok(false) };
        let compartment = row.compartment;
        let here = package.compartment() == Some(compartment);
        match (row.purpose, &package.state) {
            (Purpose::Deposit, Package::Received | Package::Shelved { .. }) => {
                let reserved = tx.compartment(compartment).await?.is_some_and(|c| c.package == Some(id));
                if reserved {
                    return self.stored(tx, &package, compartment, opening).await;
                }
            }
            (Purpose::Pickup, Package::Stored { .. }) if here => {
                tx.append(&Event::Collected { package: id, compartment, opening, by: row.by }).await?;
            }
            (Purpose::Removal, Package::Stored { .. } | Package::Disputed { .. }) if here => {
                if let Some(code) = tx.active_code(id).await? {
                    tx.append(&Event::CodeRevoked { code, package: id }).await?;
                }
                tx.append(&Event::Removed { package: id, compartment, opening, by: row.by }).await?;
            }
            _ => {}
        }
        Ok(false)
    }

    async fn stored(
        &self,
        tx: &mut Tx,
        package: &PackageRow,
        compartment: CompartmentId,
        opening: OpeningId,
    ) -> Result<bool> {
        let deadline = Wall(tx.stamp().wall.0 + HOLD);
        tx.append(&Event::Stored { package: package.id, compartment, opening, deadline }).await?;
        self.tell(tx, package.id, notify::NoticeKind::Stored).await
    }

    /// Writes the notice of where a package is now, with a fresh code if it is behind a door and the recipient can
    /// be sent one. Who can't be told becomes a task, never silence.
    pub async fn tell(&self, tx: &mut Tx, id: PackageId, kind: notify::NoticeKind) -> Result<bool> {
        let Some(package) = tx.package(id).await? else { return Ok(false) };
        let Some(person) = tx.person(package.recipient).await? else { return Ok(false) };
        let channel =
            self.secrets.email().is_some() || tx.banks().await?.iter().any(|b| b.port == crate::DEMO_PORT);
        let reachable = channel && person.detail.email.is_some();
        let mut sealed = None;
        if let Some(code) = tx.active_code(id).await? {
            tx.append(&Event::CodeRevoked { code, package: id }).await?;
        }
        let behind_a_door = matches!(package.state, Package::Stored { .. });
        if behind_a_door && reachable {
            sealed = Some(self.issue(tx, &package).await?);
        }
        let site = tx.site_name().await?.unwrap_or_default();
        let language =
            if person.detail.language == "es" { notify::Language::Es } else { notify::Language::En };
        let place = match &package.state {
            Package::Stored { compartment } => notice_place(tx, *compartment).await?,
            Package::Shelved { place } => notify::Place::Counter { shelf: Some(place.clone()) },
            _ => notify::Place::Counter { shelf: None },
        };
        let body = notify::Notice {
            kind,
            language,
            site,
            recipient_name: person.detail.name.clone(),
            carrier: package.carrier.clone(),
            tracking_number: package.tracking_number.clone(),
            place,
            until: package.deadline.map(crate::clock::rfc3339_local),
            how: notify::How { badge: person.has_badge, code: sealed.is_some() },
        };
        let notice = NoticeId(Uuid::now_v7());
        let channel = if reachable { Channel::Email } else { Channel::Desktop };
        tx.append(&Event::NoticeWritten { notice, package: id, person: package.recipient, channel }).await?;
        let body = serde_json::to_string(&body).map_err(store::StoreError::from)?;
        let address = reachable.then_some(person.detail.email.as_deref()).flatten();
        tx.put_outbox(notice, address, &body, sealed.as_deref()).await?;
        if !reachable {
            raise(tx, TaskKind::CouldNotBeTold, None, None, Some(id), &mut Told::default()).await?;
        }
        Ok(true)
    }

    /// A new code for a stored package, sealed for its message. No two active codes are alike.
    async fn issue(&self, tx: &mut Tx, package: &PackageRow) -> Result<Vec<u8>> {
        loop {
            let Prepared { digits, tag, hash } = self.codes.next().await?;
            let tags = self.secrets.code_tags(digits.digits());
            let others = tx.codes_tagged(&tags).await?.into_iter().map(|c| c.hash).collect::<Vec<_>>();
            if !others.is_empty()
                && credential::matching(&self.secrets, digits.digits(), others).await?.is_some()
            {
                continue;
            }
            let id = CodeId(Uuid::now_v7());
            let expires = Wall(package.deadline.unwrap_or(tx.stamp().wall).0 + CODE_GRACE);
            tx.append(&Event::CodeIssued { code: id, package: package.id, expires }).await?;
            tx.put_code(id, tag, &hash).await?;
            return self.secrets.seal(digits.digits());
        }
    }

    async fn not_opened(
        &self,
        tx: &mut Tx,
        opening: OpeningId,
        why: NotOpened,
        told: &mut Told,
    ) -> Result<()> {
        let Some(row) = tx.opening(opening).await? else { return Ok(()) };
        let Some(package) = row.package else { return Ok(()) };
        // Nothing left: a deposit's place is free again at once. Otherwise the door may still give way.
        if matches!(why, NotOpened::Offline | NotOpened::TooLate) && row.purpose == Purpose::Deposit {
            let (compartment, by) = (row.compartment, Actor::System);
            tx.append(&Event::DepositCancelled { package, compartment, opening, by }).await?;
        }
        if why == NotOpened::Jammed && row.purpose != Purpose::Deposit {
            let tries = tx.failed_tries(package, row.compartment).await?;
            if tries >= i64::from(crate::visit::TRIES) {
                raise(tx, TaskKind::Jam, None, Some(row.compartment), Some(package), told).await?;
            }
        }
        Ok(())
    }

    async fn alarm(
        &self,
        tx: &mut Tx,
        alarm: AlarmKind,
        bank: BankId,
        compartment: Option<CompartmentId>,
        told: &mut Told,
    ) -> Result<()> {
        let package = match compartment {
            Some(id) => tx.compartment(id).await?.and_then(|c| c.package),
            None => None,
        };
        let what = match alarm {
            AlarmKind::Forced => TaskKind::Forced,
            AlarmKind::WrongDoor => TaskKind::WrongDoor,
            AlarmKind::Ajar => TaskKind::Ajar,
            AlarmKind::Implausible => TaskKind::Implausible,
        };
        tx.append(&Event::AlarmRaised { alarm, bank, compartment, package }).await?;
        if alarm == AlarmKind::WrongDoor && !tx.bank_locked(bank).await? {
            tx.append(&Event::BankLocked { bank }).await?;
        }
        raise(tx, what, Some(bank), compartment, package, told).await
    }
}

/// Raises a task, unless the same one is open already.
pub(crate) async fn raise(
    tx: &mut Tx,
    what: TaskKind,
    bank: Option<BankId>,
    compartment: Option<CompartmentId>,
    package: Option<PackageId>,
    told: &mut Told,
) -> Result<()> {
    if tx.same_task(what, bank, compartment, package).await?.is_some() {
        return Ok(());
    }
    let task = TaskId(Uuid::now_v7());
    tx.append(&Event::TaskRaised { task, what, bank, compartment, package }).await?;
    if what.urgent() {
        told.urgent.push(what);
    }
    Ok(())
}
