//! The site's policy: read by who signs in, set by admins. Beside it, what it means for who guesses codes.

use crate::error::InvalidWhy;
use crate::session::{Admin, Confirmed, Reader};
use crate::wire::{GuessingView, PolicyPage, PolicyView, Topic};
use crate::{Error, Result};
use domain::event::Event;
use domain::guessing::Guessing;
use domain::policy::{LeaverNotice, Policy};

impl Reader {
    pub async fn policy(&self) -> Result<PolicyPage> {
        let store = &self.station.inner.store;
        let policy = store.policy().await?;
        let named = match policy.leaver_notice {
            LeaverNotice::Person(person) => store.person(person).await?.map(|p| p.detail.name),
            LeaverNotice::Nobody | LeaverNotice::Manager => None,
        };
        let guessing = Guessing::in_force(u32::try_from(store.active_codes().await?).unwrap_or(u32::MAX));
        Ok(PolicyPage { policy: policy.into(), leaver_person_name: named, guessing: guessing.into() })
    }
}

impl Admin {
    pub async fn set_policy(&self, _: &Confirmed, policy: PolicyView) -> Result<()> {
        let policy = Policy::try_from(policy)?;
        if let Some(field) = policy.unsound() {
            return Err(Error::invalid(field, InvalidWhy::OutOfRange));
        }
        let mut tx = self.station.begin().await?;
        if let LeaverNotice::Person(person) = policy.leaver_notice {
            let reader = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
            if !self.station.channels().could_reach(&reader) {
                return Err(Error::invalid("leaverPerson", InvalidWhy::Empty));
            }
        }
        tx.append(&Event::PolicySet { policy, by: self.by }).await?;
        self.station.commit(tx).await?;
        for topic in [Topic::Health, Topic::People, Topic::Kiosk] {
            self.station.inner.changed(topic);
        }
        Ok(())
    }
}

impl From<Guessing> for GuessingView {
    fn from(guessing: Guessing) -> GuessingView {
        GuessingView {
            active_codes: guessing.active_codes,
            tries_a_day: guessing.tries,
            day_one_in: guessing.day_one_in(),
            year_per_million: guessing.year_per_million(),
            kept: guessing.chance_a_day() <= domain::guessing::PROMISED,
            holds_up_to: guessing.holds_up_to(),
        }
    }
}
