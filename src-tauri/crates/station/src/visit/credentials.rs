//! What is shown at a keypad: codes and badges, and the slowing down of who guesses codes.
//!
//! Never says why a credential is refused, and never keeps or logs what was shown.

use super::{Kiosk, Proof, Visitor};
use crate::disk::with_room;
use crate::wire::{KioskState, Topic};
use crate::{Error, Result, credential};
use domain::badge::Badge;
use domain::code::{AccessCode, QR_PREFIX};
use domain::event::{Event, TaskKind, Way};
use domain::throttle::Throttle;
use domain::time::SECOND;
use domain::{PersonId, TaskId};
use std::collections::BTreeMap;
use store::BadgeRow;
use uuid::Uuid;

/// The setting in which each keypad's throttle is kept.
pub(super) const THROTTLE: &str = "throttle";

impl Visitor {
    /// What a scanner or a wedge reader gave: the QR of a notice, or a badge.
    pub async fn scan(&self, text: &str) -> Result<KioskState> {
        if text.trim().starts_with(QR_PREFIX) { self.enter_code(text).await } else { self.badge(text).await }
    }

    pub async fn enter_code(&self, text: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        self.station.door_may_open();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        self.check_throttle(&kiosk, &self.keypad)?;
        let found = match self.verify(text).await? {
            Some((holder, proof)) => self.station.inner.store.person(holder).await?.map(|p| (p, proof)),
            None => None,
        };
        let Some((person, proof)) = found.filter(|(person, _)| person.active) else {
            self.guess_failed(&mut kiosk, &self.keypad, Way::Code).await?;
            return Err(Error::CredentialRefused);
        };
        self.guess_succeeded(&mut kiosk, &self.keypad).await?;
        self.begin_visit(&mut kiosk, &person, proof, acted).await?;
        self.show(&kiosk).await
    }

    pub async fn badge(&self, text: &str) -> Result<KioskState> {
        self.station.in_service()?;
        let acted = self.station.inner.clock.mono();
        self.station.door_may_open();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let found = match Badge::parse(text) {
            Some(badge) => self.station.known_badge(&badge).await?,
            None => None,
        };
        if self.awaited_badge(&mut kiosk, text, found, acted).await? {
            return self.show(&kiosk).await;
        }
        let owner = match found {
            Some(badge) if badge.blocked => {
                self.blocked_shown(&badge).await?;
                None
            }
            Some(badge) => self.station.inner.store.person(badge.person).await?,
            None => None,
        };
        let Some(person) = owner.filter(|p| p.active) else {
            self.refused(Way::Badge).await?;
            return Err(Error::CredentialRefused);
        };
        self.begin_visit(&mut kiosk, &person, Proof::Badge, acted).await?;
        self.show(&kiosk).await
    }

    /// A badge that needs no reader: the virtual bank's.
    pub(crate) async fn tap(&self, person: PersonId) -> Result<()> {
        let acted = self.station.inner.clock.mono();
        let mut kiosk = self.station.inner.kiosk.lock().await;
        let person = self.station.inner.store.person(person).await?.filter(|p| p.active);
        let person = person.ok_or(Error::CredentialRefused)?;
        if self.awaited_person(&mut kiosk, person.id, acted).await? {
            return Ok(());
        }
        self.begin_visit(&mut kiosk, &person, Proof::Badge, acted).await
    }

    /// A lost badge was shown. Whoever shows it is told no more than with any other.
    pub(super) async fn blocked_shown(&self, badge: &BadgeRow) -> Result<()> {
        let (station, what) = (&self.station, TaskKind::BlockedBadge);
        let keypad = self.keypad.to_string();
        let shown = async || {
            let mut tx = station.begin().await?;
            let shown =
                Event::BlockedBadgeShown { badge: badge.id, person: badge.person, keypad: keypad.clone() };
            tx.append(&shown).await?;
            if tx.same_task(what, None, None, None).await?.is_none() {
                let task = TaskId(Uuid::now_v7());
                let raised = Event::TaskRaised { task, what, bank: None, compartment: None, package: None };
                tx.append(&raised).await?;
                if let Some(owner) = tx.person(badge.person).await? {
                    tx.put_task_detail(task, &owner.detail.name).await?;
                }
            }
            station.commit(tx).await
        };
        with_room!(station, shown().await)?;
        station.inner.changed(Topic::Tasks);
        Ok(())
    }

    /// Whose code it is, if it is active and right.
    async fn verify(&self, text: &str) -> Result<Option<(PersonId, Proof)>> {
        let secrets = self.station.inner.secrets();
        let store = &self.station.inner.store;
        let code = AccessCode::parse(text);
        let digits = code.as_ref().map_or("", AccessCode::digits);
        let candidates = match code {
            Some(_) => store.codes_tagged(&secrets.code_tags(digits)).await?,
            None => Vec::new(),
        };
        let hashes = candidates.iter().map(|c| c.hash.clone()).collect();
        let Some(found) =
            credential::matching(&secrets, digits, hashes).await?.and_then(|i| candidates.get(i))
        else {
            return Ok(None);
        };
        let now = self.station.now();
        let proof = Proof::Code { package: found.package, delegated: found.delegated };
        Ok((now <= found.expires).then_some((found.holder, proof)))
    }

    pub(super) fn check_throttle(&self, kiosk: &Kiosk, key: &str) -> Result<()> {
        match self.locked(kiosk, key) {
            Some(seconds) => Err(Error::Throttled { seconds }),
            None => Ok(()),
        }
    }

    /// Seconds until a code may be tried again at this keypad, or a PIN of this account.
    pub(super) fn locked(&self, kiosk: &Kiosk, key: &str) -> Option<u32> {
        let (throttle, began) = kiosk.throttles.get(key)?;
        let left = throttle.remaining(*began, self.station.inner.clock.mono(), self.station.now())?;
        u32::try_from((left + SECOND - 1) / SECOND).ok()
    }

    pub(super) async fn guess_failed(&self, kiosk: &mut Kiosk, key: &str, way: Way) -> Result<()> {
        let (throttle, _) = kiosk.throttles.remove(key).unwrap_or_default();
        let throttle = throttle.failed(self.station.now());
        kiosk.throttles.insert(key.to_owned(), (throttle, self.station.inner.clock.mono()));
        self.keep_throttles(kiosk).await?;
        self.refused(way).await
    }

    pub(super) async fn guess_succeeded(&self, kiosk: &mut Kiosk, key: &str) -> Result<()> {
        match kiosk.throttles.get_mut(key) {
            Some((throttle, _)) if throttle.row > 0 => {
                *throttle = std::mem::take(throttle).succeeded();
                self.keep_throttles(kiosk).await
            }
            _ => Ok(()),
        }
    }

    async fn keep_throttles(&self, kiosk: &Kiosk) -> Result<()> {
        let kept: BTreeMap<&str, &Throttle> =
            kiosk.throttles.iter().map(|(k, (t, _))| (k.as_str(), t)).collect();
        let text = serde_json::to_string(&kept).map_err(store::StoreError::from)?;
        let keep = async || Ok(self.station.inner.store.put_setting(THROTTLE, &text).await?);
        with_room!(self.station, keep().await)
    }

    pub(super) async fn refused(&self, way: Way) -> Result<()> {
        let event = Event::CredentialRefused { keypad: self.keypad.to_string(), way };
        with_room!(self.station, self.station.log(&event).await)
    }
}
