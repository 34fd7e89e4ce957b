//! Who is asking, as a type. A [`Staff`] can't be made but from a session or a token that allows it, so a use case
//! that needs staff can't be reached by anyone else.

use crate::start::Station;
use crate::wire::SessionView;
use crate::{Error, Result, credential};
use domain::event::{Actor, Event, Way};
use domain::person::Role;
use domain::{PersonId, TokenId};
use std::sync::OnceLock;
use tokio::sync::Mutex;
use uuid::Uuid;

/// A signed-in member of staff.
#[derive(Clone, Debug)]
pub struct Session {
    person: PersonId,
    role: Role,
    name: String,
    email: String,
}

impl Session {
    pub(crate) fn of(person: &store::PersonRow) -> Session {
        Session {
            person: person.id,
            role: person.role,
            name: person.detail.name.clone(),
            email: person.detail.email.clone().unwrap_or_default(),
        }
    }

    pub fn view(&self) -> SessionView {
        SessionView { name: self.name.clone(), role: self.role.into(), email: self.email.clone() }
    }
}

/// What an API token may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    Read,
    Kiosk,
    Staff,
    Admin,
}

impl Scope {
    pub const ALL: [Scope; 4] = [Scope::Read, Scope::Kiosk, Scope::Staff, Scope::Admin];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Kiosk => "kiosk",
            Scope::Staff => "staff",
            Scope::Admin => "admin",
        }
    }
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// What can be told of a token: not the token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenFacts {
    pub id: TokenId,
    pub scope: String,
    pub made: String,
}

/// An id of the seventh version holds its time.
fn made(token: TokenId) -> String {
    let (seconds, nanos) = token.0.get_timestamp().map_or((0, 0), |t| t.to_unix());
    let millis = i64::try_from(seconds).unwrap_or_default() * 1_000 + i64::from(nanos / 1_000_000);
    crate::clock::rfc3339(domain::time::Wall(millis))
}

/// A recognised API token.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    token: TokenId,
    pub scope: Scope,
}

/// What staff may do.
#[derive(Clone)]
pub struct Staff {
    pub(crate) station: Station,
    pub(crate) by: Actor,
    pub(crate) way: Way,
    /// May give roles and passwords, and change the site.
    pub(crate) admin: bool,
}

/// What an admin may do beyond staff.
#[derive(Clone)]
pub struct Admin(pub(crate) Staff);

impl Admin {
    pub fn staff(&self) -> &Staff {
        &self.0
    }
}

/// Wrong passwords in a row on this node, so that guessing is slow whatever the address.
static FAILURES: OnceLock<Mutex<u32>> = OnceLock::new();

impl Station {
    /// Signs staff in. One answer for every failure.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Session> {
        // One at a time: a hundred guesses at once take as long as a hundred guesses.
        let mut failures = FAILURES.get_or_init(Mutex::default).lock().await;
        let found = self.inner.store.person_by_email(&email.trim().to_lowercase()).await?;
        let hash = found.as_ref().and_then(|p| p.detail.password_hash.clone());
        let secrets = self.inner.secrets();
        let right = credential::matching(&secrets, password, hash.iter().cloned().collect()).await?.is_some();
        // The password is at hand only now: from here on it is kept under the pepper of now.
        let renewed = match hash.filter(|hash| right && !credential::is_current(&secrets, hash)) {
            Some(_) => Some(credential::hash(&secrets, password).await?),
            None => None,
        };
        let mut tx = self.begin().await?;
        match found {
            Some(person) if right && person.active && person.role >= Role::Clerk => {
                *failures = 0;
                tx.append(&Event::SignedIn { person: person.id, way: Way::Session }).await?;
                if let Some(hash) = renewed {
                    tx.put_password_hash(person.id, &hash).await?;
                }
                self.commit(tx).await?;
                Ok(Session::of(&person))
            }
            _ => {
                *failures += 1;
                tx.append(&Event::SignInRefused {}).await?;
                self.commit(tx).await?;
                let wait = std::time::Duration::from_millis(250) * (*failures).min(20);
                tokio::time::sleep(wait).await;
                Err(Error::SignInRefused)
            }
        }
    }

    /// What this session may do now: a person who was made inactive meanwhile may nothing.
    pub async fn as_staff(&self, session: &Session) -> Result<Staff> {
        let person = self.inner.store.person(session.person).await?.ok_or(Error::NotSignedIn)?;
        if !person.active || person.role < Role::Clerk {
            return Err(Error::NotSignedIn);
        }
        Ok(self.staff_for(session.person, Way::Session, person.role == Role::Admin))
    }

    pub async fn as_admin(&self, session: &Session) -> Result<Admin> {
        let staff = self.as_staff(session).await?;
        if staff.admin { Ok(Admin(staff)) } else { Err(Error::NotAllowed) }
    }

    pub(crate) fn staff_for(&self, person: PersonId, way: Way, admin: bool) -> Staff {
        Staff { station: self.clone(), by: Actor::Person(person), way, admin }
    }

    /// Makes a token and returns it: it is kept as a hash and can't be shown again.
    pub async fn create_token(store: &store::Store, stamp: store::Stamp, scope: Scope) -> Result<String> {
        let (token, hash) = credential::new_token()?;
        let id = TokenId(Uuid::now_v7());
        let mut tx = store.begin(stamp).await?;
        tx.append(&Event::TokenCreated { token: id, scope: scope.as_str().into() }).await?;
        tx.put_token(id, &hash).await?;
        tx.commit().await?;
        Ok(token)
    }

    /// Ends a token: whoever holds it is refused from the next request on. Says whether there was such a token.
    pub async fn revoke_token(store: &store::Store, stamp: store::Stamp, token: TokenId) -> Result<bool> {
        if store.tokens().await?.iter().all(|(id, _)| *id != token) {
            return Ok(false);
        }
        let mut tx = store.begin(stamp).await?;
        tx.append(&Event::TokenRevoked { token, by: Actor::System }).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// The tokens that are not revoked: id, scope and when each was made, oldest first.
    pub async fn tokens(store: &store::Store) -> Result<Vec<TokenFacts>> {
        let tokens = store.tokens().await?.into_iter();
        Ok(tokens.map(|(id, scope)| TokenFacts { made: made(id), id, scope }).collect())
    }

    pub async fn access(&self, token: &str) -> Result<Option<Access>> {
        let found = self.inner.store.token(&credential::token_hash(token)).await?;
        Ok(found.and_then(|(token, scope)| Some(Access { token, scope: Scope::parse(&scope)? })))
    }

    /// Is the token still good? For what goes on longer than a request.
    pub async fn holds(&self, access: Access) -> Result<bool> {
        Ok(self.inner.store.tokens().await?.iter().any(|(id, _)| *id == access.token))
    }

    /// Staff's rights of a token.
    pub fn staff_by(&self, access: Access) -> Result<Staff> {
        match access.scope {
            Scope::Staff | Scope::Admin => Ok(Staff {
                station: self.clone(),
                by: Actor::Token(access.token),
                way: Way::Session,
                admin: access.scope == Scope::Admin,
            }),
            Scope::Read | Scope::Kiosk => Err(Error::NotAllowed),
        }
    }
}
