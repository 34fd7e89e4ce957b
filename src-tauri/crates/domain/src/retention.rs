//! What is left when a record's time is over. The log is emptied row by row; what its tables must still say stands in
//! the events that tell of the emptying. Never carries who opened what.

use crate::package::{Handling, PackageSize};
use crate::time::Wall;
use crate::{CompartmentId, DelegationId, HoldId, OpeningId, PackageId, PersonId};
use serde::{Deserialize, Serialize};

/// A package that ended, without its story.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct KeptPackage {
    pub package: PackageId,
    pub tracking_number: String,
    pub carrier: Option<String>,
    pub recipient: PersonId,
    pub size: PackageSize,
    pub handling: Vec<Handling>,
    /// How it ended, in the store's word.
    pub state: String,
    /// The one it was collected by.
    pub opening: Option<OpeningId>,
    pub handed_to: Option<PersonId>,
    pub received: Wall,
    pub ended: Wall,
}

/// What was erased from the record at one time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Erased {
    /// The rows of the log that were emptied, by number.
    pub events: Vec<i64>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub openings: Vec<OpeningId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<DelegationId>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub holds: Vec<HoldId>,
    /// What the doors had counted, for the events that counted it are among those emptied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub counts: Vec<DoorCount>,
}

/// How often a door was seen open, and when its compartment last became free.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DoorCount {
    pub compartment: CompartmentId,
    pub used: i64,
    pub freed: Wall,
}

impl Erased {
    pub fn is_empty(&self) -> bool {
        self == &Erased::default()
    }
}
