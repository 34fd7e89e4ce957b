//! "I lost my code." A new one goes to where the directory says this person is written to, and nowhere else.
//!
//! Never says whether the number given is anybody's: the answer is the same, and comes at once, whoever asks; what is
//! to be done is done after it.

use super::{Kiosk, Visitor};
use crate::disk::with_room;
use crate::start::Station;
use crate::wire::KioskState;
use crate::{Error, Result};
use domain::event::Event;
use domain::lost::{Asks, may_send};
use domain::policy::WaysIn;
use domain::time::{DAY, SECOND, Wall};
use std::sync::Arc;

/// The setting in which it is kept when each keypad asked.
pub(super) const ASKS: &str = "asks";

/// Fewer digits than these name nobody; more are no number.
const DIGITS: std::ops::RangeInclusive<usize> = 4..=15;

impl Visitor {
    /// `number` is a telephone number or the number the directory knows somebody by.
    pub async fn lost_code(&self, number: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.count_ask(&mut kiosk).await?;
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let (station, keypad) = (self.station.clone(), self.keypad.clone());
        tokio::spawn(async move {
            if let Err(error) = station.replace_codes(&digits, keypad).await {
                tracing::warn!(%error, "a new code that was asked for could not be sent");
            }
        });
        self.show(&kiosk).await
    }

    async fn count_ask(&self, kiosk: &mut Kiosk) -> Result<()> {
        let now = self.station.now();
        let asks: Asks = kiosk.asks.get(&*self.keypad).cloned().unwrap_or_default();
        if let Some(left) = asks.remaining(now) {
            let seconds = u32::try_from((left + SECOND - 1) / SECOND).unwrap_or(u32::MAX);
            return Err(Error::AskedTooOften { seconds });
        }
        kiosk.asks.insert(self.keypad.to_string(), asks.asked(now));
        let text = serde_json::to_string(&kiosk.asks).map_err(store::StoreError::from)?;
        let keep = async || Ok(self.station.inner.store.put_setting(ASKS, &text).await?);
        with_room!(self.station, keep().await)
    }
}

impl Station {
    async fn replace_codes(&self, digits: &str, keypad: Arc<str>) -> Result<()> {
        let store = &self.inner.store;
        let person = match DIGITS.contains(&digits.len()) {
            true => store.person_by_number(digits).await?,
            false => None,
        };
        let now = self.now();
        let before = match person {
            Some(person) => store.codes_asked(person, Wall(now.0 - DAY)).await?,
            None => vec![],
        };
        let mut tx = self.begin().await?;
        tx.append(&Event::CodeAsked { keypad: keypad.to_string(), person }).await?;
        if let Some(person) = person
            && may_send(&before, now)
            && let Some(row) = tx.person(person).await?
            && row.active
            && row.detail.email.is_some()
        {
            let policy = tx.policy().await?;
            for package in tx.inside_for(person).await? {
                let open = package.state.allows(&domain::package::Step::IssueCode).is_ok();
                if open && policy.ways_in_for(&package.handling) != WaysIn::Badge {
                    self.inner.custody().tell(&mut tx, package.id, notify::NoticeKind::CodeReissued).await?;
                }
            }
        }
        self.commit(tx).await?;
        self.people_changed();
        Ok(())
    }
}
