//! What needs staff, as a window sees it.

use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    TaskName = domain::event::TaskKind {
        ChannelDown,
        VerifyDoor,
        Jam,
        Forced,
        WrongDoor,
        Ajar,
        Implausible,
        WrongBoard,
        Help,
        NotThere,
        NotMine,
        CouldNotBeTold,
        SuspectDoor,
        ClockDoubted,
        DiskLow,
        LeaverPackage,
        BlockedBadge,
        Removal,
        Escalation,
        NoBackup
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    OutcomeName = domain::event::Outcome { Done, PackageInside, PackageGone }
);

wire! {
    pub struct Task {
        pub id: String, pub kind: TaskName, pub urgent: bool, pub at: String, pub label: Option<String>, pub bank: Option<String>,
        pub compartment_id: Option<String>, pub package_id: Option<String>, pub detail: Option<String>,
        /// Who said that they see to it.
        pub owner: Option<String>, pub mine: bool,
    }
}
