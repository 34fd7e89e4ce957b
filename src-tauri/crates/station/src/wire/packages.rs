//! Packages from their intake to whoever took them, as a window sees them. Never a code.

use super::{CompartmentView, DelegationView, NoticeState, OpeningView, PackageBrief};
use domain::allocation::Why;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

mirror!(
    #[serde(rename_all = "camelCase")]
    Handling = domain::package::Handling { Fragile, Confidential, HighValue, Oversize, Perishable, Cold }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    ProposalWhy = Why {
        ExactSize,
        NextSizeUp,
        Accessible,
        Refrigerated,
        LeastUsed,
        Oversize,
        PerishableNeedsCold,
        BankFull,
        NoneBigEnough
    }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    CheckDigit = domain::tracking::Check { Right, Wrong, None }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    OverrideReasonName = domain::event::OverrideReason { CodeLost, BadgeLost, KioskFails, NeedsHelp, Other }
);
mirror!(
    #[serde(rename_all = "camelCase")]
    IdentityCheckName = domain::event::IdentityCheck { IdCard, BadgePhoto, KnownBySight, CalledBack }
);

/// A package's size: a compartment's, or too big for any.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "specta", derive(specta::Type))]
pub enum IntakeSize {
    S,
    M,
    L,
    XL,
    #[serde(rename = "oversize")]
    Oversize,
}

impl From<domain::package::PackageSize> for IntakeSize {
    fn from(size: domain::package::PackageSize) -> Self {
        use domain::package::PackageSize as P;
        match size {
            P::S => IntakeSize::S,
            P::M => IntakeSize::M,
            P::L => IntakeSize::L,
            P::XL => IntakeSize::XL,
            P::Oversize => IntakeSize::Oversize,
        }
    }
}
impl From<IntakeSize> for domain::package::PackageSize {
    fn from(size: IntakeSize) -> Self {
        use domain::package::PackageSize as P;
        match size {
            IntakeSize::S => P::S,
            IntakeSize::M => P::M,
            IntakeSize::L => P::L,
            IntakeSize::XL => P::XL,
            IntakeSize::Oversize => P::Oversize,
        }
    }
}

wire! {
    #[derive(Copy, Eq)]
    pub enum PackageState { Received, Stored, Shelved, Disputed, Collected, HandedOver, Returned, Lost }
    pub struct Tracking { pub tracking_number: String, pub carrier: Option<String>, pub service: Option<String>, pub check: CheckDigit, pub duplicate_of: Option<PackageBrief> }
    pub struct Intake { pub tracking_number: String, pub recipient_id: String, pub size: IntakeSize, pub handling: Vec<Handling>, pub note: Option<String> }
    #[serde(tag = "kind", rename_all_fields = "camelCase")]
    #[allow(clippy::large_enum_variant)]
    pub enum Proposal {
        Compartment { compartment: CompartmentView, why: Vec<ProposalWhy>, others: Vec<CompartmentView> },
        Shelf { why: Vec<ProposalWhy>, place: String },
    }
    pub struct PackageRow {
        pub id: String, pub tracking_number: String, pub carrier: Option<String>, pub recipient: String, pub recipient_id: String,
        pub department: Option<String>, pub size: IntakeSize, pub handling: Vec<Handling>, pub state: PackageState, pub place: Option<String>,
        pub received_at: String, pub changed_at: String, pub deadline: Option<String>, pub late: bool, pub opening: Option<OpeningView>, pub notice: Option<NoticeState>,
    }
    pub struct PackagePage {
        #[serde(flatten)]
        pub row: PackageRow,
        pub note: Option<String>, pub compartment: Option<CompartmentView>, pub story: Vec<StoryLine>, pub code_active: bool,
        /// Who may fetch it for its recipient.
        pub delegations: Vec<DelegationView>,
    }
    pub struct OverrideForm { pub to: Option<String>, pub reason: OverrideReasonName, pub check: IdentityCheckName, pub note: Option<String> }
    pub struct StoryLine { pub seq: u32, pub at: String, pub kind: String, pub who: Option<String>, pub detail: BTreeMap<String, String> }
}
