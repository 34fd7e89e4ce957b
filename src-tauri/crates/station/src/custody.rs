//! What follows from a fact about a door: which events are written with it, in the same transaction.
//!
//! Only here does a seen door become custody: stored and collected are written when a door was seen open and then
//! shut, and at no other time.

use crate::channels::Channels;
use crate::codes::{Codes, Prepared};
use crate::secrets::Secrets;
use crate::{Result, credential};
use domain::doors::Fact;
use domain::event::{Actor, AlarmKind, Event, NotOpened, Purpose, TaskKind};
use domain::package::Package;
use domain::time::{DAY, Wall};
use domain::{BankId, CodeId, CompartmentId, DelegationId, OpeningId, PackageId, TaskId};
use std::sync::Arc;
use store::{OpeningRow, PackageRow, Tx};
use uuid::Uuid;

/// How long a code lives beyond the time its package may stay: removal is staff's work, and until then the recipient is served.
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
    pub channels: Arc<Channels>,
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
        let Some(OpeningRow { purpose: Purpose::Pickup, package: Some(package), by, .. }) =
            tx.opening(opening).await?
        else {
            return Ok(());
        };
        for code in tx.codes_of(package).await? {
            // The code of who opens is spent; with it the others open nothing any more.
            let spent = by == Actor::Person(code.holder);
            let code = code.code;
            tx.append(&if spent {
                Event::CodeConsumed { code, package, opening }
            } else {
                Event::CodeRevoked { code, package }
            })
            .await?;
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
                let principal =
                    Some(package.recipient).filter(|r| matches!(row.by, Actor::Person(p) if p != *r));
                tx.append(&Event::Collected { package: id, compartment, opening, by: row.by, principal })
                    .await?;
                crate::leavers::taken_out(tx, id, compartment).await?;
                crate::deadlines::over(tx, id).await?;
            }
            (Purpose::Removal, Package::Stored { .. } | Package::Disputed { .. }) if here => {
                revoke_codes(tx, id).await?;
                tx.append(&Event::Removed { package: id, compartment, opening, by: row.by }).await?;
                crate::leavers::taken_out(tx, id, compartment).await?;
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
        let deadline = crate::deadlines::promise(tx, package).await?;
        tx.append(&Event::Stored { package: package.id, compartment, opening, deadline }).await?;
        crate::deadlines::over(tx, package.id).await?;
        self.tell(tx, package.id, crate::deadlines::stored_kind(package)).await
    }

    /// A new code for a stored package, sealed for its message. No two active codes are alike.
    pub async fn issue(
        &self,
        tx: &mut Tx,
        package: &PackageRow,
        delegation: Option<DelegationId>,
    ) -> Result<Vec<u8>> {
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
            // Holds are added when it is shown; a code issued late lives as long as one that was not.
            let now = tx.stamp().wall;
            let stays = crate::deadlines::stays_until(tx, package).await?;
            let expires = Wall(stays.unwrap_or(now).max(now).0 + CODE_GRACE);
            tx.append(&Event::CodeIssued { code: id, package: package.id, expires, delegation }).await?;
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

/// From now on no code opens this package.
pub(crate) async fn revoke_codes(tx: &mut Tx, package: PackageId) -> Result<()> {
    for code in tx.codes_of(package).await? {
        tx.append(&Event::CodeRevoked { code: code.code, package }).await?;
    }
    Ok(())
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
