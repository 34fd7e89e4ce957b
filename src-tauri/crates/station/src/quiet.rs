//! Quiet hours: what is not urgent waits until they are over.

use crate::deadlines::zone;
use crate::error::InvalidWhy;
use crate::session::{Reader, Staff};
use crate::wire::{QuietHours, Topic, hour, time_of_day};
use crate::{Error, Result};
use domain::PersonId;
use domain::time::Wall;
use notify::NoticeKind;
use store::Tx;

/// Somebody asked for it and stands there, or it perishes.
pub(crate) fn urgent(kind: NoticeKind) -> bool {
    matches!(kind, NoticeKind::CodeReissued | NoticeKind::Expedited)
}

/// When a message may go that would go then.
pub(crate) async fn not_before(
    tx: &mut Tx,
    person: PersonId,
    kind: Option<NoticeKind>,
    at: Wall,
) -> Result<Wall> {
    if kind.is_some_and(urgent) {
        return Ok(at);
    }
    let Some(quiet) = tx.quiet_of(person).await? else { return Ok(at) };
    let zone = zone(tx).await?;
    Ok(quiet.over(at, zone).unwrap_or(at))
}

impl Reader {
    pub(crate) async fn quiet_hours(&self, person: PersonId) -> Result<Option<QuietHours>> {
        let quiet = self.station.inner.store.quiet_of(person).await?;
        Ok(quiet.map(|q| QuietHours { from: hour(q.from), until: hour(q.until) }))
    }
}

impl Staff {
    pub async fn set_quiet_hours(&self, person: PersonId, quiet: Option<QuietHours>) -> Result<()> {
        let read = |field: &str, text: &str| {
            let minutes = time_of_day(text).filter(|minutes| *minutes < 24 * 60);
            minutes.ok_or_else(|| Error::invalid(field, InvalidWhy::Malformed))
        };
        let quiet = match quiet {
            Some(QuietHours { from, until }) => {
                let (from, until) = (read("from", &from)?, read("until", &until)?);
                if from == until {
                    return Err(Error::invalid("until", InvalidWhy::OutOfRange));
                }
                Some(domain::quiet::QuietHours { from, until })
            }
            None => None,
        };
        let mut tx = self.station.begin().await?;
        tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        tx.put_quiet(person, quiet).await?;
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(())
    }
}
