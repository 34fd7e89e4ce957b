//! What the lobby's screen shows. Never a whole name, nor whose package lies behind a door.

use super::{BankView, Height, IntakeSize, LanguageName, OpeningView, Proposal};
use serde::{Deserialize, Serialize};

mirror!(
    #[serde(rename_all = "camelCase")]
    ReportName = domain::event::Report { NotThere, NotMine }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    EverythingWhy = domain::event::Everything { Evacuation, Audit }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    FactorName = domain::policy::Factor { Badge, Code }
);

wire! {
    pub struct KioskState {
        pub site: String, pub languages: Vec<LanguageName>, pub banks: Vec<BankView>, pub out_of_service: bool,
        pub offline_devices: Vec<String>, pub locked_seconds: Option<u32>, pub badge_reader: bool, pub visit: Option<Visit>,
        pub help_called_at: Option<String>,
    }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum Visit {
        Pickup {
            who: String, items: Vec<VisitItem>, current: Option<u8>, seconds_left: u32,
            /// What is to be shown before anything more opens.
            needs: Option<FactorName>, own: Own,
            /// What waits for them at the counter: no door opens for it.
            counter: Vec<CounterItem>,
        },
        /// A staff badge: their PIN opens the staff's side. Without one yet, it is set in the mailroom.
        Pin { who: String, set: bool, locked_seconds: Option<u32>, seconds_left: u32 },
        Staff {
            who: String, deposit: Option<KioskDeposit>,
            /// May ask for every door.
            everything_allowed: bool, everything: Option<EverythingView>, seconds_left: u32,
        },
    }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    pub enum EverythingView {
        /// The second person's badge is awaited, then their PIN.
        Second { who: Option<String>, locked_seconds: Option<u32>, seconds_left: u32 },
        Running { who: String, of: u32, opened: u32, not_opened: Vec<String>, current: Option<String>, left: u32 },
    }
    pub struct CounterItem { pub carrier: Option<String>, pub place: String }
    #[derive(Copy, Eq)]
    pub enum Step { Waiting, Locked, Opening, Open, Shut, NotOpened, Unknown, Reported, Unavailable }
    pub struct VisitItem {
        pub package: String, pub carrier: Option<String>, pub size: IntakeSize, pub label: String, pub bank_id: String, pub compartment: String,
        pub height: Height, pub step: Step, pub opening: Option<OpeningView>, pub reopen_seconds: Option<u32>, pub tries_left: u8,
        pub reported: Option<ReportName>,
        /// For whom, masked, where that is not the visitor.
        pub principal: Option<String>,
        /// What is still to be shown for it.
        pub needs: Option<FactorName>,
    }
    /// What a recipient may see to at the kiosk.
    pub struct Own {
        pub badges: u8, pub may_add_badge: bool, pub may_block_badges: bool, pub away_until: Option<String>,
        pub delegates: Vec<KioskDelegate>, pub awaiting: Option<AwaitingName>,
    }
    pub struct KioskDelegate { pub id: String, pub who: String, pub until: String, pub one_package: bool }
    /// What the next badge shown is for.
    #[derive(Copy, Eq)]
    pub enum AwaitingName { Badge, Delegate }
    pub struct KioskDeposit {
        pub package: Option<String>, pub tracking_number: String, pub recipient: String, pub proposal: Option<Proposal>,
        pub opening: Option<OpeningView>, pub done: bool,
    }
}
