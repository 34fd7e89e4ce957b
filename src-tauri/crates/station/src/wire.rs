//! What crosses to a window or an integrator: plain shapes, no behaviour. Times are RFC 3339, ids are UUIDs as text,
//! no number is wider than JavaScript can hold. Never carries a code, a badge number or a password hash outwards.

use serde::{Deserialize, Serialize};

macro_rules! wire {
    ($($(#[$meta:meta])* $vis:vis $kind:ident $name:ident $(<$t:ident>)? { $($body:tt)* })*) => {$(
        #[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        #[serde(rename_all = "camelCase")]
        $(#[$meta])*
        $vis $kind $name $(<$t>)? { $($body)* }
    )*};
}

/// `S`, `M`, `L`, `XL` as the domain has them; the wire's own types so that the domain needs no generator.
macro_rules! mirror {
    ($(#[$meta:meta])* $name:ident = $domain:path { $($variant:ident),* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        #[cfg_attr(feature = "specta", derive(specta::Type))]
        $(#[$meta])*
        pub enum $name { $($variant),* }
        impl From<$domain> for $name {
            fn from(value: $domain) -> Self { match value { $(<$domain>::$variant => $name::$variant),* } }
        }
        impl From<$name> for $domain {
            fn from(value: $name) -> Self { match value { $($name::$variant => <$domain>::$variant),* } }
        }
    };
}

mod banks;
mod deadlines;
mod health;
mod import;
mod kiosk;
mod notices;
mod packages;
mod people;
mod policy;
mod privacy;
mod setup;
mod sign_in;
mod tasks;

pub use banks::*;
pub use deadlines::*;
pub use health::*;
pub use import::*;
pub use kiosk::*;
pub use notices::*;
pub use packages::*;
pub use people::*;
pub use policy::*;
pub use privacy::*;
pub use setup::*;
pub use sign_in::*;
pub use tasks::*;

mirror!(
    #[serde(rename_all = "camelCase")]
    Refusal = domain::Refusal {
        CompartmentTaken,
        CompartmentOutOfService,
        TooSmall,
        DoorNotClosed,
        NoCompartment,
        WrongState,
        TooManyTries,
        ReopenTooLate,
        PackageElsewhere,
        DepositUnderWay,
        AlreadySetUp,
        RecipientInactive,
        DelegateIsRecipient,
        DelegateInactive,
        NotTheirPackage,
        DatesDoNotFit,
        NotForDelegates,
        PackagesWaiting,
        TaskOpen,
        StillStaff,
        LastAdmin,
        SamePerson,
        SecondTooLate,
        NeedsCold,
        OwnerIsHere,
        NoWayToTell
    }
);

wire! {
    #[derive(Copy, Eq)]
    pub enum LanguageName { En, Es }
    pub struct Page<T> { pub rows: Vec<T>, pub next: Option<String> }
    #[derive(Copy, Eq, Hash, PartialOrd, Ord)]
    pub enum Topic { Kiosk, Banks, Packages, Tasks, Health, People, Import }
}

/// Reads a wire name back from the domain's or the store's text.
pub(crate) fn named<T: serde::de::DeserializeOwned>(text: &str) -> Option<T> {
    let mut camel = String::with_capacity(text.len());
    let mut upper = false;
    for c in text.chars() {
        match c {
            '_' => upper = true,
            c if upper => {
                camel.extend(c.to_uppercase());
                upper = false;
            }
            c => camel.push(c),
        }
    }
    serde_json::from_value(serde_json::Value::String(camel)).ok()
}
