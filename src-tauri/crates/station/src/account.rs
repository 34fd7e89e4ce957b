//! How staff sign in, as they and their admins keep it: passwords, PINs, second factors, roles.
//!
//! Must never show a hash or a key that is in use, and must never leave a site without an admin.

use crate::clock::rfc3339;
use crate::error::InvalidWhy;
use crate::session::{Admin, Confirmed, Session};
use crate::start::Station;
use crate::totp::{self, Offer};
use crate::wire::{AccountView, FactorOffer, SignInPolicy, StaffRow, Topic};
use crate::{Error, Reader, Result, credential};
use domain::PersonId;
use domain::event::{AccountPart, Actor, Event};
use domain::person::Role;
use domain::policy::Policy;
use domain::{Refusal, directory::Source};
use std::ops::RangeInclusive;
use store::{Account, PersonRow, Tx};

/// Digits of a PIN for the kiosk.
const PIN: RangeInclusive<usize> = 6..=12;
/// Minutes until an unused window locks; 0 is never.
const IDLE_MAX: u16 = 8 * 60;

impl Offer {
    pub fn view(&self) -> Result<FactorOffer> {
        let qr = notify::qr_rows(self.uri()).map_err(|e| Error::Internal(e.to_string()))?;
        Ok(FactorOffer { key: self.key().to_owned(), qr })
    }
}

/// One's own account. Each method asks for the proof that it is oneself.
impl Station {
    pub async fn my_account(&self, session: &Session) -> Result<AccountView> {
        let _: Reader = self.rights(session).await?;
        let account = self.inner.store.account(session.person).await?;
        Ok(AccountView {
            password: account.password_hash.is_some(),
            pin: account.pin_hash.is_some(),
            totp: account.totp_sealed.is_some(),
            recovery_left: u32::try_from(account.recovery.len()).unwrap_or(u32::MAX),
            provider: account.subject.map(|(issuer, _)| issuer),
        })
    }

    pub async fn set_my_password(&self, session: &Session, _: &Confirmed, password: &str) -> Result<()> {
        let _: Reader = self.rights(session).await?;
        let me = self.inner.store.person(session.person).await?.ok_or(Error::NotSignedIn)?;
        let hash = self.hashed_password(&me, "password", password).await?;
        self.change_account(session.person, AccountPart::Password, true, me_by(session), |account| {
            account.password_hash = Some(hash);
        })
        .await
    }

    /// The PIN for the kiosk, after the badge.
    pub async fn set_my_pin(&self, session: &Session, _: &Confirmed, pin: &str) -> Result<()> {
        let _: Reader = self.rights(session).await?;
        if !pin.chars().all(|c| c.is_ascii_digit()) {
            return Err(Error::invalid("pin", InvalidWhy::Malformed));
        }
        match pin.len() {
            n if n < *PIN.start() => return Err(Error::invalid("pin", InvalidWhy::TooShort)),
            n if n > *PIN.end() => return Err(Error::invalid("pin", InvalidWhy::TooLong)),
            _ => {}
        }
        if domain::password::guessable_pin(pin) {
            return Err(Error::invalid("pin", InvalidWhy::Guessable));
        }
        let hash = credential::hash(&self.inner.secrets(), pin).await?;
        self.change_account(session.person, AccountPart::Pin, true, me_by(session), |account| {
            account.pin_hash = Some(hash);
        })
        .await
    }

    /// Offers a key for a second factor. It counts once its first code was typed.
    pub async fn offer_factor(&self, session: &mut Session, _: &Confirmed) -> Result<FactorOffer> {
        let _: Reader = self.rights(session).await?;
        let offer = totp::offer(&self.site_name().await?, &session.email)?;
        let view = offer.view()?;
        session.offer = Some(offer);
        Ok(view)
    }

    /// Takes the offered key into use. Returns the recovery codes, which are shown once.
    pub async fn enrol_factor(&self, session: &mut Session, code: &str) -> Result<Vec<String>> {
        let _: Reader = self.rights(session).await?;
        let offer = session.offer.clone().ok_or(Error::FactorRefused)?;
        let codes = self.enrol(session.person, &offer, code).await?;
        session.offer = None;
        self.inner.changed(Topic::People);
        Ok(codes)
    }

    pub async fn new_recovery_codes(&self, session: &Session, _: &Confirmed) -> Result<Vec<String>> {
        let _: Reader = self.rights(session).await?;
        if self.inner.store.account(session.person).await?.totp_sealed.is_none() {
            return Err(Refusal::WrongState.into());
        }
        let (codes, hashes) = self.recovery_codes().await?;
        self.change_account(session.person, AccountPart::Recovery, true, me_by(session), |account| {
            account.recovery = hashes;
        })
        .await?;
        Ok(codes)
    }

    async fn change_account(
        &self,
        person: PersonId,
        what: AccountPart,
        given: bool,
        by: Actor,
        change: impl FnOnce(&mut Account),
    ) -> Result<()> {
        let mut tx = self.begin().await?;
        tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        changed(&mut tx, person, what, given, by, change).await?;
        self.commit(tx).await?;
        self.inner.changed(Topic::People);
        Ok(())
    }
}

fn me_by(session: &Session) -> Actor {
    Actor::Person(session.person)
}

async fn changed(
    tx: &mut Tx,
    person: PersonId,
    what: AccountPart,
    given: bool,
    by: Actor,
    change: impl FnOnce(&mut Account),
) -> Result<()> {
    tx.append(&Event::AccountChanged { person, what, given, by }).await?;
    let mut account = tx.account(person).await?;
    change(&mut account);
    Ok(tx.put_account(person, &account).await?)
}

impl Admin {
    /// Everybody who signs in, or did.
    pub async fn staff(&self) -> Result<Vec<StaffRow>> {
        let store = &self.station.inner.store;
        let mut rows = Vec::new();
        for person in store.staff().await? {
            let account = store.account(person.id).await?;
            rows.push(StaffRow {
                id: person.id.to_string(),
                name: person.detail.name,
                email: person.detail.email,
                role: person.role.into(),
                active: person.active,
                signed_in_at: account.signed_in.map(rfc3339),
                password: account.password_hash.is_some(),
                pin: account.pin_hash.is_some(),
                totp: account.totp_sealed.is_some(),
                provider: account.subject.is_some(),
                badge: person.has_badge,
            });
        }
        Ok(rows)
    }

    /// Makes somebody staff of another kind, or a recipient again, who then signs in to nothing.
    pub async fn set_role(&self, _: &Confirmed, person: PersonId, role: Role) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        if role != Role::Admin {
            self.another_admin(&row).await?;
        }
        tx.append(&Event::PersonChanged { person, role, active: row.active, by: self.by }).await?;
        if role == Role::Recipient {
            let account = tx.account(person).await?;
            let was = account != Account::default();
            if was {
                changed(&mut tx, person, AccountPart::Password, false, self.by, |account| {
                    *account = Account::default();
                })
                .await?;
            }
        }
        self.done(tx).await
    }

    pub async fn set_password(&self, _: &Confirmed, person: PersonId, password: &str) -> Result<()> {
        let row = self.station.inner.store.person(person).await?.ok_or(Error::NotFound("person"))?;
        let hash = self.station.hashed_password(&row, "password", password).await?;
        let mut tx = self.station.begin().await?;
        changed(&mut tx, person, AccountPart::Password, true, self.by, |account| {
            account.password_hash = Some(hash);
        })
        .await?;
        self.done(tx).await?;
        self.station.forgive(row.detail.email.as_deref().unwrap_or_default()).await
    }

    /// For who lost the phone and the recovery codes: they sign in by password and enrol anew.
    pub async fn reset_factor(&self, _: &Confirmed, person: PersonId) -> Result<()> {
        self.take_away(person, AccountPart::Totp, |account| {
            account.totp_sealed = None;
            account.recovery.clear();
        })
        .await
    }

    pub async fn reset_pin(&self, _: &Confirmed, person: PersonId) -> Result<()> {
        self.take_away(person, AccountPart::Pin, |account| account.pin_hash = None).await
    }

    async fn take_away(
        &self,
        person: PersonId,
        what: AccountPart,
        change: impl FnOnce(&mut Account),
    ) -> Result<()> {
        let mut tx = self.station.begin().await?;
        tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        changed(&mut tx, person, what, false, self.by, change).await?;
        self.done(tx).await
    }

    pub async fn sign_in_policy(&self) -> Result<SignInPolicy> {
        let policy = self.station.inner.store.policy().await?;
        Ok(SignInPolicy { idle_minutes: policy.idle_minutes, totp_for_admins: policy.totp_for_admins })
    }

    pub async fn set_sign_in_policy(&self, _: &Confirmed, wanted: &SignInPolicy) -> Result<()> {
        if wanted.idle_minutes > IDLE_MAX {
            return Err(Error::invalid("idleMinutes", InvalidWhy::OutOfRange));
        }
        let before = self.station.inner.store.policy().await?;
        let policy =
            Policy { idle_minutes: wanted.idle_minutes, totp_for_admins: wanted.totp_for_admins, ..before };
        let mut tx = self.station.begin().await?;
        tx.append(&Event::PolicySet { policy, by: self.by }).await?;
        self.done(tx).await
    }

    /// Ends what somebody may here, or lets them in again. What a directory says of them goes before.
    pub async fn set_active(&self, _: &Confirmed, person: PersonId, active: bool) -> Result<()> {
        let mut tx = self.station.begin().await?;
        let row = tx.person(person).await?.ok_or(Error::NotFound("person"))?;
        if !active {
            self.another_admin(&row).await?;
        }
        let words = tx.sources_of(person).await?;
        let mut record =
            words.into_iter().find(|w| w.source == Source::Hand).map(|w| w.record).unwrap_or_default();
        record.active = (!active).then_some(false);
        crate::directory::take_in(&mut tx, Some(person), crate::people::by_hand(record), self.by).await?;
        self.done(tx).await
    }

    /// Is there another who can administer, if this one no longer does?
    async fn another_admin(&self, row: &PersonRow) -> Result<()> {
        let staff = self.station.inner.store.staff().await?;
        let other = staff.iter().any(|p| p.role == Role::Admin && p.active && p.id != row.id);
        if row.role == Role::Admin && row.active && !other { Err(Refusal::LastAdmin.into()) } else { Ok(()) }
    }

    async fn done(&self, tx: Tx) -> Result<()> {
        self.station.commit(tx).await?;
        self.station.inner.changed(Topic::People);
        Ok(())
    }
}
