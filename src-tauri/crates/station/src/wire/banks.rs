//! Banks, doors and openings as a window sees them.

use super::IntakeSize;
use serde::{Deserialize, Serialize};

mirror!(Size = domain::package::Size { S, M, L, XL });
mirror!(
    #[serde(rename_all = "camelCase")]
    Height = domain::place::Height { Top, Upper, Lower, Bottom }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    PurposeName = domain::event::Purpose { Deposit, Pickup, Removal, Reopen, Inspection }
);

wire! {
    #[derive(Copy, Eq)]
    pub enum DoorState { Unknown, Closed, Open }
    #[derive(Copy, Eq)]
    pub enum Fitness { InService, OutOfService }
    #[derive(Copy, Eq)]
    pub enum Occupancy { Empty, Reserved, Holding }
    #[derive(Copy, Eq)]
    pub enum OpeningState { Journaled, Sent, Acknowledged, Open, Closed, NotOpened, Unknown, Waiting }
    /// A bank as it stands: columns left to right, each a stack of cells top to bottom.
    pub struct BankView { pub id: String, pub name: String, pub columns: Vec<Vec<CellView>>, pub online: bool, pub locked: bool, pub last_seen: Option<String> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum CellView {
        /// Where the kiosk's screen stands.
        Screen { units: u8 },
        Compartment { units: u8, compartment: CompartmentView },
    }
    pub struct CompartmentView {
        pub id: String, pub bank: String, pub bank_id: String, pub label: String, pub size: Size, pub accessible: bool, pub refrigerated: bool, pub height: Height,
        pub fitness: Fitness, pub fitness_reason: Option<String>, pub occupancy: Occupancy,
        pub door: DoorState, pub door_since: Option<String>, pub suspect: bool,
        /// Never told to the kiosk.
        pub package: Option<PackageBrief>,
    }
    pub struct PackageBrief { pub id: String, pub tracking_number: String, pub recipient: String, pub size: IntakeSize, pub late: bool, pub since: String }
    pub struct OpeningView {
        pub id: String, pub state: OpeningState, pub compartment: String, pub label: String, pub bank: String, pub bank_id: String,
        pub height: Height, pub purpose: PurposeName, pub tries_left: u8, pub ajar_seconds: Option<u32>, pub recovered: bool,
    }
}
