//! A package's life: an enum whose variants carry exactly what is known then, and the only steps between them.

use crate::{CompartmentId, OpeningId, PersonId, Refusal};
use serde::{Deserialize, Serialize};

/// How big a compartment is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Size {
    S,
    M,
    L,
    XL,
}

impl Size {
    pub const ALL: [Size; 4] = [Size::S, Size::M, Size::L, Size::XL];

    pub fn as_str(self) -> &'static str {
        match self {
            Size::S => "S",
            Size::M => "M",
            Size::L => "L",
            Size::XL => "XL",
        }
    }
    pub fn parse(text: &str) -> Option<Size> {
        Size::ALL.into_iter().find(|size| size.as_str().eq_ignore_ascii_case(text.trim()))
    }
    /// Its share of a column's height when a bank is drawn.
    pub fn units(self) -> u8 {
        match self {
            Size::S => 1,
            Size::M => 2,
            Size::L => 3,
            Size::XL => 4,
        }
    }
}

/// How big a package is: the smallest compartment it fits, or none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum PackageSize {
    S,
    M,
    L,
    XL,
    #[serde(rename = "oversize")]
    Oversize,
}

impl PackageSize {
    pub fn as_str(self) -> &'static str {
        match self {
            PackageSize::S => "S",
            PackageSize::M => "M",
            PackageSize::L => "L",
            PackageSize::XL => "XL",
            PackageSize::Oversize => "oversize",
        }
    }
    pub fn parse(text: &str) -> Option<PackageSize> {
        match text.trim() {
            text if text.eq_ignore_ascii_case("oversize") => Some(PackageSize::Oversize),
            text => Size::parse(text).map(PackageSize::from),
        }
    }
    /// The smallest compartment that takes it.
    pub fn compartment(self) -> Option<Size> {
        match self {
            PackageSize::S => Some(Size::S),
            PackageSize::M => Some(Size::M),
            PackageSize::L => Some(Size::L),
            PackageSize::XL => Some(Size::XL),
            PackageSize::Oversize => None,
        }
    }
}

impl From<Size> for PackageSize {
    fn from(size: Size) -> Self {
        match size {
            Size::S => PackageSize::S,
            Size::M => PackageSize::M,
            Size::L => PackageSize::L,
            Size::XL => PackageSize::XL,
        }
    }
}

/// What to mind about a package.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Handling {
    Fragile,
    Confidential,
    HighValue,
    Oversize,
    Perishable,
    Cold,
}

impl Handling {
    pub fn as_str(self) -> &'static str {
        match self {
            Handling::Fragile => "fragile",
            Handling::Confidential => "confidential",
            Handling::HighValue => "high_value",
            Handling::Oversize => "oversize",
            Handling::Perishable => "perishable",
            Handling::Cold => "cold",
        }
    }
    /// Lies in the cold or at the counter, and its recipient is told to come soon.
    pub fn is_perishable(self) -> bool {
        matches!(self, Handling::Perishable | Handling::Cold)
    }
    /// Somebody else fetches it only as policy says.
    pub fn is_sensitive(self) -> bool {
        matches!(self, Handling::HighValue | Handling::Confidential)
    }
    pub fn parse(text: &str) -> Option<Handling> {
        [
            Handling::Fragile,
            Handling::Confidential,
            Handling::HighValue,
            Handling::Oversize,
            Handling::Perishable,
            Handling::Cold,
        ]
        .into_iter()
        .find(|h| h.as_str() == text.trim().to_ascii_lowercase().replace([' ', '-'], "_"))
    }
}

/// Where a package stands in its life.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum Package {
    /// In staff's hands.
    Received,
    /// Behind a shut door.
    Stored { compartment: CompartmentId },
    /// At the counter.
    Shelved { place: String },
    /// A recipient says it was not there, or not theirs: staff look into it. Nothing is offered in its place.
    Disputed { compartment: CompartmentId },
    /// Taken from its compartment by someone who may.
    Collected { opening: OpeningId },
    /// Given out at the counter.
    HandedOver { to: PersonId },
    /// Sent back.
    Returned,
    /// Staff looked and it is gone.
    Lost,
}

/// What can be asked of a package. Doors aside: those are openings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    Deposit,
    Pickup { compartment: CompartmentId },
    Remove,
    Shelve,
    HandOver,
    SendBack,
    IssueCode,
    Dispute,
}

impl Package {
    pub fn name(&self) -> &'static str {
        match self {
            Package::Received => "received",
            Package::Stored { .. } => "stored",
            Package::Shelved { .. } => "shelved",
            Package::Disputed { .. } => "disputed",
            Package::Collected { .. } => "collected",
            Package::HandedOver { .. } => "handed_over",
            Package::Returned => "returned",
            Package::Lost => "lost",
        }
    }

    /// May `step` be taken from here?
    pub fn allows(&self, step: &Step) -> Result<(), Refusal> {
        let ok = match (self, step) {
            (
                Package::Received | Package::Shelved { .. },
                Step::Deposit | Step::HandOver | Step::SendBack,
            ) => true,
            (Package::Received, Step::Shelve) => true,
            (Package::Shelved { .. }, Step::Shelve) => true,
            (Package::Stored { compartment }, Step::Pickup { compartment: asked }) => {
                return if compartment == asked { Ok(()) } else { Err(Refusal::PackageElsewhere) };
            }
            (Package::Stored { .. }, Step::IssueCode | Step::Remove) => true,
            (Package::Stored { .. } | Package::Collected { .. }, Step::Dispute) => true,
            (Package::Disputed { .. }, Step::Remove) => true,
            (
                Package::Received
                | Package::Stored { .. }
                | Package::Shelved { .. }
                | Package::Disputed { .. }
                | Package::Collected { .. }
                | Package::HandedOver { .. }
                | Package::Returned
                | Package::Lost,
                _,
            ) => false,
        };
        if ok { Ok(()) } else { Err(Refusal::WrongState) }
    }
}
