//! The words of the API for sizes, handling and states, in snake_case as the rest of it.
//!
//! Must never have a word that the station does not have: each enum is the mirror of one of its.

use serde::{Deserialize, Serialize};
use station::wire;
use utoipa::ToSchema;

macro_rules! words {
    ($(#[$meta:meta])* $name:ident = $there:path { $($(#[$spelled:meta])* $variant:ident),* }) => {
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
        $(#[$meta])*
        pub enum $name { $($(#[$spelled])* $variant),* }
        impl From<$there> for $name {
            fn from(value: $there) -> Self { match value { $(<$there>::$variant => $name::$variant),* } }
        }
        impl From<$name> for $there {
            fn from(value: $name) -> Self { match value { $($name::$variant => <$there>::$variant),* } }
        }
    };
}

words!(
    Size = wire::IntakeSize {
        S,
        M,
        L,
        XL,
        #[serde(rename = "oversize")]
        Oversize
    }
);
words!(
    #[serde(rename_all = "snake_case")]
    Handling = wire::Handling { Fragile, Confidential, HighValue, Oversize, Perishable, Cold }
);
words!(
    #[serde(rename_all = "snake_case")]
    PackageState =
        wire::PackageState { Received, Stored, Shelved, Disputed, Collected, HandedOver, Returned, Lost }
);
words!(
    #[serde(rename_all = "snake_case")]
    OpeningState =
        wire::OpeningState { Waiting, Journaled, Sent, Acknowledged, Open, Closed, NotOpened, Unknown }
);
words!(
    #[serde(rename_all = "snake_case")]
    Purpose = wire::PurposeName { Deposit, Pickup, Removal, Reopen, Inspection }
);
words!(
    #[serde(rename_all = "snake_case")]
    Occupancy = wire::Occupancy { Empty, Reserved, Holding }
);
words!(
    #[serde(rename_all = "snake_case")]
    Door = wire::DoorState { Unknown, Closed, Open }
);
words!(CompartmentSize = wire::Size { S, M, L, XL });
