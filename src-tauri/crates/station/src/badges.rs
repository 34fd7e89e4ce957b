//! Badges one by one: given, lost, found again, taken. By staff here; by the recipient at the kiosk in `visit::own`.
//!
//! A badge is somebody's or nobody's: a number that is known already is refused, whoever has it.

use crate::directory::{Word, take_in, unhex};
use crate::error::InvalidWhy;
use crate::session::Staff;
use crate::{Error, Result, Secrets};
use domain::badge::Badge;
use domain::directory::Source;
use domain::event::{Actor, Event};
use domain::{BadgeId, PersonId};
use store::Tx;

/// One more badge for this person, beside those a directory names.
pub(crate) async fn give(
    tx: &mut Tx,
    secrets: &Secrets,
    person: PersonId,
    number: &str,
    by: Actor,
) -> Result<()> {
    let badge = Badge::parse(number).ok_or_else(|| Error::invalid("badge", InvalidWhy::Malformed))?;
    let hash = secrets.badge_hash(&badge);
    if tx.badge_by_hash(&hash).await?.is_some() {
        return Err(Error::invalid("badge", InvalidWhy::Taken));
    }
    by_hand(tx, person, by, |badges| badges.push(hex::encode(hash))).await
}

/// Lost: from now on it opens nothing. Taken back where it was found.
pub(crate) async fn block(tx: &mut Tx, badge: BadgeId, blocked: bool, by: Actor) -> Result<PersonId> {
    let row = tx.badge(badge).await?.ok_or(Error::NotFound("badge"))?;
    let person = row.person;
    if row.blocked != blocked {
        tx.append(&if blocked {
            Event::BadgeBlocked { badge, person, by }
        } else {
            Event::BadgeUnblocked { badge, person, by }
        })
        .await?;
    }
    Ok(person)
}

/// Changes what staff themselves say of somebody's badges.
async fn by_hand(
    tx: &mut Tx,
    person: PersonId,
    by: Actor,
    change: impl FnOnce(&mut Vec<String>),
) -> Result<()> {
    let words = tx.sources_of(person).await?;
    let known = words.into_iter().find(|w| w.source == Source::Hand);
    let (external_id, raw) =
        known.as_ref().map(|w| (w.external_id.clone(), w.raw.clone())).unwrap_or_default();
    let mut record = known.map(|w| w.record).unwrap_or_default();
    let mut badges = record.badges.take().unwrap_or_default();
    change(&mut badges);
    record.badges = (!badges.is_empty()).then_some(badges);
    let word = Word { source: Source::Hand, external_id, record, raw };
    take_in(tx, Some(person), word, by).await?;
    Ok(())
}

impl Staff {
    pub async fn give_badge(&self, person: PersonId, number: &str) -> Result<()> {
        self.station.renew_numbers(&[number.to_owned()]).await?;
        let secrets = self.station.inner.secrets();
        let mut tx = self.station.begin().await?;
        tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        give(&mut tx, &secrets, person, number, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(())
    }

    pub async fn block_badge(&self, badge: BadgeId, blocked: bool) -> Result<()> {
        let mut tx = self.station.begin().await?;
        block(&mut tx, badge, blocked, self.by).await?;
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(())
    }

    /// Takes a badge that staff gave. What a directory names stays as the directory says; it can be blocked.
    pub async fn take_badge(&self, badge: BadgeId) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.badge(badge).await?.ok_or(Error::NotFound("badge"))?;
        let hash = tx.badge_hash(badge).await?.map(hex::encode).unwrap_or_default();
        by_hand(&mut tx, row.person, self.by, |badges| badges.retain(|b| *b != hash)).await?;
        if tx.badge_by_hash(&unhex(&hash)).await?.is_some() {
            return Err(Error::NotAllowed);
        }
        self.station.commit(tx).await?;
        self.station.people_changed();
        Ok(())
    }
}
