//! One newtype per kind of thing that has an id, so that one can't be passed for another.

use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { self.0.fmt(f) }
        }
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}({})", stringify!($name), self.0)
            }
        }
        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self { $name(id) }
        }
        impl std::str::FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> { Uuid::parse_str(text).map($name) }
        }
    )*};
}

ids! {
    /// One cabinet with one controller.
    BankId,
    /// One box with a door.
    CompartmentId,
    /// Whoever the directory knows, recipient or staff.
    PersonId,
    /// One card or fob that was given to somebody (never its number).
    BadgeId,
    /// A group that a directory keeps.
    TeamId,
    /// Somebody may fetch for somebody else.
    DelegationId,
    /// A time in which somebody's deadlines pause.
    HoldId,
    PackageId,
    /// One attempt to open one door.
    OpeningId,
    /// One access code that was issued (never the digits).
    CodeId,
    /// One message to one person over one channel.
    NoticeId,
    /// Something staff must see to.
    TaskId,
    /// A bearer token of the HTTP API.
    TokenId,
    /// One stay of one person at the kiosk.
    VisitId,
    /// One run of the program: monotonic times of two runs can't be compared.
    BootId,
}
