//! Who is asking, as a type. A [`Staff`] can't be made but from a session or a token that allows it, so a use case
//! that needs staff can't be reached by anyone else.

use crate::start::Station;
use crate::wire::SessionView;
use crate::{Error, Result, credential};
use domain::event::{Actor, Event, Way};
use domain::person::{Right, Role};
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
    /// An identity provider that provisions people, and nothing else.
    Directory,
}

impl Scope {
    pub const ALL: [Scope; 5] = [Scope::Read, Scope::Kiosk, Scope::Staff, Scope::Admin, Scope::Directory];

    pub fn as_str(self) -> &'static str {
        match self {
            Scope::Read => "read",
            Scope::Kiosk => "kiosk",
            Scope::Staff => "staff",
            Scope::Admin => "admin",
            Scope::Directory => "directory",
        }
    }
    pub fn parse(text: &str) -> Option<Scope> {
        Scope::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// A recognised API token.
#[derive(Clone, Copy, Debug)]
pub struct Access {
    token: TokenId,
    pub scope: Scope,
}

impl Access {
    pub(crate) fn by(self) -> Actor {
        Actor::Token(self.token)
    }
}

/// What everybody who signs in may do: look.
#[derive(Clone)]
pub struct Reader {
    pub(crate) station: Station,
    pub(crate) by: Actor,
    pub(crate) way: Way,
    pub(crate) role: Role,
}

/// Each may what the one within may, and more. Made in [`Reader::rise`] and nowhere else.
macro_rules! rights {
    ($($(#[$doc:meta])* $name:ident($within:ident) = $right:ident),* $(,)?) => { $(
        $(#[$doc])*
        #[derive(Clone)]
        pub struct $name($within);

        impl std::ops::Deref for $name {
            type Target = $within;
            fn deref(&self) -> &$within { &self.0 }
        }

        impl Rise for $name {
            fn of(reader: Reader) -> Result<$name> {
                if reader.role.may(Right::$right) { Ok($name($within::of(reader)?)) } else { Err(Error::NotAllowed) }
            }
        }
    )* };
}

/// A right made from who asks, or refused.
pub trait Rise: Sized {
    fn of(reader: Reader) -> Result<Self>;
}

impl Rise for Reader {
    fn of(reader: Reader) -> Result<Reader> {
        if reader.role.may(Right::Look) { Ok(reader) } else { Err(Error::NotAllowed) }
    }
}

rights! {
    /// What a clerk may: the work of the room.
    Staff(Reader) = Work,
    /// What a supervisor may beyond a clerk.
    Supervisor(Staff) = Supervise,
    /// What an admin may beyond a supervisor.
    Admin(Supervisor) = Administer,
    /// What an auditor may: read and export the record.
    Auditor(Reader) = Audit,
}

/// Wrong passwords in a row on this node, so that guessing is slow whatever the address.
static FAILURES: OnceLock<Mutex<u32>> = OnceLock::new();

impl Station {
    /// Signs staff in. One answer for every failure.
    pub async fn sign_in(&self, email: &str, password: &str) -> Result<Session> {
        // One at a time: a hundred guesses at once take as long as a hundred guesses.
        let mut failures = FAILURES.get_or_init(Mutex::default).lock().await;
        let found = self.inner.store.person_by_email(&email.trim().to_lowercase()).await?;
        let hash = match &found {
            Some(person) => self.inner.store.account(person.id).await?.password_hash,
            None => None,
        };
        let right = credential::matching(&self.inner.secrets(), password, hash.into_iter().collect())
            .await?
            .is_some();
        let mut tx = self.begin().await?;
        match found {
            Some(person) if right && person.active && person.role.is_staff() => {
                *failures = 0;
                tx.append(&Event::SignedIn { person: person.id, way: Way::Session }).await?;
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

    /// What this session may do now, by the role its person has now: who was made inactive meanwhile may nothing.
    pub async fn rights<R: Rise>(&self, session: &Session) -> Result<R> {
        let person = self.inner.store.person(session.person).await?.ok_or(Error::NotSignedIn)?;
        if !person.active || !person.role.is_staff() {
            return Err(Error::NotSignedIn);
        }
        R::of(self.reader(Actor::Person(session.person), Way::Session, person.role))
    }

    pub async fn as_staff(&self, session: &Session) -> Result<Staff> {
        self.rights(session).await
    }

    pub async fn as_admin(&self, session: &Session) -> Result<Admin> {
        self.rights(session).await
    }

    pub(crate) fn reader(&self, by: Actor, way: Way, role: Role) -> Reader {
        Reader { station: self.clone(), by, way, role }
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

    pub async fn access(&self, token: &str) -> Result<Option<Access>> {
        let found = self.inner.store.token(&credential::token_hash(token)).await?;
        Ok(found.and_then(|(token, scope)| Some(Access { token, scope: Scope::parse(&scope)? })))
    }

    /// What a token may do. A token is nobody's: what asks for a person is not among it.
    pub fn rights_by<R: Rise>(&self, access: Access) -> Result<R> {
        let role = match access.scope {
            Scope::Read => Role::Auditor,
            Scope::Staff => Role::Clerk,
            Scope::Admin => Role::Admin,
            Scope::Kiosk | Scope::Directory => return Err(Error::NotAllowed),
        };
        R::of(self.reader(Actor::Token(access.token), Way::Session, role))
    }

    pub fn staff_by(&self, access: Access) -> Result<Staff> {
        self.rights_by(access)
    }
}
