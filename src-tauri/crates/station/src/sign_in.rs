//! Signing in at the mailroom: a mail address and a password, then a second factor from whom the policy asks one.
//!
//! Must never say which of the two was wrong, answer sooner for a name it does not know, or let a stranger shut an
//! account for good: guesses at one account wait longer and longer, up to a quarter of an hour, and no further.

use crate::error::InvalidWhy;
use crate::outside::Pace;
use crate::session::Session;
use crate::start::Station;
use crate::totp::{self, Offer};
use crate::{Error, Result, Secrets, credential};
use domain::PersonId;
use domain::event::{Event, Way};
use domain::person::Role;
use domain::throttle::Throttle;
use domain::time::{MINUTE, Mono, SECOND};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use store::{Account, PersonRow, Store};

const SETTING: &str = "sign_in";
/// Addresses whose wrong tries are remembered: those tried longest ago are forgotten first.
const REMEMBERED: usize = 500;
/// How long whoever gave a right password may take to give the second factor.
const HALF: i64 = 5 * MINUTE;
/// What each wrong try on this node adds to the answer's time, and how much at most.
const PAUSE: Duration = Duration::from_millis(100);
const PAUSES: u32 = 50;

/// Wrong tries, per account and on this node. Kept over restarts; a wait that was running begins again.
#[derive(Default)]
pub(crate) struct Gate {
    kept: Kept,
    began: BTreeMap<String, Mono>,
}

#[derive(Default, Serialize, Deserialize)]
struct Kept {
    /// By a keyed hash of the address: whether there is such an account must not be seen, here neither.
    accounts: BTreeMap<String, Tries>,
    /// In a row, whatever the address.
    node: u32,
    /// Counts on, to know what is oldest.
    turn: u64,
}

#[derive(Default, Serialize, Deserialize)]
struct Tries {
    throttle: Throttle,
    turn: u64,
}

impl Gate {
    pub async fn read(store: &Store, now: Mono) -> Result<Gate> {
        let kept: Kept = store
            .setting(SETTING)
            .await?
            .and_then(|text| serde_json::from_str(&text).ok())
            .unwrap_or_default();
        let began = kept.accounts.keys().map(|who| (who.clone(), now)).collect();
        Ok(Gate { kept, began })
    }

    fn check(&self, who: &str, now: Mono) -> Result<()> {
        let Some((tries, began)) = self.kept.accounts.get(who).zip(self.began.get(who)) else {
            return Ok(());
        };
        match tries.throttle.waiting(*began, now) {
            Some(left) => Err(Error::Throttled {
                seconds: u32::try_from((left + SECOND - 1) / SECOND).unwrap_or(u32::MAX),
            }),
            None => Ok(()),
        }
    }

    fn failed(&mut self, who: &str, station: &Station) {
        let kept = &mut self.kept;
        kept.node = kept.node.saturating_add(1);
        kept.turn += 1;
        let tries = kept.accounts.entry(who.to_owned()).or_default();
        tries.turn = kept.turn;
        tries.throttle = std::mem::take(&mut tries.throttle).failed(station.now());
        // The day's count is for keypads.
        tries.throttle.day.clear();
        self.began.insert(who.to_owned(), station.inner.clock.mono());
        while kept.accounts.len() > REMEMBERED {
            let oldest = kept.accounts.iter().min_by_key(|(_, t)| t.turn).map(|(who, _)| who.clone());
            let Some(oldest) = oldest else { break };
            kept.accounts.remove(&oldest);
            self.began.remove(&oldest);
        }
    }

    /// Forgets the wrong tries at this account. Was there anything to forget?
    fn succeeded(&mut self, who: &str) -> bool {
        let had = self.kept.accounts.remove(who).is_some() || self.kept.node > 0;
        self.began.remove(who);
        self.kept.node = 0;
        had
    }
}

fn tag(secrets: &Secrets, address: &str) -> String {
    let hash = secrets.pepper().hash(address.as_bytes());
    hex::encode(hash.first_chunk::<16>().map_or(&[][..], |name| name))
}

/// What came of a right password.
#[derive(Debug)]
pub enum Entry {
    In(Session),
    Half(Half),
}

/// Whoever gave a right password, and owes the second factor. May nothing else.
#[derive(Clone, Debug)]
pub struct Half {
    person: PersonId,
    address: String,
    until: Mono,
    /// They have none yet and must: the key that is offered.
    offer: Option<Offer>,
}

impl Half {
    /// The key to enrol, where there is one to enrol.
    pub fn offer(&self) -> Option<&Offer> {
        self.offer.as_ref()
    }
}

impl Station {
    /// Signs staff in. One answer for every failure.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Entry> {
        let address = email.trim().to_lowercase();
        let found = self.inner.store.person_by_email(&address).await?;
        let person = self.judged(&address, found, password).await?;
        let account = self.inner.store.account(person.id).await?;
        let owes = account.totp_sealed.is_some();
        let must = person.role == Role::Admin && self.inner.store.policy().await?.totp_for_admins;
        if !owes && !must {
            return self.enter(&person).await.map(Entry::In);
        }
        let offer = if owes { None } else { Some(totp::offer(&self.site_name().await?, &address)?) };
        let until = Mono(self.inner.clock.mono().0 + HALF);
        Ok(Entry::Half(Half { person: person.id, address, until, offer }))
    }

    /// The person, if the password is theirs. Slow for all whose password is wrong.
    async fn judged(&self, address: &str, found: Option<PersonRow>, password: &str) -> Result<PersonRow> {
        let secrets = self.inner.secrets();
        let who = tag(&secrets, address);
        // One at a time: a hundred guesses at once take as long as a hundred guesses.
        let mut gate = self.inner.gate.lock().await;
        gate.check(&who, self.inner.clock.mono())?;
        let hash = match &found {
            Some(person) => self.inner.store.account(person.id).await?.password_hash,
            None => None,
        };
        let right = credential::matching(&secrets, password, hash.iter().cloned().collect()).await?.is_some();
        match found.filter(|person| right && person.active && person.role.is_staff()) {
            Some(person) => {
                // Somebody who still owes the second factor has not got through: their wrong tries count on.
                if self.inner.store.account(person.id).await?.totp_sealed.is_none() && gate.succeeded(&who) {
                    self.keep_gate(&gate).await?;
                }
                // The password is at hand only now: from here on it is kept under the pepper of now.
                if hash.is_some_and(|hash| !credential::is_current(&secrets, &hash)) {
                    let renewed = credential::hash(&secrets, password).await?;
                    self.renew(person.id, |account| account.password_hash = Some(renewed)).await?;
                }
                Ok(person)
            }
            None => {
                self.sign_in_failed(&mut gate, &who).await?;
                Err(Error::SignInRefused)
            }
        }
    }

    /// The same password or PIN, hashed anew.
    pub(crate) async fn renew(&self, person: PersonId, change: impl FnOnce(&mut Account)) -> Result<()> {
        let mut tx = self.begin().await?;
        let mut account = tx.account(person).await?;
        change(&mut account);
        tx.put_account(person, &account).await?;
        self.commit(tx).await
    }

    async fn sign_in_failed(&self, gate: &mut Gate, who: &str) -> Result<()> {
        gate.failed(who, self);
        self.keep_gate(gate).await?;
        self.log(&Event::SignInRefused {}).await?;
        if self.inner.pace == Pace::Timers {
            tokio::time::sleep(PAUSE * gate.kept.node.min(PAUSES)).await;
        }
        Ok(())
    }

    async fn keep_gate(&self, gate: &Gate) -> Result<()> {
        let text = serde_json::to_string(&gate.kept).map_err(store::StoreError::from)?;
        Ok(self.inner.store.put_setting(SETTING, &text).await?)
    }

    /// Wrong tries at this account are forgotten: its password is another one now.
    pub(crate) async fn forgive(&self, address: &str) -> Result<()> {
        let mut gate = self.inner.gate.lock().await;
        if gate.succeeded(&tag(&self.inner.secrets(), address)) {
            self.keep_gate(&gate).await
        } else {
            Ok(())
        }
    }

    pub(crate) async fn enter(&self, person: &PersonRow) -> Result<Session> {
        let mut tx = self.begin().await?;
        tx.append(&Event::SignedIn { person: person.id, way: Way::Session }).await?;
        let account = tx.account(person.id).await?;
        let signed_in = Some(tx.stamp().wall);
        tx.put_account(person.id, &Account { signed_in, ..account }).await?;
        self.commit(tx).await?;
        Ok(Session::of(person, self.inner.clock.mono()))
    }

    /// The second step of a sign-in: the code that the phone shows, or a recovery code.
    pub async fn second_factor(&self, half: &Half, code: &str) -> Result<Session> {
        let person = self.owed(half).await?;
        if half.offer.is_some() {
            return Err(Error::SignInRefused);
        }
        self.show_factor(&half.address, person.id, code).await?;
        self.enter(&person).await
    }

    /// The first code of a key that an admin had to enrol: they are in, with codes for when the phone is lost.
    pub async fn enrol_at_sign_in(&self, half: &Half, code: &str) -> Result<(Session, Vec<String>)> {
        let person = self.owed(half).await?;
        let offer = half.offer.as_ref().ok_or(Error::SignInRefused)?;
        let codes = self.enrol(person.id, offer, code).await?;
        Ok((self.enter(&person).await?, codes))
    }

    async fn owed(&self, half: &Half) -> Result<PersonRow> {
        if self.inner.clock.mono() > half.until {
            return Err(Error::NotSignedIn);
        }
        let person = self.inner.store.person(half.person).await?;
        person.filter(|p| p.active && p.role.is_staff()).ok_or(Error::NotSignedIn)
    }

    /// Takes a code of the second factor, once; counts a wrong one as a wrong try at the account.
    pub(crate) async fn show_factor(&self, address: &str, person: PersonId, code: &str) -> Result<()> {
        let who = tag(&self.inner.secrets(), address);
        let mut gate = self.inner.gate.lock().await;
        gate.check(&who, self.inner.clock.mono())?;
        if !self.take_factor(person, code).await? {
            self.sign_in_failed(&mut gate, &who).await?;
            return Err(Error::FactorRefused);
        }
        if gate.succeeded(&who) {
            self.keep_gate(&gate).await?;
        }
        Ok(())
    }

    /// Is this their password? Wrong ones count as at the sign-in.
    pub(crate) async fn show_password(&self, person: PersonId, password: &str) -> Result<PersonRow> {
        let row = self.inner.store.person(person).await?.ok_or(Error::NotSignedIn)?;
        let address = row.detail.email.clone().unwrap_or_default();
        self.judged(&address, Some(row), password).await
    }

    pub(crate) async fn hashed_password(
        &self,
        about: &PersonRow,
        field: &str,
        password: &str,
    ) -> Result<String> {
        let site = self.site_name().await?;
        let detail = &about.detail;
        let known: Vec<&str> = [
            Some(site.as_str()),
            Some(detail.name.as_str()),
            detail.formal_name.as_deref(),
            detail.aliases.as_deref(),
            detail.email.as_deref(),
            detail.phone.as_deref(),
        ]
        .into_iter()
        .flatten()
        .collect();
        if domain::password::guessable(password, &known) {
            return Err(Error::invalid(field, InvalidWhy::Guessable));
        }
        crate::people::hash_password_of(&self.inner.secrets(), field, password, crate::people::PASSWORD_MIN)
            .await
    }
}
