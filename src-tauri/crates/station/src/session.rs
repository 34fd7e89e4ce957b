//! Who is asking, as a type. A [`Staff`] can't be made but from a session or a token that allows it, so a use case
//! that needs staff can't be reached by anyone else.

use crate::start::Station;
use crate::totp::Offer;
use crate::wire::SessionView;
use crate::{Error, Result, credential};
use domain::event::{Actor, Event, Way};
use domain::person::{Right, Role};
use domain::time::{MINUTE, Mono};
use domain::{PersonId, TokenId};
use store::PersonRow;
use uuid::Uuid;

/// A signed-in member of staff, at one window.
#[derive(Clone, Debug)]
pub struct Session {
    pub(crate) person: PersonId,
    /// Theirs when they signed in. With another role they sign in again.
    role: Role,
    name: String,
    pub(crate) email: String,
    /// When they last showed who they are.
    confirmed: Mono,
    /// When they last did something.
    used: Mono,
    locked: bool,
    /// Tries the virtual bank: has nothing to show, and nothing to guard.
    newcomer: bool,
    /// A second factor's key they were shown and have not used yet.
    pub(crate) offer: Option<Offer>,
}

/// Showing again who one is counts this long.
const CONFIRMED: i64 = 5 * MINUTE;

/// Proof that whoever sits there has shown who they are within the last minutes. Made in [`Station::confirmed`] and
/// nowhere else: what takes one can't be done at a desk that somebody left for a moment, nor with a token.
#[derive(Clone, Copy, Debug)]
pub struct Confirmed(());

/// What somebody shows to confirm who they are.
pub enum Shown {
    Password(String),
    Code(String),
}

impl Session {
    pub(crate) fn of(person: &store::PersonRow, now: Mono) -> Session {
        Session {
            person: person.id,
            role: person.role,
            name: person.detail.name.clone(),
            email: person.detail.email.clone().unwrap_or_default(),
            confirmed: now,
            used: now,
            locked: false,
            newcomer: false,
            offer: None,
        }
    }

    pub(crate) fn of_newcomer(person: &store::PersonRow, now: Mono) -> Session {
        Session { newcomer: true, ..Session::of(person, now) }
    }

    /// Closed until its person shows again who they are.
    pub fn lock(&mut self) {
        self.locked = !self.newcomer;
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

impl Staff {
    /// The same person, to rise further where their role allows it.
    pub(crate) fn reader(&self) -> Reader {
        self.0.clone()
    }
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

impl Station {
    /// What this session may do now. Who was made inactive meanwhile or has another role may nothing.
    pub async fn rights<R: Rise>(&self, session: &Session) -> Result<R> {
        let person = self.sitting(session).await?;
        if self.is_locked(session).await? {
            return Err(Error::Locked);
        }
        R::of(self.reader(Actor::Person(session.person), Way::Session, person.role))
    }

    async fn sitting(&self, session: &Session) -> Result<PersonRow> {
        let person = self.inner.store.person(session.person).await?;
        person.filter(|p| p.active && p.role.is_staff() && p.role == session.role).ok_or(Error::NotSignedIn)
    }

    /// Left alone for longer than the policy has it, a session locks.
    async fn is_locked(&self, session: &Session) -> Result<bool> {
        if session.newcomer {
            return Ok(false);
        }
        let idle = i64::from(self.inner.store.policy().await?.idle_minutes) * MINUTE;
        Ok(session.locked || (idle > 0 && self.inner.clock.mono().since(session.used) > idle))
    }

    /// Its person did something. Of no use once it is locked.
    pub async fn used(&self, session: &mut Session) -> Result<()> {
        self.sitting(session).await?;
        if self.is_locked(session).await? {
            session.locked = true;
            return Err(Error::Locked);
        }
        session.used = self.inner.clock.mono();
        Ok(())
    }

    /// Its person shows again who they are: by password, or by the second factor's code. That unlocks it, too.
    pub async fn confirm(&self, session: &mut Session, shown: &Shown) -> Result<()> {
        let person = self.sitting(session).await?;
        match shown {
            Shown::Password(password) => self.show_password(person.id, password).await.map(|_| ())?,
            // The one thing at hand beside a locked screen may be the phone: a code does not unlock.
            Shown::Code(_) if self.is_locked(session).await? => return Err(Error::Locked),
            Shown::Code(code) => self.show_factor(&session.email, person.id, code).await?,
        }
        self.now_confirmed(session);
        Ok(())
    }

    pub(crate) fn now_confirmed(&self, session: &mut Session) {
        let now = self.inner.clock.mono();
        (session.confirmed, session.used, session.locked) = (now, now, false);
    }

    /// The proof, while it is fresh.
    pub async fn confirmed(&self, session: &Session) -> Result<Confirmed> {
        if self.is_locked(session).await? {
            return Err(Error::Locked);
        }
        let fresh = self.inner.clock.mono().since(session.confirmed) <= CONFIRMED;
        if fresh || session.newcomer { Ok(Confirmed(())) } else { Err(Error::ConfirmFirst) }
    }

    /// Who sits there, as the window shows it; an error once they may not any more.
    pub async fn session_view(&self, session: &Session) -> Result<SessionView> {
        let person = self.sitting(session).await?;
        let account = self.inner.store.account(person.id).await?;
        Ok(SessionView {
            id: person.id.to_string(),
            name: session.name.clone(),
            role: person.role.into(),
            email: session.email.clone(),
            locked: self.is_locked(session).await?,
            idle_minutes: if session.newcomer { 0 } else { self.inner.store.policy().await?.idle_minutes },
            password: account.password_hash.is_some(),
            totp: account.totp_sealed.is_some(),
        })
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
