//! Signing in by an identity provider: which member of staff its word stands for.
//!
//! The provider says who somebody is; what they may do is this site's own role, and nobody gets an account by it.

use crate::Result;
use crate::error::Error;
use crate::session::Session;
use crate::start::Station;
use chrono::{DateTime, Utc};
use domain::PersonId;
use domain::event::{AccountPart, Actor, Event};
use sso::{Failed, Identity};
use store::{Account, PersonRow};

/// Why the provider's word signs nobody in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotByProvider {
    #[error("this site has no provider to sign in by")]
    None,
    #[error("{0}")]
    Failed(#[from] Failed),
    /// Nobody of the staff is known by that name or that verified mail address.
    #[error("no active member of staff is known by that name")]
    NotStaff,
    #[error("somebody else came back from the browser")]
    SomebodyElse,
}

impl Station {
    /// What the provider is called, where there is one.
    pub fn provider(&self) -> Option<String> {
        self.inner.secrets().provider().map(sso::Settings::name)
    }

    /// Begins a sign-in in the browser. With `again` the provider asks anew who sits there.
    pub async fn ask_provider(&self, again: bool) -> Result<sso::Attempt> {
        let secrets = self.inner.secrets();
        let provider = secrets.provider().ok_or(Error::NotByProvider(NotByProvider::None))?;
        Ok(provider.begin(again).await.map_err(NotByProvider::Failed)?)
    }

    /// Waits for the browser to come back, and signs in whom the provider vouches for.
    pub async fn sign_in_by_provider(&self, attempt: sso::Attempt) -> Result<Session> {
        let identity = self.identity(attempt).await?;
        let Some(person) = self.vouched(&identity).await? else {
            self.log(&Event::SignInRefused {}).await?;
            return Err(NotByProvider::NotStaff.into());
        };
        self.enter(&person).await
    }

    /// The same, to confirm who sits there: it has to be the same person.
    pub async fn confirm_by_provider(&self, session: &mut Session, identity: &Identity) -> Result<()> {
        let person = self.vouched(identity).await?;
        if person.is_none_or(|p| p.id != session.person) {
            return Err(NotByProvider::SomebodyElse.into());
        }
        self.now_confirmed(session);
        Ok(())
    }

    /// Whom the browser brought back.
    pub async fn identity(&self, attempt: sso::Attempt) -> Result<Identity> {
        let clock = self.inner.clock.clone();
        let now = || DateTime::<Utc>::from_timestamp_millis(clock.wall().0).unwrap_or_default();
        Ok(attempt.answered(now).await.map_err(NotByProvider::Failed)?)
    }

    /// The member of staff that is meant: known by the provider's own name for them, and the first time by a mail
    /// address that the provider has verified.
    async fn vouched(&self, identity: &Identity) -> Result<Option<PersonRow>> {
        let store = &self.inner.store;
        let may = |person: &PersonRow| person.active && person.role.is_staff();
        let subject = (identity.issuer.clone(), identity.subject.clone());
        if let Some(person) = store.person_by_subject(&subject.0, &subject.1).await? {
            return Ok(store.person(person).await?.filter(may));
        }
        let Some(email) = &identity.email else { return Ok(None) };
        let Some(person) = store.person_by_email(email).await?.filter(may) else { return Ok(None) };
        // Somebody is known by one name: another with the same address is another.
        if !self.link(person.id, subject).await? {
            return Ok(None);
        }
        Ok(Some(person))
    }

    async fn link(&self, person: PersonId, subject: (String, String)) -> Result<bool> {
        let mut tx = self.begin().await?;
        let account = tx.account(person).await?;
        if account.subject.is_some() {
            return Ok(false);
        }
        let (what, by) = (AccountPart::SingleSignOn, Actor::Person(person));
        tx.append(&Event::AccountChanged { person, what, given: true, by }).await?;
        tx.put_account(person, &Account { subject: Some(subject), ..account }).await?;
        self.commit(tx).await?;
        Ok(true)
    }
}
